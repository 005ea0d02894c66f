import FoundationEssentials
import Testing
import ZooKit
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// From a file to a definition and an archive.
struct NetworkImportTests {
  private static let model = "\(ONNXFixtureTests.folder)/residual-script17.onnx"

  private static func inFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-import-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
  }

  @Test("the definition and the archive that are written answer as the network's own framework did")
  func written() throws {
    try Self.inFolder { folder in
      let imported = try NetworkImport(
        Self.model, name: "residual", preprocessing: NetworkImport.PreprocessingChoice.none)
      try imported.write(to: "\(folder)/residual.yaml")
      let model = try Model(
        .find("\(folder)/residual.yaml"), weights: .file("\(folder)/residual.zoow"))
      let logits = try model.logits(NumPyFile.read("\(ONNXFixtureTests.folder)/residual-in.npy"))
      let expected = try NumPyFile.read("\(ONNXFixtureTests.folder)/residual-out.npy").convertedToFloat32()
      for (found, expected) in zip(logits.floats, expected.floats) { #expect(abs(found - expected) < 1e-5) }
      #expect(throws: ZooError.alreadyExists(path: "\(folder)/residual.yaml")) {
        try imported.write(to: "\(folder)/residual.yaml")
      }
    }
  }

  @Test("the check compares with the answer that is given")
  func check() throws {
    let folder = ONNXFixtureTests.folder
    let imported = try NetworkImport(Self.model, preprocessing: NetworkImport.PreprocessingChoice.none)
    let agreement = try imported.check(
      inputPath: "\(folder)/residual-in.npy", outputPath: "\(folder)/residual-out.npy")
    #expect(agreement.difference < 1e-5 && !agreement.isBeforeSoftmax)
    let input = try NumPyFile.read("\(folder)/residual-in.npy")
    let wrong = Tensor(shape: [1, 5], floats: [1, 2, 3, 4, 5])
    #expect(try imported.check(input: input, expected: wrong).difference > 0.1)
    #expect(throws: NetworkImportError.answerShape(images: 1, expected: "5", found: "4")) {
      try imported.check(input: input, expected: Tensor(shape: [4], floats: [0, 0, 0, 0]))
    }
  }

  @Test("an answer of logarithms of probabilities is compared with those of the scores")
  func logarithms() throws {
    let folder = ONNXFixtureTests.folder
    let imported = try NetworkImport(Self.model, preprocessing: NetworkImport.PreprocessingChoice.none)
    let scores = try NumPyFile.read("\(folder)/residual-out.npy").convertedToFloat32()
    let sum = scores.floats.reduce(0) { $0 + exp(Double($1)) }
    let expected = Tensor(shape: scores.shape, floats: scores.floats.map { Float(Double($0) - log(sum)) })
    let input = try NumPyFile.read("\(folder)/residual-in.npy")
    #expect(try imported.check(input: input, expected: expected).difference < 1e-5)
    let shifted = Tensor(shape: scores.shape, floats: scores.floats.map { $0 + 1 })
    #expect(try imported.check(input: input, expected: shifted).difference > 0.01)
  }

  /// A model of nodes from `x`, of these dimensions, to `y`, as a file.
  private static func model(_ dimensions: [Int?], _ nodes: [ONNXGraph.Node], in folder: String) throws -> String {
    var graph = ONNXGraph(name: "made")
    graph.inputs = [ONNXGraph.Value(name: "x", dimensions: dimensions)]
    graph.outputs = [ONNXGraph.Value(name: "y", dimensions: [nil])]
    graph.nodes = nodes
    let path = "\(folder)/made\(dimensions.count).onnx"
    try ONNXFile.write(graph, metadata: [:], producerVersion: "", to: path)
    return path
  }

  @Test("an answer with its axes in the file's order is brought into zoo's")
  func otherOrder() throws {
    let nodes = [
      ONNXGraph.Node(name: "a", type: "Relu", inputs: ["x"], output: "a"),
      ONNXGraph.Node(
        name: "y", type: "Transpose", inputs: ["a"], output: "y", attributes: [.init("perm", .integers([0, 2, 3, 1]))]),
    ]
    try Self.inFolder { folder in
      let imported = try NetworkImport(
        Self.model([nil, 5, 2, 6], nodes, in: folder), preprocessing: NetworkImport.PreprocessingChoice.none)
      let floats = (0..<120).map { Float($0) }
      let input = Tensor(shape: [2, 5, 2, 6], floats: floats)
      let turned: [Float] = (0..<120).map { index in
        let (image, place) = (index / 60, index % 60)
        let (position, channel) = (place / 5, place % 5)
        return floats[image * 60 + channel * 12 + position]
      }
      let answer = Tensor(shape: [2, 2, 6, 5], floats: turned)
      #expect(try imported.check(input: input, expected: answer).difference == 0)
      #expect(try imported.check(input: input, expected: input).difference == 0)
      #expect(try imported.check(input: input, expected: Tensor(shape: [2, 6, 2, 5], floats: turned)).difference > 0.1)
    }
  }

  @Test("vectors and signals are checked in the form in which their file has them")
  func vectors() throws {
    let nodes = [ONNXGraph.Node(name: "y", type: "Relu", inputs: ["x"], output: "y")]
    try Self.inFolder { folder in
      for (shape, dimensions) in [(Shape([2, 6]), [nil, 6]), (Shape([2, 3, 2]), [nil, 3, 2])] as [(Shape, [Int?])] {
        let imported = try NetworkImport(
          Self.model(dimensions, nodes, in: folder), preprocessing: NetworkImport.PreprocessingChoice.none)
        let input = Tensor(shape: shape, floats: (0..<12).map { Float($0) - 4 })
        let answer = Tensor(shape: shape, floats: input.floats.map { max($0, 0) })
        #expect(try imported.check(input: input, expected: answer).difference == 0)
        #expect(throws: ZooError.self) {
          try imported.check(input: Tensor(shape: [2, 7], floats: [Float](repeating: 0, count: 14)), expected: answer)
        }
      }
    }
  }

  @Test("every file of the fixtures becomes a definition that answers as its own framework did")
  func fixtures() throws {
    let onnx = ONNXFixtureTests.folder
    let files = try FileManager.default.contentsOfDirectory(atPath: onnx).filter { $0.hasSuffix(".onnx") }.sorted()
    #expect(files.count > 12)
    for file in files {
      let imported = try NetworkImport("\(onnx)/\(file)", preprocessing: NetworkImport.PreprocessingChoice.none)
      let name = file.prefix { $0 != "." }.split(separator: "-")
      let stem = name.count == 1 ? name[0] : name.dropLast().joined(separator: "-")[...]
      let found = try imported.check(inputPath: "\(onnx)/\(stem)-in.npy", outputPath: "\(onnx)/\(stem)-out.npy")
      #expect(found.difference < 1e-5, "\(file): \(found)")
    }
    for file in [
      "functional.keras", "functional.h5", "sequential.keras", "sequential.h5", "operators.keras", "operators.h5",
    ] {
      let path = "\(onnx)/../\(file)"
      let imported = try NetworkImport(path, preprocessing: NetworkImport.PreprocessingChoice.none)
      let recorded = try Checkpoint.open("\(onnx)/../\(file.prefix { $0 != "." }).npz")
      let found = try imported.check(
        input: recorded.tensor(named: "input"), expected: recorded.tensor(named: "output"))
      #expect(found.difference < 1e-5, "\(file): \(found)")
    }
  }

  @Test("what zoo exported has its preprocessing and its labels with it")
  func exported() throws {
    try Self.inFolder { folder in
      let model = try Model("lenet-digits")
      let path = "\(folder)/digits.onnx"
      try ONNXExport(model.network, weights: LoadedWeights.load(.automatic, for: model.network)).write(to: path)
      let imported = try NetworkImport(path)
      #expect(imported.network.card.preprocess == model.network.card.preprocess)
      #expect(imported.network.card.labels == model.network.card.labels)
    }
  }

  @Test("preprocessing that the file does not say is asked for, and is of the input's size")
  func preprocessing() throws {
    #expect(throws: NetworkImportError.preprocessingUnknown(path: Self.model)) { try NetworkImport(Self.model) }
    let imported = try NetworkImport(Self.model, preprocessing: .imagenet)
    let preprocess = try #require(imported.network.preprocessing)
    #expect(preprocess.fixedOutputExtent == imported.network.graph.nodes[0].shape.extent)
    #expect(preprocess.mean == Preprocessing.imageNet.mean)
    let caffe = try NetworkImport(Self.model, preprocessing: .caffe)
    #expect(caffe.network.preprocessing?.channels == .bgr)
  }

  @Test("a file of no format that networks are read from is refused, and what is wrong with the name of one is said")
  func formats() {
    #expect(throws: NetworkImportError.unknownFormat(path: "net.tflite")) {
      try NetworkImport("net.tflite", preprocessing: NetworkImport.PreprocessingChoice.none)
    }
    #expect(throws: NetworkImportError.weightsInside(path: "net.onnx")) {
      try NetworkImport("net.onnx", weights: "w", preprocessing: NetworkImport.PreprocessingChoice.none)
    }
    let weights = "\(ONNXFixtureTests.folder)/residual-out.npy"
    #expect(throws: NetworkImportError.tensorsOnly(path: weights)) { try NetworkImport(weights) }
    #expect(NetworkImport.isNetworkFile("a/B.ONNX") && !NetworkImport.isNetworkFile("onnx"))
    let error = NetworkImportError.preprocessingUnknown(path: "m.onnx")
    #expect(
      "\(error)"
        == "m.onnx: the file does not say how pictures become the network's input; say it: imagenet, caffe or tf for what the classifiers of these frameworks want, none for a network that takes tensors only"
    )
    let wordless = NetworkImportError.notExpressible(
      path: "m.onnx", layer: "/net/Gather", operation: "channels", inputs: ["conv1", "conv2"])
    #expect(
      "\(wordless)"
        == "m.onnx: /net/Gather: zoo computes this layer (channels of conv1, conv2), but its definitions have no words for it"
    )
    #expect(NetworkImport.archivePath(for: "a.b/net.yaml") == "a.b/net.zoow")
  }
}
