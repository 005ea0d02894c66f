import ZooKernels

/// What a step runs: an operation of `Machine`, with its attributes and packed weights, but without the memory that it works
/// on.
///
/// The description says which, such as `convolution 3×3 relu`.
package protocol Kernel: Sendable, CustomStringConvertible {
  /// The weights that it works with.
  var packed: (any PackedLayer)? { get }

  /// The same with its weights in other memory; see `PackedLayer.replacing`.
  func replacing(_ memory: [FloatBuffer]) -> Self

  /// How a convolution is computed; `nil` for anything else.
  var algorithm: ConvolutionAlgorithm? { get }

  /// Whether it fetches the weights of later steps if the machine says so; see `Machine.fetching`.
  var fetchesUpcoming: Bool { get }

  /// Whether it writes the halo of its output too.
  var writesHalo: Bool { get }

  /// Calls the operation, so that it runs or is recorded.
  func run(_ operands: Operands, on machine: Machine)
}

extension Kernel {
  package var packed: (any PackedLayer)? { nil }
  package func replacing(_ memory: [FloatBuffer]) -> Self { self }
  package var algorithm: ConvolutionAlgorithm? { nil }
  package var fetchesUpcoming: Bool { false }
  package var writesHalo: Bool { false }
}

/// A kernel that works with the weights of a layer.
protocol LayerKernel: Kernel {
  associatedtype Layer: PackedLayer
  var layer: Layer { get set }
}

extension LayerKernel {
  package var packed: (any PackedLayer)? { layer }

  package func replacing(_ memory: [FloatBuffer]) -> Self {
    var result = self
    result.layer = layer.replacing(memory)
    return result
  }
}
