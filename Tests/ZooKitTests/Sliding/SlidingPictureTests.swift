import Testing
import ZooImages
import ZooKit
import ZooTensor

@Suite("what sliding found, as pictures") struct SlidingPictureTests {
  private func classifier(_ options: SlidingOptions) throws -> SlidingClassifier {
    try SlidingClassifier(.find("lenet"), weights: .synthetic(seed: 0), sliding: options)
  }

  @Test("a heat map has a class's probabilities at the centres of the windows")
  func plain() throws {
    let result = try classifier(SlidingOptions()).classify(SlidingNetworks.picture(40, 52))
    let map = result.heatMap(ofClass: 7)
    #expect((map.rows, map.columns) == (4, 7))
    #expect(map.origin == HeatMap.Vector(x: 14, y: 14))
    #expect(map.step == HeatMap.Vector(x: 4, y: 4) && map.cell == HeatMap.Vector(x: 28, y: 28))
    #expect(map.values == result.runs[0].map.probabilities(ofClass: 7).map { Float($0) })
    #expect(map.value(at: HeatMap.Vector(x: 18, y: 14)) == map.values[1])
    #expect(map.value(at: HeatMap.Vector(x: -9, y: 1000)) == map.values[21])
  }

  @Test("the map of a mirror image is turned round")
  func mirrored() throws {
    let picture = SlidingNetworks.picture(40, 53)
    let result = try classifier(SlidingOptions(flips: true)).classify(picture)
    let pass = result.runs[1].map
    #expect(pass.isMirrored)
    let map = pass.heatMap(ofClass: 2)
    let probabilities = pass.probabilities(ofClass: 2)
    #expect(map.values[0] == Float(probabilities[6]) && map.values[6] == Float(probabilities[0]))
    // A column is left over at the right of the mirror image, hence at the left of the picture.
    #expect(map.origin == HeatMap.Vector(x: 15, y: 14))
    #expect(result.runs[0].map.heatMap(ofClass: 2).origin.x == 14)
  }

  @Test("of several passes the mean is taken, where windows are closest together")
  func scales() throws {
    let result = try classifier(SlidingOptions(scales: [40, 80])).classify(SlidingNetworks.picture(40, 40))
    let (coarse, fine) = (result.runs[0].map.heatMap(ofClass: 1), result.runs[1].map.heatMap(ofClass: 1))
    #expect(fine.step.x == 2 && fine.origin.x == 7 && fine.cell.x == 14)
    let map = result.heatMap(ofClass: 1)
    #expect((map.rows, map.columns) == (14, 14) && map.step == fine.step)
    // Row 4, column 6 of the finer map is at (19, 15): a quarter of the way down and right in the coarser.
    let weights: [(Int, Float)] = [(1, 0.5625), (2, 0.1875), (5, 0.1875), (6, 0.0625)]
    let expected = weights.reduce(0) { $0 + coarse.values[$1.0] * $1.1 }
    #expect(abs(map.values[4 * 14 + 6] - (expected + fine.values[4 * 14 + 6]) / 2) < 1e-6)
    #expect(abs(map.values[0] - (coarse.values[0] + fine.values[0]) / 2) < 1e-6)
  }

  @Test("a place becomes a box with its name and a percentage")
  func box() {
    let place = Detection(
      classification: Classification(index: 3, label: "three", probability: 0.987, logit: 9), run: 0, row: 1,
      column: 2,
      box: PictureBox(left: 8, top: 4, right: 36, bottom: 30))
    #expect(place.labelledBox == LabelledBox(x: 8, y: 4, width: 28, height: 26, label: "three", detail: "99%"))
  }

  @Test("a class is found by name, WordNet identifier and number")
  func classes() throws {
    let labels = Labels(text: "n01\tcrane\nn02\tTabby\nn03\tcrane\nn04\t1")
    func index(_ name: String) throws -> Int { try Classification.index(of: name, labels: labels, count: 4) }
    #expect(try index("tabby") == 1)
    #expect(try index("n03") == 2)
    #expect(try index("0") == 0)
    #expect(try index("1") == 3)
    #expect(throws: ZooError.classAmbiguous("Crane", indices: [0, 2])) { _ = try index("Crane") }
    #expect(throws: ZooError.classNotFound("tabbi", count: 4, suggestions: ["Tabby"])) { _ = try index("tabbi") }
    for name in ["4", "-1", "", "1e0"] {
      #expect(throws: ZooError.self, "'\(name)'") { _ = try index(name) }
    }
    #expect(try Classification.index(of: "2", labels: nil, count: 3) == 2)
  }
}
