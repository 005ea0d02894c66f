import ZooGraph

/// Probabilities of stochastic depth that grow with the number of the block: `0.2 * n / 16`.
struct DepthRule {
  let most: Double
  let blocks: Int
  private let numbers: [Double: Int]

  /// `nil` when the sums of the graph have no stochastic depth, or one that grows otherwise.
  init?(_ graph: Graph) {
    var values: Set<Double> = []
    for node in graph.nodes {
      if case .join(.add, _, let probability) = node.operation { values.insert(probability) }
    }
    guard values.count > 2, values.count <= 256 else { return nil }
    for tenth in 1...8 {
      guard let most = Double("0.\(tenth)") else { continue }
      for blocks in 2...256 {
        var numbers: [Double: Int] = [:]
        for number in 0...blocks { numbers[most * Double(number) / Double(blocks)] = number }
        guard values.allSatisfy({ numbers[$0] != nil }) else { continue }
        self.most = most
        self.blocks = blocks
        self.numbers = numbers
        return
      }
    }
    return nil
  }

  func number(of value: SlotValue) -> Int? {
    switch value {
    case .number(let value): numbers[value]
    case .integer, .boolean, .any: nil
    }
  }

  /// The probability of a repetition whose first block has this number.
  func text(from start: Int) -> String {
    start == 0 ? "\(most) * $i / \(blocks)" : "\(most) * ($i + \(start)) / \(blocks)"
  }
}
