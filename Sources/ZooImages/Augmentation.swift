/// Random changes to training pictures that leave their class what it is.
///
/// They apply in the order in which they stand here. What is drawn for a picture depends on the seed, the epoch and the
/// picture's place in the data alone.
public struct Augmentation: Hashable, Sendable {
  /// A crop of random area and aspect ratio, resized to the network's input, in place of the crop that an evaluation takes
  /// (Szegedy et al., 2014; torchvision's `RandomResizedCrop`).
  public struct Crop: Hashable, Sendable {
    /// The share of the picture's area.
    public var scale: ClosedRange<Double>
    /// Width by height.
    public var ratio: ClosedRange<Double>

    /// - Parameters:
    ///   - scale: the share of the picture's area that the crop has, above 0 and at most 1.
    ///   - ratio: its width over its height.
    public init(scale: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 0.75...(4.0 / 3)) {
      self.scale = scale
      self.ratio = ratio
    }
  }

  /// Random changes of colour (torchvision's `ColorJitter`): factors from 1 − x to 1 + x, and a turn of the hue by up to so
  /// many full turns.
  public struct Color: Hashable, Sendable {
    /// The largest change x of the brightness, from 0 (none) to 1.
    public var brightness: Double
    /// The largest change x of the contrast, from 0 (none) to 1.
    public var contrast: Double
    /// The largest change x of the saturation, from 0 (none) to 1.
    public var saturation: Double
    /// From 0 to 0.5.
    public var hue: Double

    /// The largest changes, each 0 where it is not given: nothing happens then.
    public init(brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0) {
      self.brightness = brightness
      self.contrast = contrast
      self.saturation = saturation
      self.hue = hue
    }
  }

  /// `nil`: the crop of the preprocessing.
  public var crop: Crop?
  /// The probability of a mirror image.
  public var flip: Double
  /// Moves the picture by up to so many pixels of the network's input in each direction; black comes in from the sides
  /// (padding and a random crop).
  public var shift: Int
  /// `nil`: colours stay.
  public var color: Color?
  /// The probability that a rectangle is replaced by the mean (Zhong et al., 2017): of 2 to 33 % of the area.
  public var erase: Double

  /// Nothing is random but what is given. The values are checked where a pipeline is made.
  public init(crop: Crop? = nil, flip: Double = 0, shift: Int = 0, color: Color? = nil, erase: Double = 0) {
    self.crop = crop
    self.flip = flip
    self.shift = shift
    self.color = color
    self.erase = erase
  }

  /// Whether pictures stay as they are.
  public var isNone: Bool { self == Augmentation() }
}

/// Random mixtures of two pictures of a batch and their classes.
public struct Mixing: Hashable, Sendable {
  /// The parameter of the Beta distribution from which the shares of two blended pictures are drawn; 0 for none (Zhang et
  /// al., 2017).
  public var mixup: Double
  /// The same for a rectangle of one picture in another (Yun et al., 2019). With both, each batch has one or the other.
  public var cutmix: Double

  /// Nothing is mixed but what is given, by the parameter of its Beta distribution; 0 is off.
  public init(mixup: Double = 0, cutmix: Double = 0) {
    self.mixup = mixup
    self.cutmix = cutmix
  }

  /// Whether batches stay as they are.
  public var isNone: Bool { self == Mixing() }
}
