/// A number for each node of a graph: what a picture is coloured by.
public struct NodeQuantity: Hashable, Sendable {
  /// What the numbers count.
  public enum Unit: String, Hashable, Sendable {
    case seconds = "s"
    case multiplyAccumulates = "MACs"
    case bytes = "B"
  }

  /// What is measured: `time`, `multiply-accumulates`, `memory`.
  public var title: String
  /// What the numbers are measured in, which decides how they are written.
  public var unit: Unit
  /// How the numbers came about and what they leave out, for the reader of the picture.
  public var caption: String
  /// By the names of nodes; finite and not negative. A node without one is drawn without a colour.
  public var values: [String: Double]
  /// By the names of nodes that have a value, the others whose work is in it: what fusion made one step of.
  public var covers: [String: [String]]

  /// - Parameters:
  ///   - title: a short heading for the legend.
  ///   - unit: what the numbers are measured in.
  ///   - caption: what was measured, and how, in a sentence.
  ///   - values: the numbers, by the names of nodes.
  ///   - covers: for a number that stands for several nodes, as a fused step does, the others' names.
  public init(
    title: String, unit: Unit, caption: String, values: [String: Double], covers: [String: [String]] = [:]
  ) {
    self.title = title
    self.unit = unit
    self.caption = caption
    self.values = values
    self.covers = covers
  }
}

extension NodeQuantity.Unit {
  /// A number with its unit, to three digits: `1.25 ms`, `118M MACs`, `3.21 MB`, in powers of 1000.
  public func text(_ value: Double) -> String {
    switch self {
    case .seconds:
      let (scale, name) = value >= 1 || value == 0 ? (1.0, "s") : value >= 1e-3 ? (1e3, "ms") : (1e6, "µs")
      return "\(threeDigits(value * scale)) \(name)"
    case .multiplyAccumulates:
      let (number, prefix) = scaled(value, ["", "K", "M", "G", "T"])
      return "\(number)\(prefix) MACs"
    case .bytes:
      let (number, prefix) = scaled(value, ["", "k", "M", "G", "T"])
      return "\(number) \(prefix)B"
    }
  }

  private func scaled(_ value: Double, _ prefixes: [String]) -> (number: String, prefix: String) {
    var (rest, power) = (value, 0)
    // 999.6 would be written as 1000.
    while rest >= 999.5, power + 1 < prefixes.count { (rest, power) = (rest / 1000, power + 1) }
    return (threeDigits(rest), prefixes[power])
  }
}

/// A share of a whole in percent: `34 %`, `0.4 %`, `< 0.1 %`.
func percentage(_ part: Double, of whole: Double) -> String {
  let percent = whole > 0 ? 100 * part / whole : 0
  if percent >= 9.95 { return "\(Int(percent.rounded())) %" }
  let tenths = Int((10 * percent).rounded())
  return tenths == 0 && part > 0 ? "< 0.1 %" : "\(tenths / 10).\(tenths % 10) %"
}

/// A number from 0 to 9999 as people write it: three digits, without zeros at the end of a fraction; very large ones as Swift does.
private func threeDigits(_ value: Double) -> String {
  guard value.isFinite, value < 1e15 else { return "\(value)" }
  let decimals = value >= 99.95 || value == value.rounded() ? 0 : value >= 9.995 ? 1 : 2
  let factor = [1, 10, 100][decimals]
  let number = Int((value * Double(factor)).rounded())
  guard number % factor != 0 else { return "\(number / factor)" }
  let digits = String(number % factor + factor).dropFirst()
  return "\(number / factor).\(digits.last == "0" ? digits.dropLast() : digits)"
}

extension Graph {
  /// The multiply-accumulate operations of each layer with weights, for one image; see `NodeCost.multiplyAccumulates`.
  public func multiplyAccumulateQuantity() -> NodeQuantity {
    NodeQuantity(
      title: "multiply-accumulates", unit: .multiplyAccumulates,
      caption: "of layers with weights, for one image; one is two floating-point operations",
      values: values { multiplyAccumulates(of: $0) }.filter { $0.value > 0 })
  }

  /// The size of each node's value for one image, in float32; parameters are not counted.
  public func memoryQuantity() -> NodeQuantity {
    NodeQuantity(
      title: "memory", unit: .bytes,
      caption: "of each value for one image, float32, when all are kept; parameters are not counted",
      values: values { $0.scope == .image ? cost(of: $0, seeing: nil).activationBytes : 0 }.filter { $0.value > 0 })
  }

  /// A number for each node that inference needs.
  private func values(_ value: (Node) -> Int) -> [String: Double] {
    var values: [String: Double] = [:]
    for node in nodes where !node.isTrainingOnly { values[node.name] = Double(value(node)) }
    return values
  }
}
