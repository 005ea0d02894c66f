import ZooTensor

/// How the numbers of a layer are replaced by random ones.
public enum WeightRandomization: String, Hashable, Sendable, CaseIterable {
  /// Weights and biases by numbers of the normal distribution with the tensor's own mean and standard deviation.
  case normal
  /// Weights and biases by themselves in another order.
  case permuted

  /// What is done, in a sentence.
  public var description: String {
    let channels = "the numbers of a batch norm's channels stay together and change places"
    return switch self {
    case .normal:
      "weights and biases are normal numbers with each tensor's own mean and standard deviation; \(channels)"
    case .permuted: "the numbers of each weight and bias tensor change places; \(channels)"
    }
  }

  /// `random`: of this tensor alone.
  func tensor(_ tensor: Tensor, _ random: CounterRandom) -> Tensor {
    let numbers = tensor.convertedToFloat32().floats
    switch self {
    case .normal:
      let count = Double(max(numbers.count, 1))
      let mean = numbers.reduce(0.0) { $0 + Double($1) } / count
      let variance = numbers.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
      let deviation = variance.squareRoot()
      return Tensor(shape: tensor.shape, floats: numbers.indices.map { Float(mean + deviation * random.normal($0)) })
    case .permuted:
      return Tensor(shape: tensor.shape, floats: random.permutation(of: numbers.count).map { numbers[$0] })
    }
  }

  /// The numbers of a layer's channels in another order, the same for all tensors of as many: scale, shift, mean and variance
  /// of a batch norm fit each other, and apart they would blow values up.
  static func channels(_ tensors: [Tensor], _ random: CounterRandom) -> [Tensor] {
    tensors.map { tensor in
      let numbers = tensor.convertedToFloat32().floats
      return Tensor(shape: tensor.shape, floats: random.permutation(of: numbers.count).map { numbers[$0] })
    }
  }
}

extension CounterRandom {
  /// The numbers from 0 on in a random order (Durstenfeld, 1964), which depends on the count.
  func permutation(of count: Int) -> [Int] {
    var order = Array(0..<count)
    for place in stride(from: count - 1, to: 0, by: -1) { order.swapAt(place, integer(place, below: place + 1)) }
    return order
  }
}
