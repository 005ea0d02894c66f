import FoundationEssentials
import ZooTensor
import ZooWeights

/// A first step of training as PyTorch computed it in double precision; `tools/reference/gradients.py` says how.
struct PyTorchGradientFixture: Decodable {
  struct Head: Decodable {
    let name: String
    let weight: Double
    let loss: Double
  }

  /// What is recorded of a tensor.
  struct Record: Decodable {
    let name: String
    let count: Int
    let norm: Double
    let sum: Double
    /// The product with made-up numbers, which exchanged elements change.
    let probe: Double
    let largest: Double
    /// How far PyTorch's own step in float32 is from this one, relative to the largest magnitude.
    let float32: Double
    let values: [Double]

    /// Whether it is zero but for rounding, beside the largest magnitude of all.
    func isZero(beside scale: Double) -> Bool { largest <= 1e-12 * scale }

    /// How far numbers are from the tensor at most: elements relative to the largest one, the rest relative to the most that
    /// it may be for a tensor of this norm.
    func error(of numbers: [Double]) -> Double {
      guard numbers.count == count else { return .infinity }
      let positions = count <= 8 ? Array(0..<count) : (0..<8).map { $0 * (count - 1) / 7 }
      guard values.count == positions.count else { return .infinity }
      let probes = SyntheticCheckpoint.tensor(named: name + ".probe", shape: [count]).withFloats { $0.map(Double.init) }
      func norm(_ numbers: [Double]) -> Double { numbers.reduce(0) { $0 + $1 * $1 }.squareRoot() }
      let product = zip(numbers, probes).reduce(0) { $0 + $1.0 * $1.1 }
      let errors =
        [
          abs(norm(numbers) - self.norm) / self.norm,
          abs(numbers.reduce(0, +) - sum) / (self.norm * Double(count).squareRoot()),
          abs(product - probe) / (self.norm * norm(probes)),
          abs(numbers.reduce(0) { max($0, abs($1)) } - largest) / largest,
        ] + zip(positions, values).map { abs(numbers[$0] - $1) / largest }
      // NaN is no small error.
      return errors.reduce(0) { $1 <= $0 ? $0 : $1.isNaN ? .infinity : $1 }
    }
  }

  let network: String
  /// Of the images; that of the weights is 0.
  let seed: UInt64
  /// Of the batch.
  let shape: [Int]
  let loss: Double
  let heads: [Head]
  let gradients: [Record]
  /// The running statistics after the step.
  let running: [Record]

  init(_ network: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/gradients")
    self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: folder.appending(path: "\(network).json")))
  }

  /// The largest magnitude of all gradients.
  var largest: Double { gradients.map(\.largest).max() ?? 0 }

  var images: Tensor { SyntheticCheckpoint.input(shape: Shape(shape), seed: seed) }

  /// Image `i` is of the class `7i + 3`.
  func targets(classes: Int) -> Tensor {
    let count = shape[0]
    return Tensor(
      shape: [count, classes],
      floats: (0..<count * classes).map { (7 * ($0 / classes) + 3) % classes == $0 % classes ? 1 : 0 })
  }
}
