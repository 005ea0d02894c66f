import FoundationEssentials
import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

/// A network with its weights as a folder in the manner of the Hugging Face hub: `config.json` and
/// `preprocessor_config.json` for other programs, `model.safetensors`, `model.yaml` for zoo, and a `README.md`.
///
/// The tensors have the network's names, which for the catalogue's networks are torchvision's.
public struct FolderExport: Sendable {
  /// The network that is written.
  public let network: Network
  /// Its weights, under the names that the definition has.
  public let weights: LoadedWeights
  /// The files beside the weights, by name, in the order in which they are written.
  public let texts: [(name: String, text: String)]

  /// The name of the definition in the folder.
  package static let definitionFile = "model.yaml"

  /// - Throws: `ZooError.noLogits`, `DefinitionWriter.Failure`, `WeightsError`.
  public init(_ network: Network, weights: LoadedWeights) throws {
    self.network = network
    self.weights = weights
    let facts = try ExportFacts(network, weights: weights)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    func json(_ value: some Encodable) throws -> String {
      String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
    var texts: [(name: String, text: String)] = [("config.json", try json(ModelConfiguration(facts)))]
    if let preprocess = facts.preprocess {
      texts.append(("preprocessor_config.json", try json(ProcessorConfiguration(preprocess))))
    }
    texts.append((Self.definitionFile, try facts.definition()))
    texts.append(("README.md", ModelCard(facts).text))
    self.texts = texts
  }

  /// Writes the folder.
  ///
  /// - Throws: `WeightsError`, with nothing left behind; when there is a file of that name, or a folder that is not empty.
  public func write(to path: String) throws {
    var metadata = weights.checkpoint.metadata.filter { $0.key.hasPrefix("source.") || $0.key == "license" }
    try metadata.merge(weights.checkpoint.provenance()) { first, _ in first }
    // What PyTorch's own files say, and readers of them look for.
    metadata["format"] = "pt"
    try weights.checkpoint.replacingMetadata(metadata).writeFolder(texts, to: path)
  }
}

/// What the files of an exported folder say about a network.
struct ExportFacts {
  let network: Network
  let cost: GraphCost
  /// As the weights were trained with.
  let preprocess: Preprocessing?
  let labels: Labels?
  let classes: Int
  /// The layer that gives the class scores, and the number of features it reads.
  let classifier: (path: String, features: Int)?
  let firstConvolution: String?
  let elementTypes: [ElementType]
  let provenance: [String: String]
  let isSynthetic: Bool
  /// What the definition says about the file that the weights come from.
  let published: Card.WeightsSource?
  let license: String?

  init(_ network: Network, weights: LoadedWeights) throws {
    self.network = network
    cost = try network.cost()
    preprocess = weights.preprocess ?? network.card.preprocess.map(network.portable)
    labels = weights.labels ?? network.labels
    classes = try network.logits().channels
    let layers = network.graph.nodes.filter { !$0.isTrainingOnly }
    let shapes = Dictionary(network.graph.tensors.map { ($0.name, $0.shape) }) { first, _ in first }
    let last = layers.last { layer in
      switch layer.operation {
      case .fullyConnected, .convolution: true
      default: false
      }
    }
    classifier = last.flatMap { layer in
      shapes["\(layer.name).weight"].flatMap { $0.rank > 1 ? (layer.name, $0[1]) : nil }
    }
    firstConvolution =
      layers.first { layer in
        if case .convolution = layer.operation { true } else { false }
      }?.name
    let checkpoint = weights.checkpoint
    elementTypes = checkpoint.floatingPointTypes
    isSynthetic = checkpoint.format == .synthetic
    provenance = isSynthetic ? [:] : try checkpoint.provenance()
    let files = [checkpoint.path.split(separator: "/").last.map(String.init), provenance[Provenance.fileKey]]
    let published = network.card.weights.first { files.contains($0.file) }
    self.published = published
    license = checkpoint.metadata["license"] ?? published?.license ?? network.card.license
  }

  /// The network's name as torchvision and timm spell it.
  var architecture: String { network.name.replacing("-", with: "_") }

  /// The definition, complete in itself.
  func definition() throws -> String {
    var card = network.portableCard
    if let labels, labels != network.labels || card.labels == nil { card.labels = .list(labels.labels.map(\.name)) }
    card.preprocess = preprocess
    card.input = network.input
    return try DefinitionWriter(graph: network.graph, card: card).text()
  }
}
