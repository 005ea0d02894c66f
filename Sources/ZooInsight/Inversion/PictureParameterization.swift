import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a search varies to change a picture.
public enum PictureParameterization: String, Hashable, Sendable, CaseIterable {
  /// The pixels, which are put back into their bounds after each step.
  case pixels
  /// Its frequencies, the lower the larger their steps, in decorrelated colours where the picture has three channels; a
  /// sigmoid keeps pixels within their bounds (Olah et al., Feature visualization, 2017).
  case fourier
}

/// A parameterisation of pictures of one shape: from variables to numbers between −1 and 1, and gradients back.
package struct PictureParameters: Sendable {
  package let kind: PictureParameterization
  /// `[C, H, W]`
  package let shape: Shape
  private let transform: RealFourierTransform
  /// Of each frequency of a plane.
  private let scales: [Double]
  /// From decorrelated colours to the channels, a row for each channel; `nil` where they are taken as they are.
  private let colours: [[Double]]?

  /// `isReversed`: whether channels are blue, green, red.
  package init(_ kind: PictureParameterization, shape: Shape, isReversed: Bool) {
    self.kind = kind
    self.shape = shape
    let (height, width) = (shape.extent.height, shape.extent.width)
    let transform = RealFourierTransform(height: height, width: width)
    self.transform = transform
    let isFourier = kind == .fourier
    // Lucid's: the spectrum of natural pictures falls with the frequency; a quarter makes a fair first contrast.
    let lowest = 1 / Double(max(height, width))
    scales =
      isFourier
      ? (0..<height * width).map {
        1 / (4 * max(transform.frequency(row: $0 / width, column: $0 % width), lowest))
      } : []
    colours =
      isFourier && shape.channels == 3 ? (isReversed ? Self.colourCorrelation.reversed() : Self.colourCorrelation) : nil
  }

  /// A square root of the covariance of the colours of ImageNet's pixels, rows red, green and blue, as Lucid publishes it
  /// (lucid/optvis/param/color.py); its longest column has length 1.
  package static let colourCorrelation: [[Double]] = {
    let root = [[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]]
    let lengths = (0..<3).map { column in root.reduce(0) { $0 + $1[column] * $1[column] }.squareRoot() }
    let longest = lengths.max() ?? 1
    return root.map { $0.map { $0 / longest } }
  }()

  /// The variables of the picture that a search begins with: grey with a little noise.
  package func initial(_ noise: (Int) -> Double) -> [Double] {
    let deviation = kind == .pixels ? 0.05 : 0.01
    return (0..<shape.elementCount).map { deviation * noise($0) }
  }

  /// The picture, each number from −1 to 1.
  package func picture(_ variables: [Double]) -> [Double] {
    guard kind == .fourier else { return variables }
    let area = scales.count
    var planes = variables.indices.map { variables[$0] * scales[$0 % area] }
    transform.apply(to: &planes)
    if let colours {
      for index in 0..<area {
        let (a, b, c) = (planes[index], planes[area + index], planes[2 * area + index])
        for channel in 0..<3 {
          let row = colours[channel]
          planes[channel * area + index] = row[0] * a + row[1] * b + row[2] * c
        }
      }
    }
    // 2 σ(x) − 1
    return planes.map { tanh($0 / 2) }
  }

  /// The gradient with respect to the variables, of that with respect to the picture.
  package func gradient(_ gradient: [Double], picture: [Double]) -> [Double] {
    guard kind == .fourier else { return gradient }
    let area = scales.count
    var planes = gradient.indices.map { gradient[$0] * (1 - picture[$0] * picture[$0]) / 2 }
    if let colours {
      for index in 0..<area {
        let (a, b, c) = (planes[index], planes[area + index], planes[2 * area + index])
        for colour in 0..<3 {
          planes[colour * area + index] = colours[0][colour] * a + colours[1][colour] * b + colours[2][colour] * c
        }
      }
    }
    transform.apply(to: &planes)
    for index in planes.indices { planes[index] *= scales[index % area] }
    return planes
  }

  /// Puts pixels back into their bounds.
  package func project(_ variables: inout [Double]) {
    guard kind == .pixels else { return }
    for index in variables.indices { variables[index] = min(max(variables[index], -1), 1) }
  }
}
