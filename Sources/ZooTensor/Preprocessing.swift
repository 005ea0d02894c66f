/// How a picture becomes the input of a network, in this order: resize, crop, choose channels, subtract the mean image,
/// scale, subtract the mean, divide by the standard deviation.
///
/// Part of a model's definition: weights are worth nothing without the preprocessing they were trained with. Numbers are as
/// they were written; samples are computed in float32. `ZooImages` runs it.
public struct Preprocessing: Hashable, Sendable {
  /// How the picture is brought to a size.
  public enum Resize: Hashable, Sendable {
    case none
    /// The shorter side gets this many pixels, the other as many as keep the aspect ratio, rounded down as torchvision
    /// does.
    case shorterSide(Int, ResizeFilter)
    /// Both sides are stretched to this.
    case exact(Extent, ResizeFilter)
  }

  /// What is cut out of the resized picture.
  public enum Crop: Hashable, Sendable {
    case none
    /// The middle; a picture that is smaller is surrounded with black.
    case centre(Extent)
  }

  /// The channels of the tensor, in order.
  public enum Channels: String, Hashable, Sendable, CaseIterable {
    case rgb, bgr
    /// Luminance. The picture is made grey before it is resized.
    case grey

    /// 3 or 1.
    public var count: Int { self == .grey ? 1 : 3 }
  }

  /// What happens to a sample of 0...255, or to its difference from the mean image. Division and multiplication differ
  /// in the last bit.
  public enum Scale: Hashable, Sendable {
    case none
    /// torchvision's `ToTensor` divides by 255.
    case divided(by: Double)
    /// Caffe multiplies by its `scale`.
    case multiplied(by: Double)
  }

  /// The first step.
  public var resize: Resize
  /// The second step.
  public var crop: Crop
  /// The third step: which channels the tensor has, and in which order.
  public var channels: Channels
  /// Subtracted from the pixels before they are scaled. It has the size of the resized picture, and is cropped with it,
  /// or that of the crop. A definition has it or `mean`.
  public var meanImage: MeanImageSource?
  /// After the mean image, before `mean`.
  public var scale: Scale
  /// Per channel of the tensor, subtracted after scaling; empty: zeros.
  public var mean: [Double]
  /// Per channel of the tensor, a divisor; empty: ones.
  public var standardDeviation: [Double]

  /// Steps that are not given do nothing, but for the channels, RGB, and the scale, a division by 255. What fits
  /// together is checked where the definition is read and where a picture is prepared.
  public init(
    resize: Resize = .none, crop: Crop = .none, channels: Channels = .rgb, meanImage: MeanImageSource? = nil,
    scale: Scale = .divided(by: 255), mean: [Double] = [], standardDeviation: [Double] = []
  ) {
    self.resize = resize
    self.crop = crop
    self.channels = channels
    self.meanImage = meanImage
    self.scale = scale
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// torchvision's preset for classification: shorter side to 256 (bilinear), centre crop 224×224, RGB / 255,
  /// ImageNet's mean and standard deviation.
  public static let imageNet = Preprocessing(
    resize: .shorterSide(256, .bilinear), crop: .centre(Extent(224)), channels: .rgb, scale: .divided(by: 255),
    mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])

  /// The height and width of the result for a picture of this size.
  public func outputExtent(for source: Extent) -> Extent {
    switch crop {
    case .centre(let extent): extent
    case .none: resizedExtent(for: source)
    }
  }

  /// The height and width of every result, when they do not depend on the picture.
  public var fixedOutputExtent: Extent? {
    switch (crop, resize) {
    case (.centre(let extent), _): extent
    case (.none, .exact(let extent, _)): extent
    case (.none, .none), (.none, .shorterSide): nil
    }
  }

  /// How pictures are resized; `nil` when they are not.
  public var filter: ResizeFilter? {
    switch resize {
    case .none: nil
    case .shorterSide(_, let filter), .exact(_, let filter): filter
    }
  }

  /// One mean per channel.
  package var fullMean: [Double] { mean.isEmpty ? Array(repeating: 0, count: channels.count) : mean }

  /// One divisor per channel.
  package var fullStandardDeviation: [Double] {
    standardDeviation.isEmpty ? Array(repeating: 1, count: channels.count) : standardDeviation
  }

  /// Whether both make the same tensors of the same pictures, however they say so.
  package func isEquivalent(to other: Preprocessing) -> Bool { plain == other.plain }

  /// The same with nothing left to be understood.
  private var plain: Preprocessing {
    var plain = self
    plain.mean = fullMean
    plain.standardDeviation = fullStandardDeviation
    switch scale {
    case .divided(by: 1), .multiplied(by: 1): plain.scale = .none
    case .none, .divided, .multiplied: break
    }
    return plain
  }

  /// The height and width of a picture of this size after it was resized.
  package func resizedExtent(for source: Extent) -> Extent {
    switch resize {
    case .none:
      return source
    case .exact(let extent, _):
      return extent
    case .shorterSide(let side, _):
      if source.width <= source.height {
        return Extent(height: scaled(side, by: source.height, over: source.width), width: side)
      }
      return Extent(height: side, width: scaled(side, by: source.width, over: source.height))
    }
  }
}

/// `side * long / short`, rounded down; the largest integer when it overflows, which no resize accepts.
private func scaled(_ side: Int, by long: Int, over short: Int) -> Int {
  let (product, overflow) = side.multipliedReportingOverflow(by: long)
  return overflow ? .max : product / short
}
