import ZooTensor

/// A kind of operation as definitions name it, with the attributes that they give it.
///
/// The table of all kinds, `OperationKind+Table.swift`, is the one place where attributes are listed: reading and writing
/// definitions, their schema, printing and the comparison of networks go by it.
public struct OperationKind: Sendable {
  /// How definitions spell it: `max_pool`.
  public let word: String
  /// What tables and messages call it: `max pool`.
  public let name: String
  /// What it is called where there is room: `Max pooling`.
  public let title: String
  /// What it computes, in a sentence or a formula.
  public let summary: String
  /// What other programs call it, in lower case without separators.
  public let synonyms: [String]
  /// Where the documentation lists it.
  public let family: Family
  /// In the order of definitions that zoo writes.
  public let attributes: [OperationAttribute]
  /// Whether weights are stored under the layer's path.
  public let hasWeights: Bool
  /// Shapes, formula and example; `nil` for what definitions do not name.
  public let guide: OperationGuide?
  /// An operation of the kind, whose attributes are to be set.
  let template: Operation

  /// What kinds of operations have in common, for drawings and tables. An output is no operation, but is drawn as one.
  public enum Family: String, Hashable, Sendable, CaseIterable {
    case input, convolution, dense, pooling, activation, normalization, join, other, output
  }

  /// Whether the operation joins several values, so that definitions must name them.
  public var joins: Bool { family == .join }

  /// The kind that a definition means by a word.
  public init?(word: String) {
    guard let kind = Self.byWord[word] else { return nil }
    self = kind
  }

  private static let byWord = Dictionary(uniqueKeysWithValues: all.map { ($0.word, $0) })

  /// The attribute of that name.
  public func attribute(_ name: String) -> OperationAttribute? {
    attributes.first { $0.name == name }
  }

  /// An operation of the kind.
  ///
  /// - Parameter value: an attribute's value; `nil` for the standard one, or none where there is no standard.
  /// - Returns: `nil` when a value is missing.
  public func operation(_ value: (OperationAttribute) -> OperationAttribute.Value?) -> Operation? {
    var operation = template
    for attribute in attributes {
      switch (value(attribute), attribute.standard) {
      case (let value?, _), (nil, .value(let value)): attribute.set(value, of: &operation)
      case (nil, .attribute(let name)):
        guard let other = self.attribute(name) else { preconditionFailure("'\(word)' has no attribute '\(name)'") }
        attribute.set(other.value(of: operation), of: &operation)
      case (nil, .required): return nil
      }
    }
    return operation
  }

  init(
    _ word: String, _ name: String, title: String, _ summary: String, synonyms: String = "", _ family: Family,
    hasWeights: Bool = false, _ template: Operation, attributes: [OperationAttribute] = [],
    guide: OperationGuide? = nil
  ) {
    self.word = word
    self.name = name
    self.title = title
    self.summary = summary
    self.synonyms = synonyms.split(separator: " ").map(String.init)
    self.family = family
    self.hasWeights = hasWeights
    self.template = template
    self.attributes = attributes
    self.guide = guide
  }
}

extension OperationKind: Hashable {
  /// Kinds are the same when their words are.
  public static func == (left: OperationKind, right: OperationKind) -> Bool { left.word == right.word }

  /// By the word.
  public func hash(into hasher: inout Hasher) { hasher.combine(word) }
}

extension OperationKind: CustomStringConvertible {
  /// `max pool`
  public var description: String { name }
}

/// An attribute of an operation: its name, its type and range, what it is where nothing is written, and its place in the
/// operation.
public struct OperationAttribute: Sendable {
  /// What may be written for an attribute.
  public enum Form: Hashable, Sendable {
    case integer(ClosedRange<Int>)
    /// A height and a width.
    case extent(ClosedRange<Int>)
    /// The range is that of each side.
    case padding(ClosedRange<Int>)
    case boolean
    case number(NumberRange)
    case choice([String])
  }

  /// A value that is written for an attribute.
  public enum Value: Hashable, Sendable {
    case integer(Int)
    case extent(Extent)
    case padding(PaddingRule)
    case boolean(Bool)
    case number(Double)
    case choice(String)
  }

  /// What an attribute is where a definition does not give it.
  public enum Standard: Hashable, Sendable {
    case required
    case value(Value)
    /// The value of another attribute, which comes earlier.
    case attribute(String)
  }

  /// How definitions spell it: `count_padding`.
  public let name: String
  /// For tables: `dilation`.
  public let title: String
  /// What it does, for the documentation of definitions.
  public let summary: String
  /// What may be written.
  public let form: Form
  /// What it is where nothing is written.
  public let standard: Standard
  private let get: @Sendable (Operation) -> Value
  private let put: @Sendable (inout Operation, Value) -> Void
  private let text: @Sendable (Operation, Shape?) -> String?

  init(
    _ name: String, title: String, _ summary: String, _ form: Form, _ standard: Standard,
    get: @escaping @Sendable (Operation) -> Value, put: @escaping @Sendable (inout Operation, Value) -> Void,
    text: @escaping @Sendable (Operation, Shape?) -> String?
  ) {
    self.name = name
    self.title = title
    self.summary = summary
    self.form = form
    self.standard = standard
    self.get = get
    self.put = put
    self.text = text
  }

  /// - Precondition: the operation is of the attribute's kind.
  public func value(of operation: Operation) -> Value { get(operation) }

  /// The operation with another value of the attribute.
  ///
  /// - Precondition: the operation is of the attribute's kind, the value of the attribute's form.
  public func setting(_ value: Value, of operation: Operation) -> Operation {
    var result = operation
    put(&result, value)
    return result
  }

  /// - Precondition: the operation is of the attribute's kind, the value of the attribute's form.
  func set(_ value: Value, of operation: inout Operation) { put(&operation, value) }

  /// What the table of layers says about it: `stride 2`; `nil` where it is what a reader expects. `input`: the shape of
  /// the first input, where it is known.
  func text(of operation: Operation, input: Shape?) -> String? { text(operation, input) }
}

extension OperationAttribute.Value: CustomStringConvertible {
  /// As a definition has it: `[2, 1]`, `same`, `0.5`.
  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .extent(let extent): "\(extent)"
    case .padding(let rule): "\(rule)"
    case .boolean(let value): "\(value)"
    case .number(let value): "\(value)"
    case .choice(let text): text
    }
  }
}

/// The finite numbers from one to another, with either end or without.
public struct NumberRange: Hashable, Sendable {
  /// The lower end; `-infinity` for none.
  public var lower: Double
  /// The upper end; `infinity` for none.
  public var upper: Double
  /// Whether the lower end is allowed.
  public var includesLower: Bool
  /// Whether the upper end is allowed.
  public var includesUpper: Bool

  /// Both ends are allowed where nothing else is said.
  public init(_ lower: Double, _ upper: Double, includesLower: Bool = true, includesUpper: Bool = true) {
    self.lower = lower
    self.upper = upper
    self.includesLower = includesLower
    self.includesUpper = includesUpper
  }

  /// Whether `value` is finite and within the ends.
  public func contains(_ value: Double) -> Bool {
    value.isFinite && (includesLower ? value >= lower : value > lower)
      && (includesUpper ? value <= upper : value < upper)
  }
}
