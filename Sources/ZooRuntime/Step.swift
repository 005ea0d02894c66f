import ZooKernels
import ZooTensor

/// One call of a kernel within a forward pass.
public struct Step: Sendable {
  /// The node that it computes, or prepares the input of.
  public let name: String
  package internal(set) var kernel: any Kernel
  /// Where the values lie that it reads, and the one that it writes, unless that is one for the batch.
  let reads: [Place]
  let writes: Place?
  /// A buffer that is the kernel's while it runs.
  let scratch: Int?
  /// The shapes read and written, for one image.
  public let inputs: [Shape]
  /// Of the value that it computes, without the batch.
  public let output: Shape
  /// For one image; 0 for operations that do not multiply with weights.
  public let multiplyAccumulates: Int
  /// What the kernel has to do.
  public let cost: KernelCost

  /// How a convolution is computed; `nil` for anything else.
  public var algorithm: ConvolutionAlgorithm? { kernel.algorithm }

  /// The weights that it works with.
  package var packed: (any PackedLayer)? { kernel.packed }

  /// The memory of the packed weights.
  public var weightByteCount: Int {
    (packed?.buffers ?? []).reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride }
  }

  /// The buffers that it touches.
  var buffers: [Int] { (reads + [writes].compactMap(\.self)).map(\.buffer) + [scratch].compactMap(\.self) }
}
