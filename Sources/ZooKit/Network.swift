import ZooGraph
import ZooImages
import ZooSpec
import ZooTensor
import ZooWeights

/// A network as its definition describes it, without weights.
public struct Network: Sendable {
  /// Where the definition was found.
  public enum Origin: Sendable, Hashable {
    case catalogue
    case file(String)
    /// A package, which holds the weights too.
    case package(String)
    /// A folder as `FolderExport` writes it, which holds the weights too.
    case folder(String)
  }

  /// Where the definition was found.
  public let origin: Origin
  /// As it was read, with the places of all that is in it.
  public let definition: Definition
  /// The network as it was written, before any pass.
  public let graph: Graph
  /// What inference has to store and to do, for one image; `cost()` says more.
  public let totals: CostTotals
  /// How pictures become input; `nil` where the definition does not say.
  public let preprocessing: Preprocessing?
  /// What the definition's preprocessings name, those for particular weights too.
  let meanImages: [MeanImageSource: MeanImage]
  /// The names of the classes; `nil` where they have numbers only.
  public let labels: Labels?
  /// For a network rewritten so that it slides, what its definition records that it was before.
  let rewriting: ConvolutionToFullyConnected?
  /// What the network says about classes, if it says something.
  let knownAnswer: Answer?

  /// For a network rewritten so that it slides, the graph that it was before.
  public var original: Graph? { rewriting?.graph }

  /// As the definition calls it.
  public var name: String { definition.card.name }
  /// What the definition says besides the layers: title, paper, licence, published weights.
  public var card: Card { definition.card }

  /// The shape of one image.
  public var input: Shape { graph.inputs.first.map { graph[$0].shape } ?? [] }

  /// The tensors that a checkpoint for the network holds; those for training may be missing. A network that slides has those
  /// of the classifier that it was, so that they are there for the way back.
  var expectedTensors: [ExpectedTensor] {
    let tensors = graph.tensors + (original?.tensors.filter(\.isTrainingOnly) ?? [])
    return tensors.map { ExpectedTensor(name: $0.name, shape: $0.shape, isRequired: !$0.isTrainingOnly) }
  }

  /// What the network says about classes: scores, or probabilities that it makes of them itself.
  ///
  /// - Throws: `ZooError.noLogits`.
  public func answer() throws(ZooError) -> Answer {
    guard let knownAnswer else { throw .noLogits(model: name) }
    return knownAnswer
  }

  /// What each node costs, and the memory that the values of an image take, which is planned for that.
  ///
  /// - Throws: what passes throw.
  public func cost() throws -> GraphCost { try graph.cost() }

  /// The shape of the class scores: `[classes]`, or `[classes, height, width]` for a network that slides.
  ///
  /// - Throws: `ZooError.noLogits`.
  public func logits() throws(ZooError) -> Shape { try answer().shape }

  /// `path`: where the tensor is from. Throws `ZooError.inputShape`, `.inputLayout` or `.inputType` unless the network
  /// can be fed the tensor as it is.
  package func checkInput(_ tensor: Tensor, path: String? = nil) throws(ZooError) {
    let (expected, found) = (input.dimensions, tensor.shape.dimensions)
    guard tensor.elementType == .float32 else { throw .inputType(found: tensor.elementType.rawValue, path: path) }
    let image = Array(found.suffix(3))
    let isImage = (3...4).contains(found.count) && found[0] > 0
    if isImage, image == expected { return }
    let words = (expected: "\(input), or N×\(input) for a batch", found: "\(tensor.shape)")
    if isImage, expected.count == 3, image[0] == expected[0] {
      throw .inputShape(expected: words.expected, found: words.found, path: path)
    }
    let isChannelsLast = isImage && Array(image.suffix(1) + image.prefix(2)) == expected
    throw .inputLayout(expected: words.expected, found: words.found, isChannelsLast: isChannelsLast, path: path)
  }

  /// Finds a network by a name of the catalogue, a `.yaml` file, a `.zoo` package or an exported folder, and builds it.
  ///
  /// A reference with a `/` in it is a path, and names what is there alone. Without one, what is here comes first, but
  /// for a folder, or a file that is no model by its extension, that is called like a network of the catalogue; a
  /// `.yaml` file that is not here is looked up in the catalogue by its name; and a name that is not in the catalogue
  /// is looked for in the folders of `SearchPath`. `origin` tells which it was. In the catalogue, `_` and `-` are alike
  /// where only one fits.
  ///
  /// - Parameters:
  ///   - reference: a catalogue name, a path of a definition, a package or a folder.
  ///   - input: `[channels, height, width]` in place of the definition's input.
  /// - Throws: `ZooError` when there is no such network, `DefinitionErrors` with everything that is wrong with it.
  /// - Returns: The network, checked, without weights.
  public static func find(_ reference: String, input: Shape? = nil) throws -> Network {
    let isPath = reference.utf8.contains(UInt8(ascii: "/"))
    let isDefinition = definitionExtensions.contains(where: reference.hasSuffix)
    let isInCatalogue = !isPath && Catalogue.contains("zoo/\(reference).yaml")
    if FileSystem.isDirectory(reference) {
      if !isInCatalogue { return try folder(reference, input: input) }
    } else if FileSystem.exists(reference) {
      if isDefinition { return try file(reference, input: input) }
      if reference.hasSuffix(".zoo") || reference.hasSuffix(".zoow") { return try package(reference, input: input) }
    }
    let weights = CheckpointReference(reference)
    if !isInCatalogue, FileSystem.exists(weights.path) {
      throw ZooError.notAModel(path: reference, holdsWeights: weights.namesCheckpoint)
    }
    let name = Self.name(ofFile: reference)
    let embedded = "zoo/\(name).yaml"
    if isPath || reference.hasSuffix(".zoo") || reference.hasSuffix(".zoow") {
      let hint = Catalogue.contains(embedded) ? "; that of the catalogue is called \(name)" : ""
      throw ZooError.inputMissing(path: reference, what: "model" + hint)
    }
    if let bytes = Catalogue.file(embedded) {
      return try Network(SourceFile(path: embedded, bytes: bytes), origin: .catalogue, input: input)
    }
    if !isDefinition {
      if let path = SearchPath.find(["\(name).yaml"]) { return try file(path, input: input) }
      if let path = SearchPath.find(["\(name).zoo"]) { return try package(path, input: input) }
    }
    if let other = Catalogue.modelName(for: name), other != name { return try find(other, input: input) }
    throw ZooError.modelNotFound(reference, suggestions: name.near(among: Catalogue.modelNames))
  }

  /// The endings of a definition's file.
  static let definitionExtensions = [".yaml", ".yml"]

  /// The name of a definition's file without its folder and its ending; of anything else, its name.
  private static func name(ofFile path: String) -> String {
    let file = String(path.dropFirst(path.folderOfPath.count))
    guard let ending = definitionExtensions.first(where: file.hasSuffix) else { return file }
    return String(file.dropLast(ending.count))
  }

  /// Builds a network from the text of a definition.
  ///
  /// - Parameters:
  ///   - yaml: the definition.
  ///   - path: what errors call it; `variant_of`, label files and mean images are looked for beside it.
  ///   - input: `[channels, height, width]` in place of the definition's input.
  /// - Throws: `DefinitionErrors`, `ZooError`.
  public init(yaml: String, path: String, input: Shape? = nil) throws {
    try self.init(SourceFile(path: path, text: yaml), origin: .file(path), input: input)
  }

  /// Builds a network from the text of a definition that is in no file.
  ///
  /// What `variant_of` and `labels` name is looked for in the catalogue alone, so that the text may be a stranger's. Errors, and
  /// `origin`, call it `definition`.
  ///
  /// - Parameters:
  ///   - text: the YAML of the definition.
  ///   - input: `[channels, height, width]` in place of the definition's input.
  /// - Throws: `DefinitionErrors`, `ZooError`.
  public init(definition text: String, input: Shape? = nil) throws {
    try self.init(SourceFile(path: "definition", text: text), origin: .file("definition"), input: input) { name, _ in
      Self.embedded(name)
    }
  }

  /// A definition that came inside an archive, which may not speak of any other file. `path`: the archive. Throws as
  /// `find`, and `ZooError.outsideReference`.
  init(stored definition: String, labels: Labels?, in path: String, origin: Origin, input: Shape? = nil) throws {
    let source = SourceFile(path: "\(path): definition", text: definition)
    try self.init(source, origin: origin, input: input, labels: labels) { name, _ in
      throw ZooError.outsideReference(path: path, name: name)
    }
  }

  init(
    _ source: SourceFile, origin: Origin, input: Shape?, labels: Labels? = nil, loader given: Definition.Loader? = nil
  ) throws {
    let loader = given ?? (origin == .catalogue ? { name, _ in Self.embedded(name) } : Self.load)
    definition = try Definition.parse(source, loader: loader)
    let building = try definition.build(input: input)
    (graph, rewriting) = (building.graph, building.original)
    (totals, knownAnswer) = (graph.totals(), graph.answer)
    self.origin = origin
    if input == nil || input == definition.card.input {
      if let difference = definition.difference(
        parameters: totals.parameters, macs: totals.multiplyAccumulates)
      {
        throw difference
      }
    }
    let images = try Self.meanImages(of: definition.card, loader: loader)
    meanImages = images
    preprocessing = definition.card.preprocess.map { $0.reading(images) }
    try preprocessing?.validate()
    for case let other? in definition.card.weights.map(\.preprocess) { try other.reading(images).validate() }
    // Labels that were stored for other classes are left behind; the weights say so.
    let stored = labels?.count == knownAnswer?.classes ? labels : nil
    self.labels = try stored ?? definition.card.labels.map { try Self.labels($0, loader: loader) }
    if let labels = self.labels, let answer = knownAnswer, labels.count != answer.classes {
      throw ZooError.labelCount(labels: labels.count, outputs: answer.classes, name: name)
    }
  }

  /// A folder from elsewhere is to be complete in itself, as an archive is.
  private static func folder(_ path: String, input: Shape?) throws -> Network {
    let file = "\(path)/\(FolderExport.definitionFile)"
    guard FileSystem.exists(file) else { throw ZooError.incompleteFolder(path: path) }
    let source = SourceFile(path: file, bytes: try FileSystem.read(file, limit: maximumDefinitionSize))
    return try Network(source, origin: .folder(path), input: input) { name, _ in
      throw ZooError.outsideReference(path: file, name: name)
    }
  }

  private static func file(_ path: String, input: Shape?) throws -> Network {
    let bytes = try FileSystem.read(path, limit: maximumDefinitionSize)
    return try Network(SourceFile(path: path, bytes: bytes), origin: .file(path), input: input)
  }

  /// Finds what `variant_of`, `labels` or `mean_image` names: beside the definition; a name without a `/` in it, else in the
  /// catalogue.
  private static func load(_ name: String, relativeTo path: String) throws -> SourceFile? {
    let file = Self.path(of: name, relativeTo: path)
    if FileSystem.exists(file) {
      return SourceFile(path: file, bytes: try FileSystem.read(file, limit: maximumDefinitionSize))
    }
    return embedded(name)
  }

  /// The path that `variant_of` or `labels` of the definition at `path` means.
  private static func path(of name: String, relativeTo path: String) -> String {
    let name = String(path: name.utf8)
    return name.utf8.first == UInt8(ascii: "/") ? name : path.folderOfPath + name
  }

  private static func embedded(_ name: String) -> SourceFile? {
    guard !name.utf8.contains(UInt8(ascii: "/")) else { return nil }
    return Catalogue.file("zoo/\(name)").map { SourceFile(path: "zoo/\(name)", bytes: $0) }
  }

  private static func labels(_ labels: Card.Labels, loader: Definition.Loader) throws -> Labels {
    switch labels {
    case .list(let names):
      return Labels(names.map { Labels.Label(name: $0, wordNetID: nil) })
    case .set(let name):
      guard let bytes = Catalogue.file("zoo/labels/\(name).tsv") else {
        throw ZooError.labelsNotFound(name, suggestions: name.near(among: Card.Labels.sets))
      }
      return Labels(text: String(decoding: bytes, as: UTF8.self))
    case .file(let file, let base):
      guard let source = try loader(file, base) else {
        throw ZooError.inputMissing(path: path(of: file, relativeTo: base), what: "file of labels")
      }
      return Labels(text: try source.text())
    }
  }

  /// The longest definition, label file or mean image that is read, in bytes.
  static let maximumDefinitionSize = 4 << 20
}
