import ZooTensor

/// Weights made by a formula, for tests and benchmarks: the same on every machine, and of a size that keeps activations
/// in range through deep networks.
///
/// For a tensor called `key` and a seed, `h` is the 64-bit FNV-1a hash of `key`, xor the seed, and element `i`, counted in
/// row-major order, comes from `u = (splitmix64(h + (i + 1) · 0x9E3779B97F4A7C15) >> 40) / 2²⁴`, computed in double
/// precision and rounded once:
///
/// | tensor | value |
/// |---|---|
/// | `weight` of rank 2 and above | `(2u − 1) · √(6 / fan-in)`, the fan-in being all dimensions but the first |
/// | `weight` of rank 1, a batch norm's scale | `0.6 + 0.3u` |
/// | `running_var` | `0.5 + u` |
/// | every other | `(2u − 1) · 0.1` |
/// | the input | `(2u − 1) · 2`, under the key `input` |
public enum SyntheticCheckpoint {
  /// A checkpoint of float32 tensors with the given names and shapes.
  ///
  /// - Throws: `WeightsError` when a name occurs twice.
  public static func checkpoint(
    _ tensors: [(name: String, shape: Shape)], seed: UInt64 = 0
  ) throws(WeightsError) -> Checkpoint {
    do throws(WeightsProblem) {
      return try Checkpoint(
        format: .synthetic, path: "", entries: tensors.map { .init(name: $0.name, shape: $0.shape) },
        source: SyntheticSource(generators: tensors.map { Generator(name: $0.name, shape: $0.shape, seed: seed) }))
    } catch {
      throw WeightsError(path: "", error)
    }
  }

  /// One tensor of such a checkpoint.
  public static func tensor(named name: String, shape: Shape, seed: UInt64 = 0) -> Tensor {
    Generator(name: name, shape: shape, seed: seed).tensor(shape)
  }

  /// An input for a network, for example `[3, 224, 224]`.
  public static func input(shape: Shape, seed: UInt64 = 0) -> Tensor {
    Generator(inputWithSeed: seed).tensor(shape)
  }

  /// The formula for one tensor.
  struct Generator: Sendable {
    private enum Distribution {
      /// `(2u − 1) · scale`
      case symmetric(Double)
      /// `offset + scale · u`
      case shifted(offset: Double, scale: Double)
    }

    private let hash: UInt64
    private let distribution: Distribution

    init(inputWithSeed seed: UInt64) {
      hash = Self.fnv1a("input") ^ seed
      distribution = .symmetric(2)
    }

    init(name: String, shape: Shape, seed: UInt64) {
      hash = Self.fnv1a(name) ^ seed
      let leaf = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).last.map(String.init)
      switch leaf ?? "" {
      case "weight" where shape.rank > 1:
        let fanIn = shape.dimensions.dropFirst().reduce(1, *)
        distribution = .symmetric((6 / Double(fanIn)).squareRoot())
      case "weight": distribution = .shifted(offset: 0.6, scale: 0.3)
      case "running_var": distribution = .shifted(offset: 0.5, scale: 1)
      default: distribution = .symmetric(0.1)
      }
    }

    func tensor(_ shape: Shape) -> Tensor {
      Tensor(shape: shape) { fill($0, from: 0) }
    }

    /// Fills `target` with the elements from number `first` on.
    func fill(_ target: UnsafeMutableRawBufferPointer, from first: Int) {
      let floats = target.assumingMemoryBound(to: Float.self)
      switch distribution {
      case .symmetric(let scale): fill(floats, from: first) { Float((2 * $0 - 1) * scale) }
      case .shifted(let offset, let scale): fill(floats, from: first) { Float(offset + scale * $0) }
      }
    }

    @inline(__always)
    private func fill(
      _ floats: UnsafeMutableBufferPointer<Float>, from first: Int, _ value: (Double) -> Float
    ) {
      let step: UInt64 = 0x9E37_79B9_7F4A_7C15
      var counter = hash &+ UInt64(truncatingIfNeeded: first) &* step
      for index in floats.indices {
        counter &+= step
        var bits = counter
        bits = (bits ^ bits &>> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits &>> 27) &* 0x94D0_49BB_1331_11EB
        bits ^= bits &>> 31
        // Below 2^24: the conversion from a signed number is one instruction, and the division is exact.
        floats[index] = value(Double(Int64(bitPattern: bits &>> 40)) * 0x1p-24)
      }
    }

    private static func fnv1a(_ text: String) -> UInt64 {
      text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
  }
}

private struct SyntheticSource: TensorSource {
  let generators: [SyntheticCheckpoint.Generator]

  func readsPieces(of entry: Int) -> Bool { true }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    generators[entry].fill(target, from: piece * ArchiveLayout.chunkElements)
  }
}
