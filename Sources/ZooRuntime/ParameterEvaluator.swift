import ZooGraph
import ZooTensor

/// Turns parameter expressions into float32 tensors, given the tensors of a checkpoint.
///
/// Batch normalisation is folded in double precision and rounded once. A tensor is asked for each time an expression
/// reads it and is not kept, so that packing a network's weights one by one needs little more memory than the result.
public struct ParameterEvaluator: Sendable {
  private let source: ParameterSource
  private let allowsNonFinite: Bool

  /// - Parameters:
  ///   - allowsNonFinite: whether to take NaN and infinite weights as they come. Refused by default: kernels skip or
  ///     multiply by zeros as they see fit, which only finite weights make unobservable.
  ///   - source: the checkpoint's tensors, by name.
  public init(allowsNonFinite: Bool = false, source: ParameterSource) {
    self.source = source
    self.allowsNonFinite = allowsNonFinite
  }

  /// The numbers that `value` stands for.
  ///
  /// - Throws: `RuntimeError` when a tensor has another shape, a number that is not finite or a variance that is not
  ///   positive; what the source throws.
  public func tensor(_ value: ParameterValue) throws -> Tensor {
    switch value {
    case .constant(let number, let shape):
      return Tensor(shape: shape, floats: [Float](repeating: number, count: shape.elementCount))
    case .tensor(let name, let shape):
      return try checked(name, shape)
    case .reshaped(let inner, let shape):
      return try tensor(inner).reshaped(to: shape)
    case .scaled:
      return try Tensor(shape: value.shape) { bytes in
        let target = bytes.bindMemory(to: Float.self)
        try forEachPart(of: value, unit: 1) { elements, floats in
          _ = UnsafeMutableBufferPointer(rebasing: target[elements]).update(fromContentsOf: floats)
        }
      }
    case .shifted:
      return Tensor(shape: value.shape, floats: try doubles(value).map { Float($0) })
    }
  }

  /// Hands over the numbers that `value` stands for part by part, in order, each part but the last of a whole multiple
  /// of `unit` elements.
  ///
  /// - Parameters:
  ///   - value: an expression over the checkpoint's tensors.
  ///   - elements: which of them, in row-major order, or `nil` for all.
  ///   - unit: each part but the last has a whole multiple of so many elements.
  ///   - body: called with each part, whose floats are valid until it returns.
  /// - Throws: as `tensor`; what `body` throws.
  public func forEachPart(
    of value: ParameterValue, elements: Range<Int>? = nil, unit: Int,
    _ body: (_ elements: Range<Int>, _ floats: UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    var scratch = FloatScratch()
    defer { scratch.deallocate() }
    switch value {
    case .tensor(let name, let shape):
      try source.inParts(name, elements, unit) { part in
        guard part.shape == shape else {
          throw RuntimeError.shapeDiffers(tensor: name, expected: shape, found: part.shape)
        }
        let floats: UnsafeBufferPointer<Float>
        if part.elementType == .float32 {
          floats = part.bytes.bindMemory(to: Float.self)
        } else {
          let converted = scratch.reserve(part.elements.count)
          part.elementType.convertToFloat32(part.bytes, into: converted)
          floats = UnsafeBufferPointer(converted)
        }
        try checkFinite(floats, of: name, shape, from: part.elements.lowerBound)
        try body(part.elements, floats)
      }
    case .reshaped(let inner, _):
      try forEachPart(of: inner, elements: elements, unit: unit, body)
    case .scaled:
      let (weight, factors) = try factored(value)
      let filterSize = weight.shape.elementCount / factors.count
      try forEachPart(of: weight, elements: elements, unit: unit) { elements, floats in
        let scaled = scratch.reserve(floats.count)
        var element = elements.lowerBound
        while element < elements.upperBound {
          let output = element / filterSize
          let end = min((output + 1) * filterSize, elements.upperBound)
          let part = element - elements.lowerBound..<end - elements.lowerBound
          floats.scale(part, by: factors[output], into: scaled)
          element = end
        }
        try body(elements, UnsafeBufferPointer(scaled))
      }
    case .constant, .shifted:
      try tensor(value).withFloats { floats in
        let elements = elements ?? floats.indices
        try body(elements, UnsafeBufferPointer(rebasing: floats[elements]))
      }
    }
  }

  /// Whether some elements of `value` are to be had for less than all.
  ///
  /// - Throws: what the source throws.
  func isDivisible(_ value: ParameterValue) throws -> Bool {
    switch value {
    case .tensor(let name, _): try source.isDivisible(name)
    case .reshaped(let inner, _), .scaled(let inner, _): try isDivisible(inner)
    case .constant, .shifted: false
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

  /// What is below any number of scalings, and the product of their factors for each output.
  private func factored(_ value: ParameterValue) throws -> (weight: ParameterValue, factors: [Double]) {
    guard case .scaled(let inner, let norm) = value else {
      return (value, Array(repeating: 1, count: value.shape.channels))
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
    let found = try source.whole(name)
    guard found.shape == shape else {
      throw RuntimeError.shapeDiffers(tensor: name, expected: shape, found: found.shape)
    }
    let tensor = found.convertedToFloat32()
    try tensor.withFloats { floats throws(RuntimeError) in try checkFinite(floats, of: name, shape, from: 0) }
    return tensor
  }

  /// `start`: which element of the tensor the first of `floats` is.
  private func checkFinite(
    _ floats: UnsafeBufferPointer<Float>, of name: String, _ shape: Shape, from start: Int
  ) throws(RuntimeError) {
    guard !allowsNonFinite, let position = floats.firstNonFinite else { return }
    let value = floats[position]
    throw .notFinite(
      tensor: name, index: shape.index(ofElement: start + position), value: RuntimeError.NonFinite(value))
  }
}

/// Memory for one part, as large as the largest so far.
private struct FloatScratch {
  private var memory = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)

  mutating func reserve(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
    if memory.count < count {
      memory.deallocate()
      memory = .allocate(capacity: count)
    }
    return UnsafeMutableBufferPointer(rebasing: memory[..<count])
  }

  func deallocate() {
    memory.deallocate()
  }
}

extension UnsafeBufferPointer<Float> {
  /// Multiplies the elements in `range` in double precision.
  fileprivate func scale(
    _ range: Range<Int>, by factor: Double, into products: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(range.clamped(to: indices) == range && products.count == count)
    guard let source = baseAddress, let target = products.baseAddress else { return }
    for index in range { target[index] = Float(Double(source[index]) * factor) }
  }
}
