import FoundationEssentials
import Testing
import ZooGraph
import ZooImport
import ZooTensor
import ZooWeights

/// Models of Keras' that are written down here: what is refused, and in what words.
struct KerasRefusalTests {
  /// A `.keras` file of this description, whose file of weights has one number that no layer has.
  private static func archive(_ configuration: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    let weights = Array(try Data(contentsOf: folder.appending(path: "one-tensor.h5")))
    return storedZip([("config.json", Array(configuration.utf8)), ("model.weights.h5", weights)])
  }

  private static func storedZip(_ members: [(name: String, data: [UInt8])]) -> [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
    for (name, data) in members {
      var checksum = UInt32.max
      for byte in data {
        checksum ^= UInt32(byte)
        for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1 }
      }
      let fields =
        little(20, 2) + [UInt8](repeating: 0, count: 8) + little(Int(~checksum), 4) + little(data.count, 4)
        + little(data.count, 4) + little(name.utf8.count, 2) + little(0, 2)
      directory +=
        [0x50, 0x4B, 1, 2] + little(20, 2) + fields + [UInt8](repeating: 0, count: 10) + little(bytes.count, 4)
      directory += Array(name.utf8)
      bytes += [0x50, 0x4B, 3, 4] + fields + Array(name.utf8) + data
    }
    let end =
      little(0, 4) + little(members.count, 2) + little(members.count, 2) + little(directory.count, 4)
      + little(bytes.count, 4) + little(0, 2)
    return bytes + directory + [0x50, 0x4B, 5, 6] + end
  }

  private static func layer(_ type: String, _ name: String, _ rest: String = "") -> String {
    #"{"class_name": "\#(type)", "config": {"name": "\#(name)"\#(rest.isEmpty ? "" : ", \(rest)")}}"#
  }

  private static func sequential(_ layers: [String]) -> String {
    #"{"class_name": "Sequential", "config": {"name": "net", "layers": [\#(layers.joined(separator: ", "))]}}"#
  }

  private static let image = layer("InputLayer", "image", #""batch_shape": [null, 6, 8, 4]"#)

  private static func words(_ configuration: String) throws -> String {
    do {
      _ = try ImportedNetwork(keras: archive(configuration), name: "net.keras")
      return "nothing is wrong"
    } catch let error as ImportError {
      return "\(error)"
    }
  }

  private static let refusedCases: [(String, String, String)] = [
    (
      "Lambda", "",
      "Lambda: it holds code of Python's, which is never run; replace it by layers and save the model again"
    ),
    ("Cropping2D", "", "Cropping2D: no layer of zoo's cuts a map"),
    ("MyLayer", "", "MyLayer"), ("Permute", #""dims": [2, 1, 3]"#, "Permute"),
    ("RandomCrop", #""height": 3, "width": 4"#, "RandomCrop of 6×8 to 3×4"),
    ("Activation", #""activation": "softsign""#, "Activation with activation 'softsign'"),
    ("ReLU", #""threshold": 1.0"#, "ReLU with a threshold, or with both negative_slope and max_value"),
    ("Softmax", #""axis": 1"#, "Softmax along axis 1, which is not the channels'"),
    ("MaxPooling2D", #""pool_size": [0, 2]"#, "MaxPooling2D whose pool_size is not two numbers from 1 to 65536"),
    ("MaxPooling2D", #""padding": "half""#, "MaxPooling2D with padding 'half'"),
    ("ZeroPadding2D", #""padding": [1]"#, "ZeroPadding2D whose padding is not four numbers"),
    ("UpSampling2D", #""interpolation": "bicubic""#, "UpSampling2D with interpolation 'bicubic'"),
    ("Reshape", "", "Reshape without target_shape"),
    ("Reshape", #""target_shape": [5, -1]"#, "Reshape of 192 elements to (5, -1)"),
    ("Reshape", #""target_shape": [8, 6, 4]"#, "Reshape from (6, 8, 4) to (8, 6, 4)"),
    ("Conv2DTranspose", #""filters": 2, "kernel_size": 3, "dilation_rate": 2"#, "Conv2DTranspose with dilation"),
    ("Conv2DTranspose", #""filters": 2, "kernel_size": 3, "output_padding": 1"#, "Conv2DTranspose with output_padding"),
    ("Conv2D", #""filters": 3, "kernel_size": 3, "groups": 3"#, "Conv2D whose 3 groups do not divide 4 channels"),
    ("LayerNormalization", #""rms_scaling": true"#, "LayerNormalization with rms_scaling"),
    ("Rescaling", #""scale": "much""#, "Rescaling whose scale is no number"),
    ("Normalization", #""invert": true"#, "Normalization with invert"),
    ("Dense", #""units": 0"#, "Dense whose units is not a number from 1 to 1048576"),
  ]

  @Test("layers that zoo has nothing for are named", arguments: refusedCases)
  func refused(type: String, rest: String, what: String) throws {
    let found = try Self.words(Self.sequential([Self.image, Self.layer(type, "odd", rest)]))
    #expect(found == "net.keras: zoo has nothing that computes the following:\n  odd: \(what)", "\(type) with \(rest)")
  }

  @Test("all of it is named at once")
  func everything() throws {
    let layers = [Self.image, Self.layer("Lambda", "a"), Self.layer("ReLU", "b"), Self.layer("Cropping2D", "c")]
    let found = try Self.words(Self.sequential(layers))
    #expect(
      found.contains("\n  a: Lambda") && found.contains("\n  c: Cropping2D") && !found.contains("  b: "), "\(found)")
  }

  /// A functional model that gives one layer the image and these arguments.
  private static func called(_ type: String, _ arguments: [String], _ rest: String = "") -> String {
    let value = #"{"class_name": "__keras_tensor__", "config": {"keras_history": ["image", 0, 0]}}"#
    let list = arguments.map { $0 == "x" ? value : $0 }.joined(separator: ", ")
    let odd =
      #"{"class_name": "\#(type)", "name": "odd", "config": {"name": "odd"\#(rest)}, "#
      + #""inbound_nodes": [{"args": [\#(list)], "kwargs": {}}]}"#
    return #"{"class_name": "Functional", "config": {"name": "net", "layers": [\#(image), \#(odd)], "#
      + #""input_layers": ["image", 0, 0], "output_layers": ["odd", 0, 0]}}"#
  }

  private static let constantCases: [(String, [String], String)] = [
    ("Add", ["x", #"{"class_name": "__numpy__", "config": {"value": [1, 2, 3, 4], "dtype": "float32"}}"#], "Add"),
    ("Multiply", [#"{"class_name": "__numpy__", "config": {"value": 2, "dtype": "float32"}}"#, "x"], "Multiply"),
    ("TrueDivide", ["1.0", "x"], "TrueDivide"), ("TrueDivide", ["x", "0.0"], "TrueDivide"),
    ("Maximum", ["x", "1.0"], "Maximum"), ("Add", ["x", "x", "1.0"], "Add"), ("Add", ["x", #""much""#], "Add"),
    ("ReLU", ["x", "6.0"], "ReLU"),
  ]

  @Test("what is computed with a constant that is no single number is refused, not left out", arguments: constantCases)
  func constants(type: String, arguments: [String], what: String) throws {
    let found = try Self.words(Self.called(type, arguments))
    #expect(
      found
        == "net.keras: zoo has nothing that computes the following:\n  odd: \(what) with a constant among what it reads"
    )
  }

  private static let joinCases: [(String, [String], String, String)] = [
    ("Subtract", ["x", "x", "x"], "", "Subtract of 3 values"), ("TrueDivide", ["x", "x"], "", "TrueDivide"),
    ("LayerScale", ["x"], "", "LayerScale that is not ConvNeXt's"),
  ]

  @Test("joins that zoo has nothing for are named", arguments: joinCases)
  func joins(type: String, arguments: [String], rest: String, what: String) throws {
    let found = try Self.words(Self.called(type, arguments, rest))
    #expect(found == "net.keras: zoo has nothing that computes the following:\n  odd: \(what)")
  }

  @Test("a scale without its numbers is refused with its place")
  func scaleWithoutNumbers() throws {
    let found = try Self.words(Self.called("LayerScale", ["x"], #", "projection_dim": 4"#))
    #expect(found == "net.keras: odd: LayerScale must have 1 tensors, and the file has 0 for it")
  }

  /// What functions become: the words of the layers after the image.
  private static let functionCases: [(String, String, [String])] = [
    ("Activation", #""activation": "linear""#, []), ("Activation", #""activation": "elu""#, ["elu"]),
    ("Activation", #""activation": "leaky_relu""#, ["leaky_relu"]),
    ("Activation", #""activation": "hard_tanh""#, ["clamp"]), ("Activation", #""activation": "softmax""#, ["softmax"]),
    ("Activation", #""activation": "selu""#, ["elu", "scale"]), ("Activation", #""activation": "relu6""#, ["relu6"]),
    (
      "Activation",
      #""activation": {"class_name": "LeakyReLU", "config": {"name": "l", "negative_slope": [0.25]}}"#, ["leaky_relu"]
    ),
    ("Activation", #""activation": {"class_name": "function", "config": "tanh"}"#, ["tanh"]),
    (
      "Activation", #""activation": {"class_name": "ReLU", "config": {"name": "l", "max_value": 3.0}}"#, ["clamp"]
    ),
    ("ReLU", #""negative_slope": 0.5"#, ["leaky_relu"]), ("LeakyReLU", #""alpha": 0.5"#, ["leaky_relu"]),
    ("ELU", #""alpha": {"class_name": "__numpy__", "config": {"value": 0.5}}"#, ["elu"]),
    ("Softmax", #""axis": [-1]"#, ["softmax"]), ("ZeroPadding2D", #""padding": 2"#, ["pad"]),
    ("ZeroPadding2D", #""padding": 0"#, []), ("ZeroPadding2D", #""padding": [1, 2]"#, ["pad"]),
    ("Dropout", "", []), ("StochasticDepth", "", []), ("Permute", #""dims": [1, 2, 3]"#, []),
    ("RandomCrop", #""height": 6, "width": 8"#, []), ("Reshape", #""target_shape": [6, 8, -1]"#, []),
    ("Rescaling", #""scale": [0.5, 1, 2, 4], "offset": [[1, 2, 3, 4]]"#, ["scale"]),
    ("Normalization", #""mean": [[[[1.0]]]], "variance": [4.0]"#, ["scale"]),
  ]

  @Test("a function is the layers that compute it", arguments: functionCases)
  func functions(type: String, rest: String, words: [String]) throws {
    let layers = [Self.image, Self.layer(type, "one", rest), Self.layer("GlobalMaxPooling2D", "end")]
    let network = try ImportedNetwork(keras: Self.archive(Self.sequential(layers)), name: "net.keras")
    let found = network.graph.nodes.dropFirst().map(\.operation.kind.word)
    #expect(found.filter { !["global_max_pool", "flatten"].contains($0) } == words)
  }

  private static let otherRefusals: [(String, String, String)] = [
    (
      "Activation", #""activation": {"class_name": "PReLU", "config": {"name": "p"}}"#,
      "Activation with PReLU for its activation"
    ),
    ("Activation", #""activation": 7"#, "Activation with an activation that is no function of Keras'"),
    (
      "ReLU", #""negative_slope": 0.5, "max_value": 6"#,
      "ReLU with a threshold, or with both negative_slope and max_value"
    ),
    ("BatchNormalization", #""axis": 1"#, "BatchNormalization along axis 1, which is not the channels'"),
  ]

  @Test("functions that zoo has nothing for are named", arguments: otherRefusals)
  func otherFunctions(type: String, rest: String, what: String) throws {
    let found = try Self.words(Self.sequential([Self.image, Self.layer(type, "odd", rest)]))
    #expect(found == "net.keras: zoo has nothing that computes the following:\n  odd: \(what)", "\(type) with \(rest)")
  }

  private static let invalidCases: [(String, String)] = [
    ("{}", "the model: its description has no class_name and config"),
    (#"{"class_name": "Sequential", "config": {"name": "net"}}"#, "net: its description has no layers"),
    (sequential([]), "net: it has no layers"),
    (sequential([image, #"{"name": "x"}"#]), "the layers: one of them has no class_name and config"),
    (sequential([image, layer("ReLU", "r"), layer("ReLU", "r")]), "r: two layers have this name"),
    (
      sequential([layer("InputLayer", "image", #""batch_shape": [null, 6, null, 4]"#), layer("ReLU", "r")]),
      "image: its size is left open (4×6×?): say it, channels, height and width"
    ),
    (
      sequential([layer("InputLayer", "image", #""batch_shape": [null, 6, 8, 4, 3]"#), layer("ReLU", "r")]),
      "image: what is fed in has 5 dimensions where an image has four, or a vector two"
    ),
    (
      sequential([layer("ReLU", "r")]),
      "r: the file does not say what is fed in: build the model in Keras and save it again"
    ),
    (
      sequential([image, layer("MaxPooling2D", "p", #""data_format": "sideways""#)]),
      "p: data_format 'sideways' is neither channels_last nor channels_first"
    ),
    (
      sequential([image, layer("MaxPooling2D", "p"), layer("Flatten", "f", #""data_format": "sideways""#)]),
      "f: data_format 'sideways' is neither channels_last nor channels_first"
    ),
    (
      sequential([
        image, layer("MaxPooling2D", "p", #""data_format": "channels_last""#),
        layer("Flatten", "f", #""data_format": "channels_first""#),
      ]),
      "zoo has nothing that computes the following:\n  f: Flatten with data_format 'channels_first' of a map whose "
        + "channels come last"
    ),
  ]

  @Test("a description that contradicts itself is refused with its place", arguments: invalidCases)
  func invalid(configuration: String, reason: String) throws {
    #expect(try Self.words(configuration) == "net.keras: \(reason)")
  }
}
