import ZooKit

/// Tensors collected for `--save-input`, `--save-logits` and `--save-features`.
struct SavedTensors {
  var inputs: SavedRows
  var logits: SavedRows
  var features: SavedRows

  func write() throws {
    for rows in [inputs, logits, features] { try rows.write() }
  }
}

/// Tensors that go into one file, one row per image.
struct SavedRows {
  private let path: String?
  private var parts: [Tensor] = []

  /// - Parameter path: `nil` to keep nothing.
  init(_ path: String?) {
    self.path = path
  }

  var isKept: Bool { path != nil }

  /// - Parameter rows: `[N, …]`.
  mutating func append(_ rows: Tensor) {
    if isKept { parts.append(rows) }
  }

  func write() throws {
    if let path { try NumPyFile.write(joined(), to: path, overwrite: true) }
  }

  /// `[N₁, …]`, `[N₂, …]`, … as `[N₁ + N₂ + …, …]`; an empty tensor when every image failed.
  private func joined() -> Tensor {
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
