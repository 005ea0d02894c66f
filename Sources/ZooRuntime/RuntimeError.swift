import ZooKernels
import ZooTensor

/// Why a network cannot be prepared or run. The words are in `RuntimeError+Message.swift`.
public indirect enum RuntimeError: Error, Hashable, Sendable {
  /// What a floating-point number can be that is not a number one can compute with.
  public enum NonFinite: Hashable, Sendable {
    case notANumber
    case infinity
    case negativeInfinity
  }

  /// A checkpoint's tensor has another shape than the network needs.
  case shapeDiffers(tensor: String, expected: Shape, found: Shape)
  /// A checkpoint's tensor holds a NaN or an infinity, at this index of each dimension.
  case notFinite(tensor: String, index: [Int], value: NonFinite)
  /// The variance of a batch normalisation, with epsilon added, is not positive.
  case varianceNotPositive(tensor: String, channel: Int, value: Float, epsilon: Double)
  /// The network has several inputs, and was given images for one.
  case inputCount(Int)
  /// There are no images for this input of the network's.
  case inputMissing(String, expected: [String])
  /// There are images for an input that the network does not have.
  case inputUnknown(String, expected: [String])
  /// The images of this input cannot be used.
  case input(String, RuntimeError)
  /// An input has more images, or fewer, than the first.
  case imageCountsDiffer(input: String, expected: Int, found: Int)
  /// The network reads something that is neither an image `[channels, height, width]` nor a vector `[features]`.
  case inputRank(Shape)
  /// The node's value is one for the whole batch, which only the interpreter computes.
  case batchValue(node: String)
  /// The network has nothing to answer with.
  case noOutputs
  /// The images have another shape than the network reads; a batch dimension in front is optional.
  case imageShape(expected: Shape, found: Shape)
  /// An image holds a NaN or an infinity, at this index of each dimension.
  case imageNotFinite(image: Int, index: [Int], value: NonFinite)
  /// More images than the runner was made for, or none.
  case imageCount(expected: ClosedRange<Int>, found: Int)
  /// A runner for so many images cannot be.
  case batch(Int, expected: ClosedRange<Int>)
  /// The activations of a batch do not fit in this machine's memory.
  case activationsTooLarge(batch: Int, byteCount: Int, memory: Int)
  /// The packed weights, up to this node's, do not fit in this machine's memory.
  case weightsTooLarge(node: String, byteCount: Int, memory: Int)
  /// This machine does not have the instructions asked for.
  case instructionSetUnavailable(InstructionSet, available: [InstructionSet])
  /// A number of threads that cannot be.
  case threads(Int, expected: ClosedRange<Int>)
}
