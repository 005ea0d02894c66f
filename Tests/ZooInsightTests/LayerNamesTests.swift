import Testing
import ZooInsight
import ZooKit

@Suite("Layers and units that are asked for") struct LayerNamesTests {
  let network: Network

  init() throws { network = try Network.find("lenet") }

  @Test("a layer that is not there is answered with near names")
  func unknownLayer() throws {
    #expect(
      throws: ZooError.layerNotFound("conv9", model: "lenet", suggestions: "conv9".near(among: ["conv1", "conv2"]))
    ) {
      try network.layer(named: "conv9")
    }
  }

  @Test("a layer without maps is answered with the nearest that have them")
  func withoutMaps() throws {
    let error = #expect(throws: InsightError.self) { try network.mapLayer(named: "ip1") }
    guard case .notAMap("ip1", _, let maps)? = error else {
      Issue.record("\(error as Any)")
      return
    }
    #expect(maps.last == "pool2", "\(maps)")
  }

  @Test("a unit beyond the last is answered with the range")
  func unit() throws {
    let layer = try network.layer(named: "conv1")
    try network.checkUnit(19, of: layer)
    let error = #expect(throws: InsightError.self) { try network.checkUnit(20, of: layer) }
    #expect(error.map { "\($0)" } == "'conv1' has no unit 20; its units are 0 to 19")
  }
}
