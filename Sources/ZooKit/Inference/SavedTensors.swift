import ZooTensor
import ZooWeights

/// Which of the tensors of an `Inference` are written to `.npy` files, and where; by itself, none.
public struct SavedTensors: Hashable, Sendable {
  /// Where what the network was fed goes: `[images, channels, height, width]`, after preprocessing.
  public var inputs: String?
  /// Where the class scores before softmax or sigmoid go: `[images, classes]`; the map of a network that slides,
  /// `[1, classes, rows, columns]`.
  public var logits: String?
  /// Where the values of a layer go, `[images, …]` in the layer's shape.
  public var features: Features?

  /// The values of a layer, and the file for them.
  public struct Features: Hashable, Sendable {
    /// The layer's path in the definition; its value is what it computes before an activation that follows.
    public var layer: String
    /// Where the `.npy` file will be.
    public var path: String

    /// A layer by its path in the definition, and where the `.npy` file will be.
    public init(of layer: String, to path: String) {
      self.layer = layer
      self.path = path
    }
  }

  /// What is not given is not written.
  public init(inputs: String? = nil, logits: String? = nil, features: Features? = nil) {
    self.inputs = inputs
    self.logits = logits
    self.features = features
  }

  private var paths: [String] { [inputs, logits, features?.path].compactMap(\.self) }

  /// Finds out, before long work, whether each file has a name of its own that ends in `.npy` and could be written. Files that
  /// exist are replaced.
  ///
  /// - Throws: `InferenceError.notAnArrayName` or `.sameFile`; `ZooError.cannotWrite`.
  public func check() throws {
    if let path = paths.first(where: { !$0.hasSuffix(".npy") }) { throw InferenceError.notAnArrayName(path: path) }
    if let path = paths.first(where: { path in paths.count { $0 == path } > 1 }) {
      throw InferenceError.sameFile(path: path)
    }
    for path in paths { try FileSystem.checkFile(path, overwrite: true) }
  }

  /// Whether there is one such tensor for each image of the view.
  ///
  /// - Throws: `InferenceError.severalRuns`.
  func check(_ view: Inference.View) throws(InferenceError) {
    switch view {
    case .whole: return
    case .crops:
      if !paths.isEmpty { throw .severalRuns }
    case .sliding(let options):
      if inputs != nil || features != nil { throw .severalRuns }
      if logits != nil, options.flips || options.scales.count > 1 { throw .severalRuns }
    }
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
