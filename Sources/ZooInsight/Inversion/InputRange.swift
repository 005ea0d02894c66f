import ZooImages
import ZooKit
import ZooTensor

/// The inputs that a search chooses among: what the levels 0 to 255 of pixels become after preprocessing, for each number of
/// the input. Within it a picture is given by numbers from −1, the level 0, to 1, the level 255.
package struct InputRange: Sendable {
  /// `[C, H, W]`
  package let shape: Shape
  private let centre: [Double]
  private let halfWidth: [Double]

  /// - Throws: `ZooError.noPreprocessing`, `ImageError` for a mean image that fits no picture of the input's size.
  package init(_ model: Model) throws {
    let shape = model.network.input
    let area = shape.extent.area
    func input(_ level: UInt8) throws -> [Float] {
      let pixels = [UInt8](repeating: level, count: area)
      let picture = try PixelImage(
        width: shape.extent.width, height: shape.extent.height, layout: .grey, pixels: pixels)
      return try model.input(for: picture).floats
    }
    self.init(shape: shape, low: try input(0), high: try input(255))
  }

  /// The range of each channel of an input, for a model that does not say what becomes of pixels.
  package init(of input: Tensor) {
    let area = input.shape.extent.area
    let (low, high) = input.withFloats { floats in
      let channels = (0..<input.shape.channels).map { floats[$0 * area..<($0 + 1) * area] }
      return (channels.map { $0.min() ?? 0 }, channels.map { $0.max() ?? 0 })
    }
    self.init(
      shape: input.shape, low: low.flatMap { [Float](repeating: $0, count: area) },
      high: high.flatMap { [Float](repeating: $0, count: area) })
  }

  private init(shape: Shape, low: [Float], high: [Float]) {
    self.shape = shape
    centre = zip(low, high).map { (Double($0) + Double($1)) / 2 }
    halfWidth = zip(low, high).map { (Double($1) - Double($0)) / 2 }
  }

  /// The input of a picture, `[C, H, W]`.
  package func input(_ values: [Double]) -> Tensor {
    Tensor(shape: shape, floats: values.indices.map { Float(centre[$0] + halfWidth[$0] * values[$0]) })
  }

  /// A gradient with respect to the input as one with respect to the numbers from −1 to 1.
  package func gradient(_ gradient: [Double]) -> [Double] {
    gradient.indices.map { gradient[$0] * halfWidth[$0] }
  }
}

extension Model {
  /// An input as a picture of 8 bits, and what the network is given when it sees that picture at this size.
  ///
  /// - Returns: `nil` for a model without preprocessing.
  /// - Throws: `ImageError`.
  func written(_ input: Tensor) throws(ImageError) -> (picture: PixelImage, input: Tensor)? {
    guard let preprocessing else { return nil }
    let picture = preprocessing.picture(from: input)
    if case .image(let mean)? = preprocessing.meanImage, mean.extent != picture.extent {
      // The middle of a larger mean image is subtracted, as for any picture that is cropped.
      let (rows, columns) = (mean.extent.height - picture.height, mean.extent.width - picture.width)
      let (row, column) = (Self.half(rows), Self.half(columns))
      return (picture, try preprocessing.tensor(of: picture, row: row, column: column, in: mean.extent))
    }
    return (picture, try preprocessing.tensor(of: picture, row: 0, column: 0, in: picture.extent))
  }

  /// Half of a difference, with ties to even numbers, as centre crops round it.
  private static func half(_ difference: Int) -> Int {
    Int((Double(difference) / 2).rounded(.toNearestOrEven))
  }
}
