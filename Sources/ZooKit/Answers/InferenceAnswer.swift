import ZooGraph

/// What a model says about pictures, for other programs: the object that `zoo infer --json` prints.
///
///     let answer = InferenceAnswer(model.network, results: [.init(file: "cat.jpg", top: try model.classify(image))])
///     let bytes = try JSONEncoder().encode(answer)
///
/// Encodes to, and decodes from, the schema `zoo.infer/1`. Fields may be added to it; none is renamed or removed.
public struct InferenceAnswer: Codable, Sendable, Hashable {
  /// The answer for one picture.
  public struct Result: Codable, Sendable, Hashable {
    /// What the picture is called.
    public var file: String
    /// The best classes, best first; `nil` when there is an `error`.
    public var top: [Classification]?
    /// What the classifier saw where, when it slid over the picture.
    public var sliding: SlidingAnswer?
    /// Why the answer says little, in words: a picture that is nothing like those that the network knows. Else `nil`.
    public var note: String?
    /// Why the picture could not be classified, in words; `nil` when it was.
    public var error: String?

    /// A picture that was classified.
    public init(file: String, top: [Classification], sliding: SlidingAnswer? = nil, note: String? = nil) {
      self.file = file
      self.note = note
      self.top = top
      self.sliding = sliding
    }

    /// A picture that was not.
    public init(file: String, error: String) {
      self.file = file
      self.error = error
    }
  }

  /// The schema that answers of this version have.
  public static let schema = "zoo.infer/1"

  /// `InferenceAnswer.schema`.
  public let schema: String
  /// The network's name.
  public var model: String
  /// What makes probabilities of the network's class scores; `nil` for a network that says nothing about classes.
  public var function: Answer.Function?
  /// One for each picture, in the order in which they were given; several for a file that holds several.
  public var results: [Result]

  /// An answer of this version's schema.
  public init(model: String, function: Answer.Function?, results: [Result]) {
    schema = Self.schema
    self.model = model
    self.function = function
    self.results = results
  }

  /// The answer of a network.
  public init(_ network: Network, results: [Result]) {
    self.init(model: network.name, function: network.knownAnswer?.function, results: results)
  }

  /// Decodes an answer.
  ///
  /// - Throws: `DecodingError`, also for another schema than `zoo.infer/1`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    schema = try container.decodeSchema(Self.schema, forKey: .schema)
    model = try container.decode(String.self, forKey: .model)
    function = try container.decodeIfPresent(Answer.Function.self, forKey: .function)
    results = try container.decode([Result].self, forKey: .results)
  }
}

extension Answer.Function: Codable {}

extension KeyedDecodingContainer {
  /// The name of a schema, which must be the one that is known.
  ///
  /// - Throws: `DecodingError`.
  func decodeSchema(_ known: String, forKey key: Key) throws -> String {
    let found = try decode(String.self, forKey: key)
    guard found == known else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "the schema is '\(found)'; expected '\(known)'")
    }
    return found
  }
}
