import ZooKit
import ZooTensor

/// Tensors collected for `--save-input` and `--save-logits`, one row per image.
struct SavedTensors {
  private let keepsInputs: Bool
  private let keepsLogits: Bool
  private var inputParts: [Tensor] = []
  private var logitParts: [Tensor] = []

  init(keepsInputs: Bool, keepsLogits: Bool) {
    self.keepsInputs = keepsInputs
    self.keepsLogits = keepsLogits
  }

  mutating func append(inputs: Tensor, logits: Tensor) {
    if keepsInputs { inputParts.append(inputs) }
    if keepsLogits { logitParts.append(logits) }
  }

  mutating func append(logits: Tensor) {
    if keepsLogits { logitParts.append(logits) }
  }

  func inputs() -> Tensor { Self.joined(inputParts) }
  func logits() -> Tensor { Self.joined(logitParts) }

  /// `[N₁, …]`, `[N₂, …]`, … as `[N₁ + N₂ + …, …]`; an empty tensor when every image failed.
  private static func joined(_ parts: [Tensor]) -> Tensor {
    guard let first = parts.first else { return Tensor(shape: [0], floats: []) }
    let count = parts.reduce(0) { $0 + $1.shape[0] }
    return Tensor(shape: Shape([count] + first.shape.dimensions.dropFirst())) { bytes in
      var offset = 0
      for part in parts {
        part.withUnsafeBytes { source in
          UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<(offset + source.count)]).copyMemory(from: source)
          offset += source.count
        }
      }
    }
  }
}
