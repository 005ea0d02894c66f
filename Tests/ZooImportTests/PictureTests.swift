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
