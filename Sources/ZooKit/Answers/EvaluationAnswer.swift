/// How well a model does on labelled images, for other programs: the object that `zoo eval --json` prints.
///
/// Encodes to, and decodes from, the schema `zoo.eval/1`. Fields may be added to it; none is renamed or removed.
public struct EvaluationAnswer: Codable, Sendable, Hashable {
  /// The counts of one class.
  public struct Class: Codable, Sendable, Hashable {
    /// The class's name.
    public var label: String
    /// How many images there are of it.
    public var count: Int
    /// How many of those have their class's score as the highest.
    public var correct: Int
  }

  /// The schema that answers of this version have.
  public static let schema = "zoo.eval/1"

  /// `EvaluationAnswer.schema`.
  public let schema: String
  /// The network's name.
  public var model: String
  /// Where the weights come from, in words.
  public var weights: String
  /// The path of the data.
  public var data: String
  /// What told which class a folder stands for: `label`, `wnid`, `number` or `order`; `nil` where the data numbers the
  /// classes itself.
  public var classesBy: [String]?
  /// How many images were looked at.
  public var count: Int
  /// How many of them have their class's score as the highest.
  public var correct: Int
  /// The fraction of the images whose class has the highest score.
  public var top1: Double
  /// The fraction of the images whose class is among the five highest scores.
  public var top5: Double
  /// One for each output of the network.
  public var classes: [Class]

  /// What is to be said of an evaluation.
  ///
  /// - Parameters:
  ///   - model: the network's name
  ///   - data: the images that were looked at
  ///   - weights: those that the network ran with
  ///   - result: what the evaluation counted.
  public init(model: String, data: DataSet, weights: LoadedWeights, _ result: Evaluation) {
    self.init(
      model: model, weights: weights.summary, data: data.path,
      classesBy: result.assignment?.bases.map(\.rawValue), result)
  }

  /// As above, of what is known without the data and the weights.
  init(model: String, weights: String, data: String, classesBy: [String]?, _ result: Evaluation) {
    schema = Self.schema
    self.model = model
    self.weights = weights
    self.data = data
    self.classesBy = classesBy
    count = result.count
    correct = result.top1
    top1 = result.top1Accuracy
    top5 = result.top5Accuracy
    classes = result.classes.map { Class(label: $0.label, count: $0.count, correct: $0.correct) }
  }

  /// Decodes an answer.
  ///
  /// - Throws: `DecodingError`, also for another schema than `zoo.eval/1`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    schema = try container.decodeSchema(Self.schema, forKey: .schema)
    model = try container.decode(String.self, forKey: .model)
    weights = try container.decode(String.self, forKey: .weights)
    data = try container.decode(String.self, forKey: .data)
    classesBy = try container.decodeIfPresent([String].self, forKey: .classesBy)
    count = try container.decode(Int.self, forKey: .count)
    correct = try container.decode(Int.self, forKey: .correct)
    top1 = try container.decode(Double.self, forKey: .top1)
    top5 = try container.decode(Double.self, forKey: .top5)
    classes = try container.decode([Class].self, forKey: .classes)
  }
}
