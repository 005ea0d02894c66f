import ZooGraph
import ZooTensor
import ZooTestSupport

/// Deterministic weights and images that need no file, so that answers can be computed elsewhere and compared.
///
/// Element `i` of the tensor called `key` comes from `u = splitmix64(FNV-1a(key) ⊕ seed + (i + 1) · φ) >> 40`, as a
/// fraction in `[0, 1)`; what becomes of it depends on the tensor's role. Rounded once, from double.
struct SyntheticWeights: Sendable {
  private let shapes: [String: Shape]
  var seed: UInt64 = 0

  init(for graph: Graph) {
    shapes = Dictionary(uniqueKeysWithValues: graph.tensors.map { ($0.name, $0.shape) })
  }

  struct Missing: Error { let name: String }

  func tensor(_ name: String) throws -> Tensor {
    guard let shape = shapes[name] else { throw Missing(name: name) }
    let leaf = name.split(separator: ".").last ?? ""
    return Self.tensor(name, shape, seed: seed) { u in
      switch leaf {
      case "weight" where shape.rank > 1:
        (2 * u - 1) * (6 / Double(shape.elementCount / shape[0])).squareRoot()
      case "weight": 0.6 + 0.3 * u
      case "running_var": 0.5 + u
      default: (2 * u - 1) * 0.1
      }
    }
  }

  /// Numbers in `[−2, 2)`.
  static func images(_ shape: Shape, seed: UInt64 = 0) -> Tensor {
    tensor("input", shape, seed: seed) { (2 * $0 - 1) * 2 }
  }

  private static func tensor(_ key: String, _ shape: Shape, seed: UInt64, _ value: (Double) -> Double) -> Tensor {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var state = SplitMix64(seed: hash ^ seed)
    return Tensor(shape: shape) { bytes in
      let floats = bytes.bindMemory(to: Float.self)
      for index in floats.indices { floats[index] = Float(value(Double(state.next() >> 40) / 0x1p24)) }
    }
  }
}
