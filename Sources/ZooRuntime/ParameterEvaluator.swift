import ZooGraph
import ZooTensor

/// Turns parameter expressions into float32 tensors, given the tensors of a checkpoint.
///
/// Batch normalisation is folded in double precision and rounded once. A tensor is asked for each time an expression
/// reads it and is not kept, so that packing a network's weights one by one needs little more memory than the result.
public struct ParameterEvaluator {
  /// Looks up a checkpoint's tensor by the network's name for it; throws when there is none.
  public typealias Source = (String) throws -> Tensor

  private let source: Source
  private let allowsNonFinite: Bool

  /// - Parameter allowsNonFinite: whether to take NaN and infinite weights as they come. Refused by default: kernels
  ///   skip or multiply by zeros as they see fit, which only finite weights make unobservable.
  public init(allowsNonFinite: Bool = false, source: @escaping Source) {
    self.source = source
    self.allowsNonFinite = allowsNonFinite
  }

  /// The numbers that `value` stands for.
  ///
  /// - Throws: `RuntimeError` when a tensor has another shape, a number that is not finite or a variance that is not
  ///   positive; what the source throws.
  public func tensor(_ value: ParameterValue) throws -> Tensor {
    switch value {
    case .tensor(let name, let shape):
      return try checked(name, shape)
    case .reshaped(let inner, let shape):
      return try tensor(inner).reshaped(to: shape)
    case .scaled:
      let (weight, factors) = try factored(value)
      let filterSize = weight.shape.elementCount / factors.count
      return weight.withFloats { source in
        Tensor(shape: weight.shape) { bytes in
          let target = bytes.bindMemory(to: Float.self)
          for (output, factor) in factors.enumerated() {
            for index in output * filterSize..<(output + 1) * filterSize {
              target[index] = Float(Double(source[index]) * factor)
            }
          }
        }
      }
    case .shifted:
      return Tensor(shape: value.shape, floats: try doubles(value).map { Float($0) })
    }
  }

  /// The numbers of a node.
  ///
  /// - Throws: as `tensor`; also when the variance of a batch normalisation is not positive.
  public func parameters(of node: Node) throws -> [Parameter.Role: Tensor] {
    var tensors: [Parameter.Role: Tensor] = [:]
    for parameter in node.parameters {
      let tensor = try tensor(parameter.value)
      if parameter.role == .runningVariance, case .batchNorm(let norm) = node.operation {
        try check(tensor.floats.map { Double($0) }, of: parameter.value, epsilon: norm.epsilon)
      }
      tensors[parameter.role] = tensor
    }
    return tensors
  }

  /// The tensor below any number of scalings, and the product of their factors for each output.
  private func factored(_ value: ParameterValue) throws -> (weight: Tensor, factors: [Double]) {
    guard case .scaled(let inner, let norm) = value else {
      let weight = try tensor(value)
      return (weight, Array(repeating: 1, count: weight.shape.channels))
    }
    let (weight, factors) = try factored(inner)
    return (weight, zip(factors, try self.factors(norm)).map { $0 * $1 })
  }

  /// A vector in double precision.
  private func doubles(_ value: ParameterValue) throws -> [Double] {
    guard case .shifted(let bias, let norm) = value else { return try tensor(value).floats.map { Double($0) } }
    let factors = try factors(norm)
    let mean = try doubles(norm.mean)
    let shift = try doubles(norm.shift)
    let biases = try bias.map { try doubles($0) } ?? Array(repeating: 0, count: factors.count)
    return factors.indices.map { (biases[$0] - mean[$0]) * factors[$0] + shift[$0] }
  }

  /// `scale / √(variance + epsilon)`
  private func factors(_ norm: BatchNormParameters) throws -> [Double] {
    let variance = try doubles(norm.variance)
    try check(variance, of: norm.variance, epsilon: norm.epsilon)
    return zip(try doubles(norm.scale), variance).map { $0 / ($1 + norm.epsilon).squareRoot() }
  }

  private func check(_ variance: [Double], of value: ParameterValue, epsilon: Double) throws(RuntimeError) {
    guard let channel = variance.firstIndex(where: { $0 + epsilon <= 0 }) else { return }
    throw .varianceNotPositive(
      tensor: value.tensors.first?.name ?? "", channel: channel, value: Float(variance[channel]), epsilon: epsilon)
  }

  private func checked(_ name: String, _ shape: Shape) throws -> Tensor {
    let found = try source(name)
    guard found.shape == shape else {
      throw RuntimeError.shapeDiffers(tensor: name, expected: shape, found: found.shape)
    }
    let tensor = found.convertedToFloat32()
    guard !allowsNonFinite, let (position, value) = tensor.firstNonFinite else { return tensor }
    throw RuntimeError.notFinite(tensor: name, index: shape.index(ofElement: position), value: value)
  }
}

extension Tensor {
  /// The position and kind of the first element that is not finite.
  fileprivate var firstNonFinite: (position: Int, value: RuntimeError.NonFinite)? {
    withFloats { floats in
      let exponent: UInt32 = 0x7F80_0000
      // A sum over a run is cheaper than a branch on each element.
      let run = 4096
      for start in stride(from: 0, to: floats.count, by: run) {
        let range = start..<Swift.min(start + run, floats.count)
        var count: UInt32 = 0
        for index in range { count &+= floats[index].bitPattern & exponent == exponent ? 1 : 0 }
        guard count > 0, let position = range.first(where: { !floats[$0].isFinite }) else { continue }
        let value = floats[position]
        return (position, value.isNaN ? .notANumber : value > 0 ? .infinity : .negativeInfinity)
      }
      return nil
    }
  }
}

extension Shape {
  /// The index along each dimension of the element at `position` in row-major order.
  fileprivate func index(ofElement position: Int) -> [Int] {
    var rest = position
    var index: [Int] = []
    for dimension in dimensions.reversed() {
      index.append(rest % dimension)
      rest /= dimension
    }
    return index.reversed()
  }
}
