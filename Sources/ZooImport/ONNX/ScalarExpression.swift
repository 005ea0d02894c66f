import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What nodes that work on each element by itself make of one value: an expression that is a layer of zoo's, or several,
/// once it is known as a whole. Activations come in many spellings; a spelling is recognised by what it computes.
package final class ScalarExpression {
  package enum Form {
    /// The value of a layer.
    case leaf
    case constant(Double)
    case unary(Unary, ScalarExpression)
    case binary(Binary, ScalarExpression, ScalarExpression)
  }

  package enum Unary {
    case function(Activation)
    case erf, exp, log, sqrt, negative, absolute, reciprocal, softplus

    func callAsFunction(_ x: Double) -> Double {
      switch self {
      case .function(let function): function(x)
      case .erf: errorFunction(x)
      case .exp: exponential(x)
      case .log: logarithm(x)
      case .sqrt: x.squareRoot()
      case .negative: -x
      case .absolute: abs(x)
      case .reciprocal: 1 / x
      case .softplus: x > 30 ? x : log1p(exponential(x))
      }
    }
  }

  package enum Binary: String {
    case add = "Add"
    case subtract = "Sub"
    case multiply = "Mul"
    case divide = "Div"
    case power = "Pow"
    case minimum = "Min"
    case maximum = "Max"

    func callAsFunction(_ x: Double, _ y: Double) -> Double {
      switch self {
      case .add: x + y
      case .subtract: x - y
      case .multiply: x * y
      case .divide: x / y
      case .power: pow(x, y)
      case .minimum: min(x, y)
      case .maximum: max(x, y)
      }
    }
  }

  /// How the values of two layers become one where nothing else is made of them; `nil` for another expression.
  var join: (how: Join, left: ScalarExpression, right: ScalarExpression)? {
    guard case .binary(let function, let left, let right) = form else { return nil }
    func isConstant(_ expression: ScalarExpression) -> Bool {
      if case .constant = expression.form { true } else { false }
    }
    if function == .power, case .constant(2) = right.form { return (.multiply, left, left) }
    guard !isConstant(left), !isConstant(right) else { return nil }
    switch function {
    case .add: return (.add, left, right)
    case .multiply: return (.multiply, left, right)
    case .subtract:
      let minus = ScalarExpression(.constant(-1), node: node)
      return (.add, left, ScalarExpression(.binary(.multiply, right, minus), node: node))
    case .divide, .power, .minimum, .maximum: return nil
    }
  }

  let form: Form
  /// The node of the file that makes it.
  let node: Int
  /// How many expressions there are below, with repetitions; bounded.
  let size: Int

  package init(_ form: Form, node: Int) {
    self.form = form
    self.node = node
    size =
      switch form {
      case .leaf, .constant: 1
      case .unary(_, let operand): operand.size + 1
      case .binary(_, let left, let right): left.size + right.size + 1
      }
  }

  var operands: [ScalarExpression] {
    switch form {
    case .leaf, .constant: []
    case .unary(_, let operand): [operand]
    case .binary(_, let left, let right): [left, right]
    }
  }

  /// The expressions through which alone this one depends on its leaf, the nearest first and the leaf last.
  package var cuts: [ScalarExpression] {
    var found: [ScalarExpression] = []
    var seen: Set<ObjectIdentifier> = []
    func visit(_ expression: ScalarExpression) {
      guard seen.insert(ObjectIdentifier(expression)).inserted else { return }
      for operand in expression.operands { visit(operand) }
      if expression !== self { found.append(expression) }
    }
    visit(self)
    return found.reversed().filter { cut in
      if case .constant = cut.form { return false }
      return !reachesLeaf(avoiding: cut)
    }
  }

  private func reachesLeaf(avoiding cut: ScalarExpression) -> Bool {
    if self === cut { return false }
    if case .leaf = form { return true }
    return operands.contains { $0.reachesLeaf(avoiding: cut) }
  }

  /// The nodes between this expression and one below it, its own among them.
  func nodes(above cut: ScalarExpression) -> [Int] {
    if self === cut { return [] }
    if case .constant = form { return [] }
    return [node] + operands.flatMap { $0.nodes(above: cut) }
  }

  /// The value where the expression `cut` has the value `x`.
  func value(_ x: Double, at cut: ScalarExpression) -> Double {
    if self === cut { return x }
    switch form {
    case .leaf: return x
    case .constant(let number): return number
    case .unary(let function, let operand): return function(operand.value(x, at: cut))
    case .binary(let function, let left, let right):
      return function(left.value(x, at: cut), right.value(x, at: cut))
    }
  }

  /// The function of zoo's that the expression is of `cut`; `nil` where it is none.
  package func activation(of cut: ScalarExpression) -> Activation? {
    if case .unary(.function(let function), let operand) = form, operand === cut { return function }
    let points = Self.points
    let values = points.map { value($0, at: cut) }
    func agrees(_ function: Activation) -> Bool {
      // The constants of GELU are written down with as few digits as half precision has.
      let tolerance = function == .gelu || function == .geluTanh ? 1e-4 : 1e-5
      return zip(points, values).allSatisfy { abs(function($0) - $1) <= tolerance * max(1, abs($0)) }
    }
    // Both forms of GELU are within the tolerance of each other in places only.
    let fits = Activation.plain.filter(agrees)
    if !fits.isEmpty {
      func distance(_ function: Activation) -> Double {
        zip(points, values).reduce(0) { max($0, abs(function($1.0) - $1.1)) }
      }
      return fits.min { distance($0) < distance($1) }
    }
    let (low, high) = (Float(values[0]), Float(values[values.count - 1]))
    let isFlat = values[0] == values[1] && values[values.count - 2] == values[values.count - 1]
    if isFlat, low < high, low > -1e6, high < 1e6, agrees(.clamp(lower: low, upper: high)) {
      return .clamp(lower: low, upper: high)
    }
    let slope = Float(-value(-1, at: cut))
    if slope != 1, (0...1).contains(slope), agrees(.leakyRelu(slope: slope)) { return .leakyRelu(slope: slope) }
    return nil
  }

  /// Whether it is the leaf, or a function of zoo's of something that it depends on.
  package var isFunction: Bool {
    if case .leaf = form { return true }
    return cuts.contains { activation(of: $0) != nil }
  }

  /// The number that is the most the expression gives, where it is the smaller of that number and of `cut`.
  package func minimum(of cut: ScalarExpression) -> Float? {
    let most = value(1e4, at: cut)
    guard most >= 0, most < 1e4, Self.points.allSatisfy({ value($0, at: cut) == min($0, most) }) else { return nil }
    return Float(most)
  }

  /// `(factor, summand)` where the expression is `factor · x + summand` of `cut`.
  package func line(of cut: ScalarExpression) -> (factor: Double, summand: Double)? {
    let summand = value(0, at: cut)
    let factor = value(1, at: cut) - summand
    guard factor.isFinite, summand.isFinite else { return nil }
    let isLine = Self.points.allSatisfy { point in
      let expected = factor * point + summand
      return abs(value(point, at: cut) - expected) <= 1e-9 * max(1, abs(expected))
    }
    return isLine ? (factor, summand) : nil
  }

  /// From far to the left, where functions are flat, to far to the right; close where they bend.
  private static let points: [Double] =
    [-1e4, -100, -30] + stride(from: -8, through: 8, by: 0.3125).map { $0 } + [30, 100, 1e4]
}

// The library's functions, which cases of the same names hide.
private func errorFunction(_ x: Double) -> Double { erf(x) }
private func exponential(_ x: Double) -> Double { exp(x) }
private func logarithm(_ x: Double) -> Double { log(x) }
