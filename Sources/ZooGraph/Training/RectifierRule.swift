import ZooTensor

/// What becomes of a gradient on its way back through a rectifier max(0, x), which clips what is negative.
public enum RectifierRule: String, Hashable, Sendable, CaseIterable {
  /// The chain rule: it passes where the value was positive.
  case derivative
  /// Guided backpropagation (Springenberg et al., 2015): it passes where it is positive and the value was.
  case guided
  /// The deconvolutional network (Zeiler and Fergus, 2014): it passes where it is positive, whatever the value was.
  case deconvolution

  /// Of the names of nodes that keep what is positive of a gradient.
  static let suffix = "′ positive"
}

extension Operation {
  /// The function that a gradient passes on its way through the operation, if it is one that does not keep it as it is.
  fileprivate var functionOnTheWay: String? {
    traits.curve.flatMap { $0.isRectifier ? nil : kind.name }
  }
}

extension Graph {
  /// - Throws: `GradientGraphError.notARectifier` when a rule other than the chain rule is not defined for a function on the
  ///   way from one of the sources to the value.
  func checkIsDefined(_ rule: RectifierRule, from sources: [NodeID], to value: NodeID) throws(GradientGraphError) {
    guard rule != .derivative else { return }
    let needed = self.isNeeded(for: [value])
    var depends = [Bool](repeating: false, count: nodes.count)
    var functions: [(name: String, node: String)] = []
    for id in ids where needed[id.index] {
      let passes = self[id].inputs.contains { depends[$0.index] }
      depends[id.index] = passes || sources.contains(id)
      if passes, let name = self[id].operation.functionOnTheWay { functions.append((name, self[id].name)) }
    }
    guard let first = functions.first else { return }
    let count = functions.count { $0.name == first.name }
    throw .notARectifier(rule, function: first.name, count: count, node: first.node)
  }
}
