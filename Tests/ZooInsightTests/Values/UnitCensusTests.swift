import Foundation
import Testing
import ZooInsight
import ZooKit
import ZooTensor
import ZooTestSupport
import ZooWeights

@Suite("Units over a folder") struct UnitCensusTests {
  /// The tiny network with one unit that is dead, one that is another's double, and one that is its negative.
  private func model(outputs: [String]) throws -> (Model, PictureFolder) {
    let network = try Network(yaml: TinyNetwork.yaml, path: "tiny.yaml")
    let synthetic = try LoadedWeights.load(.synthetic(seed: 3), for: network)
    var kernel = try synthetic.tensor("conv.weight").floats
    for index in 0..<9 {
      kernel[9 + index] = 0
      kernel[18 + index] = 2 * kernel[index]
      kernel[27 + index] = -kernel[index]
    }
    let folder = try PictureFolder()
    let tensors: [(String, Tensor)] = [
      ("conv.weight", Tensor(shape: [5, 1, 3, 3], floats: kernel)),
      ("conv.bias", Tensor(shape: [5], floats: [0, -1, 0, 0, 0.1])),
      ("fc.weight", try synthetic.tensor("fc.weight")), ("fc.bias", try synthetic.tensor("fc.bias")),
    ]
    for (name, tensor) in tensors { try folder.write(NumPyFile.encoded(tensor), as: "weights/\(name).npy") }
    return (try Model(network, weights: .file("\(folder.path)/weights"), outputs: outputs), folder)
  }

  @Test("a unit that never fires is found behind its ReLU, and doubles are listed, opposites are not")
  func deadAndDouble() throws {
    let network = try Network(yaml: TinyNetwork.yaml, path: "tiny.yaml")
    #expect(try UnitCensus.outputs(of: network, layer: "conv") == ["relu"])
    let (model, folder) = try model(outputs: ["relu"])
    for index in 0..<20 { try folder.add("data/\(index).png", seed: UInt64(index)) }
    let pictures = try PictureSet("\(folder.path)/data")
    let census = try UnitCensus(of: model, layer: "conv", over: pictures)
    let layer = try #require(census.layers.first)
    #expect(layer.counted == "relu" && layer.isRectified && census.isComplete && census.pictures == 20)
    #expect(layer.neverPositive == [1])
    #expect(layer.duplicates?.map { [$0.first, $0.second] } == [[0, 2]])
    #expect(abs(try #require(layer.duplicates?.first).correlation - 1) < 1e-9)
    let maps = try (0..<20).map { place in
      try #require(try model.values(for: model.input(for: pictures.picture(at: place)))["relu"]).floats
    }
    #expect(layer.fractionPositive == Double(maps.joined().count { $0 > 0 }) / Double(20 * 320))
    #expect(layer.units[4].maximum == maps.map { $0[256...].max()! }.max()!)
  }

  @Test("without a rectifier the layer's own values are counted; all rectifiers when no layer is named")
  func others() throws {
    let (model, folder) = try model(outputs: ["fc"])
    for index in 0..<3 { try folder.add("data/\(index).png", seed: UInt64(index)) }
    let pictures = try PictureSet("\(folder.path)/data")
    let layer = try #require(try UnitCensus(of: model, layer: "fc", over: pictures).layers.first)
    #expect(layer.counted == "fc" && !layer.isRectified && layer.units.count == 2)
    let resnet = try Network.find("resnet50")
    let names = try UnitCensus.outputs(of: resnet, layer: nil)
    #expect(names.count == 49, "one for each use of a ReLU")
    let plain = try Network(
      yaml: TinyNetwork.yaml.replacingOccurrences(of: "- relu: {name: relu}\n", with: ""), path: "tiny.yaml")
    #expect(throws: ValuesError.noRectifier(model: "tiny")) { try UnitCensus.outputs(of: plain, layer: nil) }
  }

  @Test("records of a data set are shown in the order of their names' bytes, under their own names")
  func records() throws {
    let folder = try PictureFolder()
    let pixels = (0..<12).flatMap { [UInt8]([$0, $0 + 100]) }
    try folder.write([0, 0, 8, 3, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 2] + pixels, as: "t10k-images-idx3-ubyte")
    try folder.write([0, 0, 8, 1, 0, 0, 0, 12] + [UInt8](repeating: 0, count: 12), as: "t10k-labels-idx1-ubyte")
    let pictures = try PictureSet(folder.path)
    let order = [0, 10, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    #expect(pictures.names == order.map { "t10k-images-idx3-ubyte[\($0)]" })
    #expect(try (0..<12).map { try pictures.picture(at: $0).pixels[0] } == order.map { UInt8($0) })
    #expect(pictures.index(of: "t10k-images-idx3-ubyte[11]") == 2)
    #expect(pictures.index(of: "t10k-images-idx3-ubyte[12]") == nil)
    let parts = try (1...5).map { try pictures.part($0, of: 5) }
    #expect(parts.flatMap(\.names) == pictures.names)
    #expect(try parts[3].picture(at: 0).pixels[0] == 6, "\(parts.map(\.count))")
    #expect(Set(parts.map { $0.identity(at: 0) }).count == 1)
  }

  @Test("an empty folder, and one of other files, say what to do")
  func empty() throws {
    let folder = try PictureFolder()
    try folder.write([1], as: "data/readme.txt")
    let error = #expect(throws: ValuesError.self) { try PictureSet("\(folder.path)/data") }
    #expect(
      error.map { "\($0)" }
        == "\(folder.path)/data: no JPEG or PNG file and no IDX or CIFAR data set in the folder; name one that has pictures"
    )
    #expect(throws: ZooError.self) { try PictureSet("\(folder.path)/nowhere") }
    try folder.add("some/1.png", seed: 1)
    let one = try PictureSet("\(folder.path)/some")
    #expect(throws: ValuesError.part(2, of: 2, pictures: 1)) { try one.part(2, of: 2) }
  }
}
