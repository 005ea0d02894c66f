import FoundationEssentials
import Testing
import ZooImport
import ZooKit
import ZooSpec
import ZooTensor

/// What Caffe's data layers do to pictures, and files of structure alone that are opened by their paths.
struct PictureTests {
  private static func net(_ data: String) -> String {
    "layer { name: 'data' type: \(data) top: 'data' }\n"
      + "layer { name: 'pool' type: 'Pooling' bottom: 'data' top: 'pool' pooling_param { pool: AVE global_pooling: true } }\n"
  }

  private static let cases: [(String, Shape, Preprocessing?)] = [
    (
      "'ImageData' image_data_param { new_height: 6 new_width: 8 is_color: false } transform_param { scale: 0.5 mean_value: 4 }",
      [1, 6, 8],
      Preprocessing(
        resize: .exact(Extent(height: 6, width: 8), .bilinear), channels: .grey, scale: .multiplied(by: 0.5), mean: [2])
    ),
    (
      "'ImageData' image_data_param { new_height: 9 new_width: 9 } transform_param { crop_size: 6 mean_value: 1 mean_value: 2 mean_value: 3 }",
      [3, 6, 6],
      Preprocessing(
        resize: .exact(Extent(9), .bilinear), crop: .centre(Extent(6)), channels: .bgr, scale: .none, mean: [1, 2, 3])
    ),
    (
      "'Data' transform_param { crop_size: 227 force_color: true }", [3, 227, 227],
      Preprocessing(resize: .exact(Extent(256), .bilinear), crop: .centre(Extent(227)), channels: .bgr, scale: .none)
    ),
    (
      "'MemoryData' memory_data_param { channels: 1 height: 5 width: 7 batch_size: 2 } transform_param { scale: 0.25 }",
      [1, 5, 7],
      Preprocessing(
        resize: .exact(Extent(height: 5, width: 7), .bilinear), channels: .grey, scale: .multiplied(by: 0.25))
    ),
    (
      "'DummyData' dummy_data_param { shape { dim: [1, 3, 5, 7] } } transform_param { scale: 0.25 }", [3, 5, 7],
      Preprocessing(
        resize: .exact(Extent(height: 5, width: 7), .bilinear), channels: .bgr, scale: .multiplied(by: 0.25))
    ),
    ("'Data' transform_param { crop_size: 8 force_gray: true mean_file: 'absent.binaryproto' }", [1, 8, 8], nil),
  ]

  @Test("a data layer says how pictures become the input", arguments: cases)
  func pictures(data: String, input: Shape, expected: Preprocessing?) throws {
    let network = try CaffeNets.imported(Self.net(data))
    #expect(network.graph.nodes[0].shape == input)
    #expect(network.card.preprocess == expected, "\(data)")
    if expected == nil {
      #expect(
        network.notes.contains { $0.text.contains("preprocessing is left open: it subtracts the mean picture absent") })
    }
  }

  /// In a folder of its own, with what else is beside it.
  private static func network(_ text: String, _ files: [String: [UInt8]] = [:]) throws -> Network {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-pictures-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, bytes) in files { try Data(bytes).write(to: folder.appending(path: name)) }
    let path = folder.appending(path: "net.prototxt")
    try Data(text.utf8).write(to: path)
    return try NetworkImport(path.path).network
  }

  @Test("the definition has what a data layer does", arguments: cases.filter { $0.2 != nil })
  func defined(data: String, input: Shape, expected: Preprocessing?) throws {
    let network = try Self.network(Self.net(data))
    #expect(network.input == input && network.preprocessing == expected, "\(data)")
  }

  @Test("the definition has the mean picture in it")
  func meanPicture() throws {
    let values: [Float] = [10, 20, 30, 40]
    let data = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    // A BlobProto: num, channels, height, width, data.
    let blob: [UInt8] = [0x08, 1, 0x10, 1, 0x18, 2, 0x20, 2, 0x2A, 16] + data
    let layer = "'Data' transform_param { crop_size: 2 force_gray: true mean_file: 'a/mean.binaryproto' scale: 0.25 }"
    let network = try Self.network(Self.net(layer), ["mean.binaryproto": blob])
    guard case .image(let image)? = network.preprocessing?.meanImage else {
      Issue.record("\(network.preprocessing as Preprocessing?)")
      return
    }
    #expect(image.values == values && image.extent == Extent(2))
    #expect(network.preprocessing?.scale == .multiplied(by: 0.25))
  }

  @Test("what no definition has is left open, and asked for", arguments: ["scale: -1", "scale: 0", "mean_value: 1e20"])
  func open(transform: String) throws {
    let text = Self.net("'Data' transform_param { crop_size: 8 force_gray: true \(transform) }")
    let network = try CaffeNets.imported(text)
    #expect(network.card.preprocess == nil)
    #expect(network.notes.contains { $0.text.contains("preprocessing is left open: numbers beyond") })
    #expect(throws: NetworkImportError.self) { try Self.network(text) }
  }

  @Test("means that are neither one nor one for each channel are refused")
  func means() {
    let data = "'Data' transform_param { crop_size: 8 force_color: true mean_value: 1 mean_value: 2 }"
    let error = #expect(throws: ImportError.self) { _ = try CaffeNets.imported(Self.net(data)) }
    #expect(
      error.map { "\($0)" }
        == "net.prototxt: line 1, data: there are 2 of mean_value for 3 channels; one for each, or one")
  }

  private static let files: [(String, String)] = [
    ("net.prototxt", "input: 'data' input_dim: [1, 2, 6, 7]\n" + CaffeNets.layer("r", "ReLU", ["data"], "r")),
    ("net.cfg", "[net]\nheight=6\nwidth=7\nchannels=2\n[activation]\nactivation=relu\n"),
    (
      "net.json",
      #"{"layers": [{"layer_type": "input", "out_depth": 2, "out_sx": 7, "out_sy": 6}, "#
        + #"{"layer_type": "relu", "out_depth": 2, "out_sx": 7, "out_sy": 6}]}"#
    ),
  ]

  @Test("a file of structure is opened by its path, and a definition made of it", arguments: files)
  func opened(name: String, text: String) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-files-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: name).path
    try Data(text.utf8).write(to: URL(filePath: path))
    let imported = try NetworkImport(path, preprocessing: NetworkImport.PreprocessingChoice.none)
    #expect(imported.network.graph.nodes.map(\.shape) == [[2, 6, 7], [2, 6, 7]])
    #expect(imported.definition.text.contains("relu"))
    try Data(text.utf8.dropLast(40)).write(to: URL(filePath: path))
    #expect(throws: (any Error).self) { try NetworkImport(path, preprocessing: NetworkImport.PreprocessingChoice.none) }
  }
}
