import ZooGraph
import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One class that an image was recognised as.
///
/// As JSON it has the names of `InferenceAnswer`, where the WordNet identifier is `wnid`.
public struct Classification: Codable, Sendable, Hashable {
  /// The position among the network's outputs.
  public var index: Int
  /// The class's name; the index in words when the model has no labels.
  public var label: String
  /// `nil` where the label set has none.
  public var wordNetID: String?
  /// Softmax over the logits; of independent classes, the sigmoid of the logit.
  public var probability: Double
  /// The score before softmax or sigmoid.
  public var logit: Float

  private enum CodingKeys: String, CodingKey {
    case index, label, probability, logit
    case wordNetID = "wnid"
  }

  /// A class by its index from 0, with what the network says of it.
  public init(index: Int, label: String, wordNetID: String? = nil, probability: Double, logit: Float) {
    self.index = index
    self.label = label
    self.wordNetID = wordNetID
    self.probability = probability
    self.logit = logit
  }
}

extension Classification {
  init(index: Int, labels: Labels?, probability: Double, logit: Float) {
    let label = labels?[index]
    self.init(
      index: index, label: label?.name ?? "class \(index)", wordNetID: label?.wordNetID, probability: probability,
      logit: logit)
  }

  /// The index of a class: the one of that name, regardless of case, else of that WordNet identifier, else of that
  /// number.
  ///
  /// - Parameters:
  ///   - name: a label, a WordNet identifier or a number from 0.
  ///   - labels: the names of the classes; `nil` where they have numbers only.
  ///   - count: how many classes the model knows.
  /// - Throws: `ZooError.classNotFound`; `ZooError.classAmbiguous` when several have the name.
  /// - Returns: The class, from 0.
  public static func index(of name: String, labels: Labels?, count: Int) throws(ZooError) -> Int {
    let known = Array((labels?.labels ?? []).prefix(count))
    let word = name.lowercased()
    let named = known.indices.filter { known[$0].name.lowercased() == word }
    if named.count > 1 { throw .classAmbiguous(name, indices: named) }
    if let index = named.first ?? known.firstIndex(where: { $0.wordNetID == word }) { return index }
    if let index = Int(name), (0..<count).contains(index) { return index }
    throw .classNotFound(name, count: count, suggestions: name.near(among: known.map(\.name)))
  }

  /// The `count` best classes, best first; classes of equal logits in the order of their index.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - logits: a score for each class.
  ///   - function: what makes probabilities of the logits, as the model's answer says.
  ///   - labels: the names of the classes; `nil` where they have numbers only.
  /// - Returns: With probabilities over all classes.
  public static func top(
    _ count: Int, logits: [Float], by function: Answer.Function, labels: Labels?
  ) -> [Classification] {
    let probabilities = function.probabilities(logits.map(Double.init))
    let order = logits.indices.sorted { (logits[$0], -$0) > (logits[$1], -$1) }
    return order.prefix(max(count, 0)).map { index in
      Classification(index: index, labels: labels, probability: probabilities[index], logit: logits[index])
    }
  }

  /// The `count` likeliest classes, best first; equally likely ones by their logits, then by their index.
  ///
  /// - Precondition: as many probabilities as logits.
  static func top(_ count: Int, probabilities: [Double], logits: [Float], labels: Labels?) -> [Classification] {
    let order = logits.indices.sorted {
      (probabilities[$0], logits[$0], -$0) > (probabilities[$1], logits[$1], -$1)
    }
    return order.prefix(max(count, 0)).map { index in
      Classification(index: index, labels: labels, probability: probabilities[index], logit: logits[index])
    }
  }
}

extension Answer.Function {
  /// The probabilities of all classes, of their scores.
  public func probabilities(_ logits: [Double]) -> [Double] {
    switch self {
    case .softmax:
      guard let maximum = logits.max() else { return [] }
      let exponentials = logits.map { exp($0 - maximum) }
      let sum = exponentials.reduce(0, +)
      return exponentials.map { $0 / sum }
    case .sigmoid:
      return logits.map { 1 / (1 + exp(-$0)) }
    }
  }
}

extension Answer {
  /// The class scores of the values that a network computes for `Graph.computing(_:)`.
  package func logits(of values: Tensor) -> Tensor {
    guard scores == nil else { return values }
    return Tensor(
      shape: values.shape,
      floats: values.floats.map { value in
        guard value.isFinite else { return value }
        let probability = min(max(value, .leastNormalMagnitude), function == .softmax ? 1 : 1 - .ulpOfOne / 2)
        return function == .softmax ? log(probability) : log(probability) - log1p(-probability)
      })
  }
}
