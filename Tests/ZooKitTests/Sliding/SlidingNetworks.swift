import ZooImages
import ZooKit
import ZooTensor
import ZooWeights

/// Small networks to slide, with an answer that each window must have.
enum SlidingNetworks {
  /// A black square with grey pictures of 28×28 pixels on it.
  static func canvas(
    _ size: Int, _ digits: [(picture: PixelImage, top: Int, left: Int)]
  ) -> PixelImage {
    var pixels = [UInt8](repeating: 0, count: size * size)
    for (picture, top, left) in digits {
      for row in 0..<28 {
        for column in 0..<28 { pixels[(top + row) * size + left + column] = picture.pixels[row * 28 + column] }
      }
    }
    return PixelImage(width: size, height: size, layout: .grey, trusted: pixels)
  }

  /// Where such a picture lies.
  static func box(top: Int, left: Int) -> PictureBox {
    PictureBox(left: Double(left), top: Double(top), right: Double(left + 28), bottom: Double(top + 28))
  }

  /// No padding anywhere, and every kind of layer that has a reason to answer differently elsewhere.
  static let unpadded = """
    zoo: 1
    name: unpadded
    input: [3, 35, 27]
    preprocess: {resize: {shorter_side: 40}, crop: [35, 27], channels: bgr, mean: [10, 20, 30], divide_by: 64}
    layers:
      - conv: {name: conv1, out: 20, kernel: 5, stride: 2}
      - relu
      - lrn: {size: 5, alpha: 0.1, beta: 0.75, k: 1, convention: mean}
      - max_pool: {kernel: 2, stride: 2}
      - conv: {name: conv2, out: 36, kernel: 3}
      - relu
      - average_pool: {kernel: 2, stride: 2}
      - fc: {name: fc1, out: 40}
      - tanh
      - fc: {name: fc2, out: 6}
    outputs: {logits: fc2}
    """

  /// Padding, a residual sum, a concatenation, ceil pooling and global average pooling.
  static let padded = """
    zoo: 1
    name: padded
    input: [3, 32, 32]
    layers:
      - conv: {name: conv1, out: 16, kernel: 5, stride: 2, padding: 2}
      - relu: {name: stem}
      - max_pool: {name: pool1, kernel: 3, stride: 2, rounding: ceil}
      - conv: {name: a, out: 32, kernel: 3, padding: 1}
      - relu: {name: a_relu}
      - conv: {name: b, out: 32, kernel: 3, padding: 1}
      - add: {name: sum, from: [b, a_relu]}
      - lrn: {name: norm, size: 5, alpha: 0.1, beta: 0.75, k: 1, convention: sum}
      - max_pool: {name: pool2, from: norm, kernel: 3, stride: 1, padding: 1}
      - conv: {name: c, out: 20, kernel: 1}
      - conv: {name: d, from: norm, out: 12, kernel: 5, padding: 2}
      - concat: {name: joined, from: [c, d]}
      - max_pool: {name: pool3, kernel: 3, stride: 2, rounding: caffe}
      - conv: {name: e, out: 24, kernel: 3, padding: 1}
      - relu
      - global_average_pool: {name: gap}
      - fc: {name: fc, out: 9}
    outputs: {logits: fc}
    """

  /// Padding wider than the kernels, as FCN-32s has it, and padding that depends on the size.
  static let widelyPadded = """
    zoo: 1
    name: widely-padded
    input: [3, 32, 32]
    layers:
      - conv: {name: conv1, out: 16, kernel: 3, stride: 2, padding: 9}
      - relu
      - max_pool: {kernel: 3, stride: 2, padding: same}
      - conv: {name: conv2, out: 20, kernel: 1, padding: {top: 2, right: 3}}
      - relu
      - conv: {name: conv3, out: 24, kernel: 3, stride: 2, padding: same}
      - relu
      - average_pool: {kernel: 3, stride: 1, padding: same, count_padding: false}
      - fc: {name: fc, out: 9}
    outputs: {logits: fc}
    """

  static func network(_ yaml: String) throws -> Network { try Network(yaml: yaml, path: "net.yaml") }

  static func image(_ channels: Int, _ height: Int, _ width: Int, seed: UInt64 = 7) -> Tensor {
    SyntheticCheckpoint.input(shape: [channels, height, width], seed: seed)
  }

  /// A picture of noise.
  static func picture(_ height: Int, _ width: Int) -> PixelImage {
    let floats = SyntheticCheckpoint.input(shape: [3, height, width], seed: 3).floats
    return PixelImage(
      width: width, height: height, trusted: floats.map { UInt8(max(0, min(255, 128 + 60 * $0))) })
  }
}

/// The scores of one cell.
func cell(_ map: ScoreMap, _ row: Int, _ column: Int) -> [Float] {
  let floats = map.logits.floats
  return (0..<map.classes).map { floats[($0 * map.rows + row) * map.columns + column] }
}
