/// How a classifier slides over a picture.
public struct SlidingOptions: Hashable, Sendable {
  /// The pixels of the network's input from one score to the next, downwards and to the right: a divisor of the network's
  /// own stride, which `nil` stands for. A finer stride runs the network on shifted images and interleaves the scores.
  public var stride: Int?
  /// The shorter sides to which a picture is resized, with the filter of the model's preprocessing and without a crop;
  /// the network slides over each. Empty for the picture at its own size.
  public var scales: [Int]
  /// Whether to slide over the mirror image too.
  public var flips: Bool
  /// The bytes that activations, and the scores of one pass, may each take; an image that needs more is computed piece
  /// by piece, with the same scores. `nil` for half of this machine's memory.
  public var memory: Int?

  /// What is not given has the default that the property states.
  public init(stride: Int? = nil, scales: [Int] = [], flips: Bool = false, memory: Int? = nil) {
    self.stride = stride
    self.scales = scales
    self.flips = flips
    self.memory = memory
  }
}
