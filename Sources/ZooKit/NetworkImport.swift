import ZooGraph
import ZooImport
import ZooRuntime
import ZooSpec
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A network of another framework's, read from its file and written as a definition and an archive.
///
///     let network = try NetworkImport("m.onnx", preprocessing: .imagenet)
///     try network.write(to: "m.yaml")
public struct NetworkImport: Sendable {
  /// How pictures become the network's input, where its file does not say.
  public enum PreprocessingChoice: String, Sendable, CaseIterable {
    /// As torchvision: RGB from 0 to 1, less ImageNet's mean, divided by its standard deviation.
    case imagenet
    /// As Caffe's classifiers, and Keras's in that mode: BGR from 0 to 255, less ImageNet's mean.
    case caffe
    /// As TensorFlow's: from −1 to 1.
    case tf
    /// Not at all: the network takes tensors, and no pictures.
    case none
  }

  /// The file.
  public let path: String
  /// The file with the weights, where that is another one; `nil` where there is none.
  public let weightsPath: String?
  /// What was read: the graph, its tensors, and the notes on what was decided.
  public let imported: ImportedNetwork
  /// The definition, in YAML: what repeats is a block with parameters.
  public let definition: ReadableDefinition
  /// The network as the definition describes it, read again.
  public let network: Network
  /// The tensors under the definition's names; `nil` for a network that was read without weights.
  public let weights: Checkpoint?

  /// Reads the network and writes its definition, but no file yet.
  ///
  /// - Parameters:
  ///   - path: a model in ONNX, Caffe's `.prototxt` or `.caffemodel`, darknet's `.cfg`, Keras's `.keras`,
  ///     `.h5` or `.hdf5`, or ConvNetJS's `.json`.
  ///   - weights: the `.caffemodel` or `.weights` of a `.prototxt` or `.cfg`; `nil` for the one beside it that is called
  ///     alike, or the structure alone where there is none.
  ///   - name: what the network is called; by itself as the file says.
  ///   - input: `[channels, height, width]`, for a file that leaves them open.
  ///   - preprocessing: what the file does not say, or in place of what it says; `nil` to refuse where it says nothing.
  /// - Throws: `ImportError` with all that zoo has nothing for, `WeightsError` for a file that cannot be read,
  ///   `NetworkImportError`.
  public init(
    _ path: String, weights: String? = nil, name: String? = nil, input: Shape? = nil,
    preprocessing: PreprocessingChoice? = nil
  ) throws {
    let weights = weights ?? Self.weightsBeside(path)
    var imported = try Self.read(path, weights: weights, input: input).arranged()
    if let name {
      imported.card.name = name
      imported.graph.name = name
    }
    guard let node = imported.graph.inputs.first else { throw NetworkImportError.notTheSame(path: path) }
    let shape = imported.graph[node].shape
    if let preprocessing {
      imported.card.preprocess = try preprocessing.preprocessing(for: shape, path: path)
    } else if imported.card.preprocess == nil {
      guard let card = Self.cardOfExport(path), card.input == nil || card.input == shape else {
        throw NetworkImportError.preprocessingUnknown(path: path)
      }
      imported.card.preprocess = card.preprocess
      imported.card.labels = card.labels
      imported.notes.append(
        ImportNote(
          place: "its metadata", text: "preprocessing and labels are those of the definition that zoo exported it from")
      )
    }
    if case .image(let image)? = imported.card.preprocess?.meanImage {
      imported.card.preprocess?.meanImage = image.embedded
    }
    self.path = path
    weightsPath = weights
    let definition = try Self.definition(of: imported, path: path)
    network = try Network(yaml: definition.text, path: imported.card.name)
    guard network.graph.nodes.map(\.shape) == imported.graph.nodes.map(\.shape),
      network.graph.nodes.map(\.operation) == imported.graph.nodes.map(\.operation)
    else { throw NetworkImportError.notTheSame(path: path) }
    self.weights = try imported.weights.map { try $0.renamed(by: definition.tensorNames) }
    self.definition = definition
    self.imported = imported
  }

  /// Throws `NetworkImportError` for a layer that definitions have no words for.
  private static func definition(of imported: ImportedNetwork, path: String) throws -> ReadableDefinition {
    do throws(DefinitionWriter.Failure) {
      return try ReadableDefinition(imported.graph, card: imported.card)
    } catch {
      guard case .notExpressible(let name) = error else { throw error }
      // What can be written layer by layer, and gives another network when it is read, is an error of zoo's.
      guard (try? DefinitionWriter(graph: imported.graph, card: imported.card).text()) == nil,
        let node = imported.graph.nodes.first(where: { $0.name == name })
      else { throw NetworkImportError.notTheSame(path: path) }
      let place = imported.values.first { $0.node == name }?.place ?? imported.notes.first { $0.node == name }?.place
      throw NetworkImportError.notExpressible(
        path: path, layer: place ?? name, operation: node.operation.kind.name,
        inputs: node.inputs.map { imported.graph[$0].name })
    }
  }

  /// The network in the words of its file, and nothing decided about pictures. Throws as the initialiser.
  static func read(_ path: String, weights: String?, input: Shape?) throws -> ImportedNetwork {
    let ending = path.lowercased().split(separator: ".").last.map(String.init) ?? ""
    let hasWeightsInside = endings.contains(ending) && !["prototxt", "pbtxt", "cfg"].contains(ending)
    guard weights == nil || !hasWeightsInside else { throw NetworkImportError.weightsInside(path: path) }
    guard input == nil || !["cfg", "json"].contains(ending) else { throw NetworkImportError.inputIsKnown(path: path) }
    switch ending {
    case "onnx": return try ImportedNetwork(onnx: path, input: input)
    case "prototxt", "pbtxt": return try ImportedNetwork(prototxt: path, weights: weights, input: input)
    case "caffemodel": return try ImportedNetwork(caffemodel: path, input: input)
    case "cfg": return try ImportedNetwork(darknet: path, weights: weights)
    case "json": return try ImportedNetwork(convNetJS: path)
    case "h5", "hdf5", "keras": return try ImportedNetwork(keras: path, input: input)
    default:
      guard (try? Checkpoint.open(path)) == nil else { throw NetworkImportError.tensorsOnly(path: path) }
      throw NetworkImportError.unknownFormat(path: path)
    }
  }

  private static let endings = ["onnx", "prototxt", "pbtxt", "caffemodel", "cfg", "h5", "hdf5", "keras", "json"]

  /// Whether a file is called like one that networks are read from; nothing is opened.
  public static func isNetworkFile(_ path: String) -> Bool {
    endings.contains { path.lowercased().hasSuffix(".\($0)") }
  }

  /// What the definition says that an export of zoo's has in it, with the labels beside it; `nil` for a file of somebody else's.
  private static func cardOfExport(_ path: String) -> Card? {
    guard path.lowercased().hasSuffix(".onnx"), let metadata = try? ONNXNetwork.open(path).properties,
      let text = metadata[Package.definitionKey],
      var card = try? Definition.parse(SourceFile(path: path, text: text)).card
    else { return nil }
    if let labels = metadata[Package.labelsKey].map(Labels.init(text:)) {
      let set = Card.Labels.sets.first { name in
        Catalogue.file("zoo/labels/\(name).tsv").map { Labels(text: String(decoding: $0, as: UTF8.self)) } == labels
      }
      card.labels = set.map { .set($0) } ?? .list(labels.labels.map(\.name))
    }
    return card
  }

  /// The weights that belong to a file of structure alone: beside it, and called alike.
  static func weightsBeside(_ path: String) -> String? {
    for (ending, other) in [(".prototxt", ".caffemodel"), (".cfg", ".weights")] where path.hasSuffix(ending) {
      let weights = path.dropLast(ending.count) + other
      if FileSystem.exists(String(weights)) { return String(weights) }
    }
    return nil
  }

  /// Where the archive goes that belongs to a definition: `NAME.zoow` beside `NAME.yaml`.
  public static func archivePath(for definition: String) -> String {
    "\(definition.prefix(upTo: definition.lastIndex(of: ".") ?? definition.endIndex)).zoow"
  }

  /// How near the network comes to an answer of its own framework's.
  public struct Agreement: Hashable, Sendable {
    /// The layer whose numbers come nearest: that of an output, or what a softmax at the end reads.
    public let layer: String
    /// Whether it is what a softmax at the end reads, and no output.
    public let isBeforeSoftmax: Bool
    /// The largest difference, relative to the largest number expected; not a number where one is not.
    public let difference: Double
  }

  /// As `check(input:expected:)`, with tensors in `.npy` files.
  ///
  /// - Returns: The layer that comes nearest, and how near.
  /// - Throws: also `WeightsError` for files that are none.
  public func check(inputPath: String, outputPath: String) throws -> Agreement {
    try check(input: NumPyFile.read(inputPath), expected: NumPyFile.read(outputPath))
  }

  /// Compares the network's answer for a tensor with the one that its own framework gave.
  ///
  /// Frameworks differ in what they call the answer, and networks have several: compared are all outputs with as many
  /// elements, and the scores that a softmax at the end turns into probabilities. What comes nearest counts, and is named.
  ///
  /// - Parameters:
  ///   - input: one image or several, as the network takes them.
  ///   - expected: an output for it.
  /// - Returns: The layer that comes nearest, and how near.
  /// - Throws: `ZooError` for a tensor that is not the network's, `NetworkImportError.noWeights`, `.answerShape`,
  ///   `RuntimeError`.
  public func check(input: Tensor, expected: Tensor) throws -> Agreement {
    guard let weights else { throw NetworkImportError.noWeights(path: path) }
    let input = images(input.convertedToFloat32())
    let expected = expected.convertedToFloat32()
    try network.checkInput(input)
    var graph = network.graph
    var beforeSoftmax: Set<String> = []
    for output in graph.outputs where graph[output.value].operation.kind == .softmax {
      let scores = graph[output.value].inputs[0]
      guard !graph.outputs.contains(where: { $0.value == scores }) else { continue }
      beforeSoftmax.insert(graph[scores].name)
      graph.outputs.append(Output(name: "before \(output.name)", role: .features, value: scores))
    }
    let (size, images) = (network.input.elementCount, input.shape.elementCount / max(1, network.input.elementCount))
    let candidates = graph.outputs.filter {
      $0.role != .auxiliary && expected.shape.elementCount == images * graph[$0.value].shape.elementCount
    }
    guard !candidates.isEmpty else {
      let shapes = graph.outputs.filter { $0.role != .auxiliary }.map { "\(graph[$0.value].shape)" }
      throw NetworkImportError.answerShape(
        images: images, expected: shapes.joined(separator: " or "), found: "\(expected.shape)")
    }
    let loaded = try LoadedWeights.load(.checkpoint(weights), for: network)
    let compiled = try CompiledNetwork(graph: graph.optimized(), weights: loaded.source)
    let runner = try compiled.makeRunner()
    var found = [[Float]](repeating: [], count: candidates.count)
    try input.withFloats { floats in
      for image in 0..<images {
        let part = Tensor(shape: network.input, floats: Array(floats[image * size..<(image + 1) * size]))
        let answers = try runner.run(part)
        for (place, candidate) in candidates.enumerated() {
          guard let index = compiled.outputs.firstIndex(where: { $0.name == candidate.name }) else { continue }
          found[place] += answers[index].floats
        }
      }
    }
    let agreements = zip(candidates, found).map { candidate, floats in
      let layer = graph[candidate.value].name
      let differences = orders(of: expected, at: candidate.value, images: images).map {
        difference(floats, $0, images: images)
      }
      return Agreement(
        layer: layer, isBeforeSoftmax: beforeSoftmax.contains(layer),
        difference: differences.filter { !$0.isNaN }.min() ?? .nan)
    }
    // What is not a number is near nothing.
    func distance(_ agreement: Agreement) -> Double { agreement.difference.isNaN ? .infinity : agreement.difference }
    return agreements.min { distance($0) < distance($1) } ?? agreements[0]
  }

  /// What a network takes for which vectors or signals were fed in, as their file has them.
  private func images(_ tensor: Tensor) -> Tensor {
    let (found, expected) = (tensor.shape.dimensions, network.input.dimensions)
    // Sides of 1 are what a vector or a signal has not.
    guard (2...3).contains(found.count), found != expected,
      found.dropFirst().filter({ $0 > 1 }) == expected.filter({ $0 > 1 })
    else { return tensor }
    return tensor.reshaped(to: Shape([found[0]] + expected))
  }

  /// An answer as it is, and in the order of the layer's elements where its file has the axes in another order.
  private func orders(of expected: Tensor, at node: NodeID, images: Int) -> [Tensor] {
    let original = imported.graph[node]
    let others = imported.values.filter { $0.node == original.name && !$0.isInOrder }.compactMap {
      $0.elements(of: expected, shape: original.shape, images: images)
    }
    return [expected] + others.map { Tensor(shape: expected.shape, floats: $0) }
  }

  /// The largest difference, relative to the largest number expected; of the logarithms of the softmax where that is what
  /// is expected, which importers leave out at the end of a network.
  private func difference(_ found: [Float], _ expected: Tensor, images: Int) -> Double {
    let plain = relativeDifference(Tensor(shape: expected.shape, floats: found), expected)
    let size = found.count / max(1, images)
    func sum(_ image: Int, _ floats: [Float], less most: Double) -> Double {
      floats[image * size..<(image + 1) * size].reduce(0) { $0 + exponential(Double($1) - most) }
    }
    let floats = expected.floats
    guard size > 1, (0..<images).allSatisfy({ abs(sum($0, floats, less: 0) - 1) < 1e-3 }) else { return plain }
    var logarithms: [Float] = []
    for image in 0..<images {
      let part = found[image * size..<(image + 1) * size]
      let most = Double(part.max() ?? 0)
      let normaliser = most + logarithm(sum(image, found, less: most))
      logarithms += part.map { Float(Double($0) - normaliser) }
    }
    let other = relativeDifference(Tensor(shape: expected.shape, floats: logarithms), expected)
    return other < plain ? other : plain
  }

  /// Writes the archive, where there are weights, then the definition, each whole or not at all.
  ///
  /// - Parameters:
  ///   - path: of the definition, ending in `.yaml`.
  ///   - archive: of the weights, ending in `.zoow`; by itself beside the definition.
  ///   - overwrite: whether files that exist are replaced.
  /// - Throws: `ZooError.fileName`, `.alreadyExists`, `.cannotWrite`; `WeightsError`, with nothing left behind.
  public func write(to path: String, archive: String? = nil, overwrite: Bool = false) throws {
    let archive = archive ?? Self.archivePath(for: path)
    try Self.checkNames(path, archive: archive, overwrite: overwrite)
    if let weights {
      let loaded = try LoadedWeights.load(.checkpoint(weights), for: network)
      try loaded.checkpoint.pack(
        to: archive, metadata: Package.metadata(for: network, loaded), overwrite: overwrite)
    }
    try FileSystem.write(definition.text.utf8, to: path, overwrite: overwrite)
  }

  /// Refuses names that the files cannot have, before anything is read.
  ///
  /// - Throws: `ZooError.fileName`, `.alreadyExists`, `.cannotWrite`.
  public static func checkNames(_ path: String, archive: String? = nil, overwrite: Bool = false) throws {
    try ConversionFiles.checkName(path)
    let archive = archive ?? archivePath(for: path)
    guard archive.hasSuffix(".zoow") else { throw ZooError.fileName(archive, endings: [".zoow"]) }
    for path in [path, archive] { try FileSystem.checkFile(path, overwrite: overwrite) }
  }
}

extension Checkpoint {
  /// The same tensors under other names, where there are others.
  fileprivate func renamed(by names: [String: String]) throws -> Checkpoint {
    guard entries.contains(where: { names[$0.name] ?? $0.name != $0.name }) else { return self }
    return try Checkpoint(
      entries.map { (names[$0.name] ?? $0.name, try tensor(named: $0.name)) }, metadata: metadata)
  }
}

extension NetworkImport.PreprocessingChoice {
  /// For a network with this input. `path`: its file, for the error. Throws `NetworkImportError.channels` where the
  /// network's images have another number of channels.
  func preprocessing(for input: Shape, path: String) throws -> Preprocessing? {
    let isGrey = input.channels == 1 && self == .tf
    guard self != .none else { return nil }
    guard input.isFeatureMap, input.channels == 3 || isGrey else {
      throw NetworkImportError.channels(path: path, choice: self, input: input)
    }
    let extent = input.extent
    // The shorter side as torchvision has it for 224: 8/7 of the crop.
    let side = (min(extent.height, extent.width) * 256 + 112) / 224
    let isSquare = extent.height == extent.width
    let resize: Preprocessing.Resize = isSquare ? .shorterSide(side, .bilinear) : .exact(extent, .bilinear)
    let crop: Preprocessing.Crop = isSquare ? .centre(extent) : .none
    switch self {
    case .none: return nil
    case .imagenet:
      return Preprocessing(
        resize: resize, crop: crop, mean: Preprocessing.imageNet.mean,
        standardDeviation: Preprocessing.imageNet.standardDeviation)
    case .caffe:
      return Preprocessing(
        resize: resize, crop: crop, channels: .bgr, scale: .none, mean: [103.939, 116.779, 123.68])
    case .tf:
      let channels = input.channels
      return Preprocessing(
        resize: resize, crop: crop, channels: isGrey ? .grey : .rgb, scale: .divided(by: 127.5),
        mean: [Double](repeating: 1, count: channels))
    }
  }
}

/// Why a network that was read is not written.
public enum NetworkImportError: Error, Equatable, Sendable {
  /// No format of which zoo reads networks.
  case unknownFormat(path: String)
  /// The file has tensors, and no structure of a network.
  case tensorsOnly(path: String)
  /// The file does not say how pictures become its input, and nobody else did.
  case preprocessingUnknown(path: String)
  /// The preprocessing is for other images.
  case channels(path: String, choice: NetworkImport.PreprocessingChoice, input: Shape)
  /// The definition that was written does not give the network that was read: an error of zoo's.
  case notTheSame(path: String)
  /// A layer that was read does what definitions have no words for: its place in the file, what it does, and what it reads.
  case notExpressible(path: String, layer: String, operation: String, inputs: [String])
  case noWeights(path: String)
  /// The file has its weights in it, and others were given.
  case weightsInside(path: String)
  /// The file says what its input is, and another was given.
  case inputIsKnown(path: String)
  /// An answer to compare with has another number of elements.
  case answerShape(images: Int, expected: String, found: String)
}

extension NetworkImportError: ZooFailure {
  /// A file that is not what it should be; what nobody said is a matter of how zoo was called.
  public var category: FailureCategory {
    switch self {
    case .preprocessingUnknown, .channels, .weightsInside, .inputIsKnown: .usage
    case .unknownFormat, .tensorsOnly, .notExpressible, .noWeights, .answerShape: .badData
    case .notTheSame: .internalError
    }
  }

  /// What can be done about it; `nil` where nothing can.
  public var remedy: String? {
    switch self {
    case .preprocessingUnknown:
      "say it: imagenet, caffe or tf for what the classifiers of these frameworks want, none for a network that takes tensors only"
    case .channels: "choose another preprocessing, or none"
    case .unknownFormat:
      "they end in .onnx (ONNX), .prototxt or .caffemodel (Caffe), .cfg (darknet), .keras, .h5 or .hdf5 (Keras) or .json (ConvNetJS)"
    case .tensorsOnly: "name the network that they are the weights of, or write its definition"
    case .notTheSame, .notExpressible, .noWeights, .answerShape, .weightsInside, .inputIsKnown: nil
    }
  }

  /// What is wrong, and what to do.
  public var description: String {
    let fact =
      switch self {
      case .unknownFormat(let path): "\(path): zoo reads no networks from files called so"
      case .tensorsOnly(let path): "\(path): the file has tensors, and does not say what network they belong to"
      case .preprocessingUnknown(let path):
        "\(path): the file does not say how pictures become the network's input"
      case .channels(let path, let choice, let input):
        "\(path): preprocessing '\(choice.rawValue)' is for pictures of three channels, and the network takes \(input)"
      case .notTheSame(let path):
        "\(path): the definition that was written gives another network than was read, which is an error of zoo's"
      case .notExpressible(let path, let layer, let operation, let inputs):
        "\(path): \(layer): zoo computes this layer (\(operation) of \(inputs.joined(separator: ", "))), but its definitions have no "
          + "words for it"
      case .weightsInside(let path): "\(path): the file has its weights in it, and needs no other"
      case .inputIsKnown(let path): "\(path): the file says the size of its input, which cannot be another"
      case .noWeights(let path): "\(path): the file has no weights, so that there is no answer to compare"
      case .answerShape(let images, let expected, let found):
        "the answer to compare with is \(found), and the network's for \(images) \(images == 1 ? "image" : "images") is "
          + "\(expected)\(images == 1 ? "" : " each")"
      }
    return remedy.map { "\(fact); \($0)" } ?? fact
  }
}

// The library's functions, which parameters of the same names would hide.
private func exponential(_ x: Double) -> Double { exp(x) }
private func logarithm(_ x: Double) -> Double { log(x) }
