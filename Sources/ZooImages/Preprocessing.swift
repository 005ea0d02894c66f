import ZooTensor

/// How a picture becomes the input of a network, in this order: resize, crop, choose channels, subtract the mean image,
/// scale, subtract the mean, divide by the standard deviation.
///
/// Part of a model's definition: weights are worth nothing without the preprocessing they were trained with.
public struct Preprocessing: Hashable, Sendable {
  public enum Resize: Hashable, Sendable {
    case none
    /// The shorter side gets this many pixels, the other as many as keep the aspect ratio, rounded down as torchvision
    /// does.
    case shorterSide(Int, ResizeFilter)
    /// Both sides are stretched to this.
    case exact(Extent, ResizeFilter)
  }

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
    case divided(by: Float)
    /// Caffe multiplies by its `scale`.
    case multiplied(by: Float)
  }

  public var resize: Resize
  public var crop: Crop
  public var channels: Channels
  /// Subtracted from the pixels before they are scaled. It has the size of the resized picture, and is cropped with it,
  /// or that of the crop.
  public var meanImage: MeanImage?
  public var scale: Scale
  /// Per channel of the tensor, subtracted after scaling.
  public var mean: [Float]
  /// Per channel of the tensor, a divisor.
  public var standardDeviation: [Float]

  /// - Parameters:
  ///   - mean: one number per channel in the tensor's order; without it, zeros.
  ///   - standardDeviation: one number per channel in the tensor's order; without it, ones.
  public init(
    resize: Resize = .none, crop: Crop = .none, channels: Channels = .rgb, meanImage: MeanImage? = nil,
    scale: Scale = .divided(by: 255), mean: [Float]? = nil, standardDeviation: [Float]? = nil
  ) {
    self.resize = resize
    self.crop = crop
    self.channels = channels
    self.meanImage = meanImage
    self.scale = scale
    self.mean = mean ?? Array(repeating: 0, count: channels.count)
    self.standardDeviation = standardDeviation ?? Array(repeating: 1, count: channels.count)
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

  func resizedExtent(for source: Extent) -> Extent {
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
