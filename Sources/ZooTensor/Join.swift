/// How several values become one, element by element.
///
/// What is known about a way is in this file; passes, kernels and the interpreter read it, and name no way.
public enum Join: Hashable, Sendable {
  /// The sum, added from left to right.
  case add
  /// The product, multiplied from left to right. One number for each channel may stand in place of a map: a gate, as
  /// squeeze-and-excitation has it (Hu et al., 2018).
  case multiply
}

extension Join {
  private var properties: (name: String, neutral: Double, takesGates: Bool, keepsUnitInterval: Bool) {
    switch self {
    case .add: ("add", 0, false, false)
    case .multiply: ("multiply", 1, true, true)
    }
  }

  /// What plans call it.
  public var name: String { properties.name }

  /// What joins with any number to that number.
  public var neutral: Double { properties.neutral }

  /// Whether one number for each channel may stand in place of a map; then the gradient with respect to an input needs the
  /// others, else it is the result's as it is.
  public var takesGates: Bool { properties.takesGates }

  /// Whether numbers from 0 to 1 give such a number.
  public var keepsUnitInterval: Bool { properties.keepsUnitInterval }

  /// Two numbers, joined.
  public func callAsFunction(_ left: Double, _ right: Double) -> Double {
    switch self {
    case .add: left + right
    case .multiply: left * right
    }
  }
}
