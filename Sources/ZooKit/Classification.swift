#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One class that an image was recognised as.
public struct Classification: Sendable, Hashable {
  /// The position among the network's outputs.
  public var index: Int
  /// The class's name; the index in words when the model has no labels.
  public var label: String
  public var wordNetID: String?
  /// Softmax over the logits.
  public var probability: Double
  public var logit: Float
}

extension Classification {
  /// The `count` best classes, best first; classes of equal logits in the order of their index.
  public static func top(_ count: Int, logits: [Float], labels: Labels?) -> [Classification] {
    let probabilities = softmax(logits)
    let order = logits.indices.sorted { (logits[$0], -$0) > (logits[$1], -$1) }
    return order.prefix(max(count, 0)).map { index in
      let label = labels?[index]
      return Classification(
        index: index, label: label?.name ?? "class \(index)", wordNetID: label?.wordNetID,
        probability: probabilities[index], logit: logits[index])
    }
  }

  private static func softmax(_ logits: [Float]) -> [Double] {
    guard let maximum = logits.max() else { return [] }
    let exponentials = logits.map { exp(Double($0) - Double(maximum)) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }
}
