import ZooImages
import ZooKit
import ZooTensor

/// What stands for "nothing there" in an input: what a patch is filled with, and where integrated gradients begin. Answers
/// depend on it.
public enum Fill: String, Hashable, Sendable, CaseIterable {
  /// The mean of each channel of this input.
  case mean
  /// What black pixels become.
  case black
  /// Zero after preprocessing: the mean colour of the training pictures, where preprocessing takes that away.
  case zero
  /// The input, blurred by the mean over squares of a quarter of its shorter side, three times.
  case blur

  /// An input that is nothing but this, `[C, H, W]`.
  ///
  /// - Parameters:
  ///   - input: `[C, H, W]`, preprocessed.
  ///   - model: whose input it is.
  /// - Throws: `ZooError.noPreprocessing` for black, of a model that does not say what black becomes; `ImageError`.
  /// - Returns: One image of the network's input.
  public func tensor(for input: Tensor, _ model: Model) throws -> Tensor {
    let shape = input.shape
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    switch self {
    case .zero: return Tensor(zeros: shape)
    case .black:
      let pixels = [UInt8](repeating: 0, count: 3 * height * width)
      return try model.input(for: PixelImage(width: width, height: height, pixels: pixels)).reshaped(to: shape)
    case .mean:
      let area = height * width
      return input.withFloats { floats in
        let means = (0..<channels).map { channel in
          Float(floats[channel * area..<(channel + 1) * area].reduce(0.0) { $0 + Double($1) } / Double(area))
        }
        return Tensor(shape: shape, floats: means.flatMap { [Float](repeating: $0, count: area) })
      }
    case .blur:
      var numbers = input.floats.map(Double.init)
      let radius = max(1, min(height, width) / 8)
      for _ in 0..<3 {
        for row in 0..<channels * height {
          numbers.blur(start: row * width, count: width, stride: 1, radius: radius)
        }
        for channel in 0..<channels {
          for column in 0..<width {
            numbers.blur(start: channel * height * width + column, count: height, stride: width, radius: radius)
          }
        }
      }
      return Tensor(shape: shape, floats: numbers.map { Float($0) })
    }
  }
}

extension [Double] {
  /// The mean over windows of `2 · radius + 1` numbers, of those that are there.
  fileprivate mutating func blur(start: Int, count: Int, stride: Int, radius: Int) {
    let line = (0..<count).map { self[start + $0 * stride] }
    for index in 0..<count {
      let window = Swift.max(0, index - radius)...Swift.min(count - 1, index + radius)
      self[start + index * stride] = line[window].reduce(0, +) / Double(window.count)
    }
  }
}
