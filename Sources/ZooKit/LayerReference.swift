import ZooGraph
import ZooTensor

/// An operation of the definition language, as a person looks it up: attributes, shapes, formula and an example that builds.
///
/// All of it is from the table of operations, `OperationKind+Table.swift`, but for what the example comes to, which is computed.
public struct LayerReference: Codable, Hashable, Sendable {
  /// An attribute of the operation.
  public struct Attribute: Codable, Hashable, Sendable {
    /// How definitions spell it: `stride`.
    public var name: String
    /// What it is called where there is room: `Output channels`.
    public var title: String
    /// What it means, in a sentence.
    public var summary: String
    /// `integer`, `extent` (N or `[height, width]`), `padding`, `boolean`, `number` or `choice`.
    public var type: String
    /// The least number; of each side, where there are several.
    public var minimum: Double?
    /// The largest number.
    public var maximum: Double?
    /// Whether the least number itself is allowed.
    public var includesMinimum: Bool
    /// Whether the largest number itself is allowed.
    public var includesMaximum: Bool
    /// The words of a choice.
    public var choices: [String]?
    /// What it is where nothing is written, as definitions spell it; `nil` where it must be written or is another attribute's.
    public var standard: String?
    /// The attribute whose value it has where nothing is written.
    public var standardIsOf: String?
    /// Whether it must be written.
    public var isRequired: Bool
  }

  /// The network of `example`, built.
  public struct Result: Codable, Hashable, Sendable {
    /// Channels, height and width of an image.
    public var input: [Int]
    /// The shape of what the last layer gives for an image.
    public var output: [Int]
    /// Trainable numbers of all layers.
    public var parameters: Int
    /// Multiply-accumulate operations for an image.
    public var macs: Int
  }

  /// How definitions spell it: `max_pool`.
  public var word: String
  /// `Max pooling`
  public var title: String
  /// What it does, in a sentence.
  public var summary: String
  /// `convolution`, `dense`, `pooling`, `activation`, `normalization`, `join` or `other`.
  public var family: String
  /// What other programs call it, in lower case without separators.
  public var synonyms: [String]
  /// What may be written in it, in the order of the table; `name` and `from`, which all have, are not listed.
  public var attributes: [Attribute]
  /// What becomes of the shape: `C×H×W → C×1×1`.
  public var shape: String
  /// What is computed.
  public var formula: String
  /// The paper, notes or program that it is from.
  public var source: String?
  /// A whole definition with the operation in it.
  public var example: String
  /// What the example comes to.
  public var result: Result

  /// How definitions spell the operations, in the order of the table.
  public static let words: [String] = OperationKind.all.map(\.word)

  /// All operations, in the order of the table.
  ///
  /// - Throws: `DefinitionErrors` when an example does not build, which is an error in the table.
  public static func all() throws -> [LayerReference] { try OperationKind.all.map(LayerReference.init) }

  /// The operation of a name: its own, as definitions spell it, or another program's, such as `linear` or `MaxPool2d`.
  ///
  /// - Returns: `nil` for a name that means none; `suggestions` has near ones.
  /// - Throws: as `all`.
  public static func find(_ name: String) throws -> LayerReference? {
    let plain = folded(name)
    let kind =
      OperationKind(word: name)
      ?? OperationKind.all.first { folded($0.word) == plain } ?? OperationKind.all.first { $0.synonyms.contains(plain) }
    return try kind.map(LayerReference.init)
  }

  /// Names of operations that are like a name, nearest first.
  public static func suggestions(for name: String) -> [String] {
    let near = name.near(among: words)
    let related = folded(name).near(among: OperationKind.all.flatMap { [folded($0.word)] + $0.synonyms })
    let words = related.compactMap { synonym in
      OperationKind.all.first { folded($0.word) == synonym || $0.synonyms.contains(synonym) }?.word
    }
    var all: [String] = []
    for word in near + words where !all.contains(word) { all.append(word) }
    return Array(all.prefix(3))
  }

  /// `nn.BatchNorm2d`, `batch-norm` and `BATCH_NORM` are one name.
  private static func folded(_ name: String) -> String {
    let last = name.split(separator: ".").last.map(String.init) ?? name
    let plain = last.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
    return plain.hasSuffix("2d") ? String(plain.dropLast(2)) : plain
  }

  private init(_ kind: OperationKind) throws {
    guard let guide = kind.guide else { preconditionFailure("'\(kind.word)' has no guide") }
    let network = try Network(yaml: guide.definition, path: "\(kind.word).yaml")
    word = kind.word
    title = kind.title
    summary = kind.summary
    family = kind.family.rawValue
    synonyms = kind.synonyms
    attributes = kind.attributes.map(Attribute.init)
    shape = guide.shape
    formula = guide.formula
    source = guide.source
    example = guide.definition
    result = Result(
      input: network.input.dimensions, output: network.graph.nodes.last?.shape.dimensions ?? [],
      parameters: network.totals.parameters, macs: network.totals.multiplyAccumulates)
  }
}

extension LayerReference.Attribute {
  fileprivate init(_ attribute: OperationAttribute) {
    name = attribute.name
    title = attribute.title
    summary = attribute.summary
    includesMinimum = true
    includesMaximum = true
    switch attribute.form {
    case .integer(let range): (type, minimum, maximum) = ("integer", Double(range.lowerBound), Double(range.upperBound))
    case .extent(let range): (type, minimum, maximum) = ("extent", Double(range.lowerBound), Double(range.upperBound))
    case .padding(let range): (type, minimum, maximum) = ("padding", Double(range.lowerBound), Double(range.upperBound))
    case .boolean: type = "boolean"
    case .number(let range):
      (type, minimum, maximum) = ("number", range.lower, range.upper)
      (includesMinimum, includesMaximum) = (range.includesLower, range.includesUpper)
    case .choice(let words): (type, choices) = ("choice", words)
    }
    isRequired = attribute.standard == .required
    switch attribute.standard {
    case .required: break
    case .value(let value): standard = value.spelling
    case .attribute(let name): standardIsOf = name
    }
  }
}

extension OperationAttribute.Value {
  /// As definitions spell it where that is short: an extent of two like sides is one number.
  fileprivate var spelling: String {
    switch self {
    case .extent(let extent) where extent.height == extent.width: "\(extent.height)"
    case .extent(let extent): "[\(extent.height), \(extent.width)]"
    case .padding(let rule) where rule.isNone: "0"
    case .number(let value): value == value.rounded() && abs(value) < 1e9 ? "\(Int(value))" : "\(value)"
    case .integer, .padding, .boolean, .choice: description
    }
  }
}
