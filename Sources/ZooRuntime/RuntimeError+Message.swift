extension RuntimeError: CustomStringConvertible {
  /// The message for a person, with what was expected and found.
  public var description: String {
    switch self {
    case .shapeDiffers(let tensor, let expected, let found):
      """
      tensor '\(tensor)': the network needs the shape \(expected), the weights have \(found); \
      these weights belong to another network, or to a variant of this one
      """
    case .notFinite(let tensor, let index, let value):
      """
      tensor '\(tensor)': the number at \(index) is \(value); the weights are damaged, or training diverged; \
      use another checkpoint
      """
    case .varianceNotPositive(let tensor, let channel, let value, let epsilon):
      """
      tensor '\(tensor)': the variance of channel \(channel) is \(value), which with epsilon \(epsilon) added is not \
      above zero; the weights are damaged, or belong to another layer
      """
    case .inputCount(let found):
      "the network has \(found) inputs; give images for each of them, by its name"
    case .inputMissing(let input, let expected):
      "there are no images for input '\(input)'; the network reads \(words(expected))"
    case .inputUnknown(let input, let expected):
      "the network has no input '\(input)'; it reads \(words(expected))"
    case .input(let input, let error):
      "input '\(input)': \(error)"
    case .imageCountsDiffer(let input, let expected, let found):
      "input '\(input)' has \(images(found)), the first input \(images(expected)); give each input as many"
    case .inputRank(let found):
      "the network reads \(found); declare an image as channels×height×width, or a vector with a single number"
    case .batchValue(let node):
      """
      '\(node)' is one value for all images of a batch, which compiled networks do not compute; ask for other outputs, or \
      use the interpreter
      """
    case .noOutputs:
      "the network has no outputs that inference computes; name at least one"
    case .imageShape(let expected, let found):
      """
      the images have the shape \(found); the network reads \(expected), or several of those with their number in \
      front; resize or crop the images first
      """
    case .imageNotFinite(let image, let index, let value):
      """
      image \(image): the number at \(index) is \(value), so no answer would mean anything; look at what made the tensor
      """
    case .imageCount(let expected, let found):
      """
      got \(images(found)); this runner takes \(words(expected)); make a runner for a larger batch, or split the images
      """
    case .batch(let found, let expected):
      "cannot run \(found) images at once; choose \(words(expected))"
    case .activationsTooLarge(let batch, let byteCount, let memory):
      """
      running \(images(batch)) at once needs \(mebibytes(byteCount)) MiB for activations; \
      this machine has \(mebibytes(memory)) MiB of memory; use a smaller batch or smaller images
      """
    case .weightsTooLarge(let node, let byteCount, let memory):
      """
      the weights up to '\(node)' take \(mebibytes(byteCount)) MiB once channels are rounded up to whole blocks of 16; \
      this machine has \(mebibytes(memory)) MiB of memory; give the layer fewer outputs or a smaller map
      """
    case .instructionSetUnavailable(let asked, let available):
      """
      this machine has no \(asked.rawValue) instructions; choose \
      \(available.map(\.rawValue).joined(separator: " or ")), or leave the choice to zoo
      """
    case .threads(let found, let expected):
      "cannot use \(found) threads; choose \(words(expected))"
    }
  }
}

extension RuntimeError.NonFinite: CustomStringConvertible {
  /// Which layer gave the first number that is not finite, for a person.
  public var description: String {
    switch self {
    case .notANumber: "not a number"
    case .infinity: "infinite"
    case .negativeInfinity: "minus infinity"
    }
  }
}

private func words(_ range: ClosedRange<Int>) -> String {
  range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
}

private func words(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: " and ") }

private func images(_ count: Int) -> String { count == 1 ? "1 image" : "\(count) images" }

private func mebibytes(_ bytes: Int) -> Int { bytes / (1 << 20) + (bytes % (1 << 20) == 0 ? 0 : 1) }
