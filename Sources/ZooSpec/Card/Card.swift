import ZooTensor

/// What a definition says about a network besides its layers.
public struct Card: Hashable, Sendable {
  /// The network's name, such as `resnet18`.
  public var name: String
  public var title: String?
  public var summary: String?
  public var paper: Paper?
  public var license: String?
  /// `[channels, height, width]`.
  public var input: Shape?
  public var preprocess: Preprocess?
  public var labels: Labels?
  public var expected = Expected()
  public var weights: [WeightsSource] = []
  /// Rules for the names of every checkpoint.
  public var weightNames: [WeightNameRule] = []
  /// For a network rewritten so that it slides: what it was.
  public var sliding: Sliding?

  public init(name: String) {
    self.name = name
  }

  /// Where the network was published.
  public struct Paper: Hashable, Sendable {
    public var title: String
    public var authors: String?
    public var year: Int?
    public var url: String?

    public init(title: String, authors: String? = nil, year: Int? = nil, url: String? = nil) {
      self.title = title
      self.authors = authors
      self.year = year
      self.url = url
    }
  }

  /// The names of the classes.
  public enum Labels: Hashable, Sendable {
    /// A label set of the catalogue, one of `Labels.sets`.
    case set(String)
    /// A `.tsv` or `.txt` file, relative to the definition whose path is `base`.
    case file(String, base: String)
    case list([String])

    /// The label sets that come with zoo: `zoo/labels/NAME.tsv`.
    public static let sets = ["cifar-10", "digits", "imagenet-1k"]
  }

  /// Totals that each build checks.
  public struct Expected: Hashable, Sendable {
    /// Trainable parameters, those for training only not counted.
    public var parameters: Int?
    /// Multiply-accumulate operations of one inference.
    public var macs: Int?

    public init(parameters: Int? = nil, macs: Int? = nil) {
      self.parameters = parameters
      self.macs = macs
    }
  }

  /// A checkpoint for the network and how well it does.
  public struct WeightsSource: Hashable, Sendable {
    public var file: String
    public var url: String?
    /// The first 8 to all 64 hexadecimal digits, lower case.
    public var sha256: String?
    /// The kind of file that `names` and `preprocess` are for.
    public var format: Format?
    public var license: String?
    /// How the accuracy was measured.
    public var protocolText: String?
    /// Per cent.
    public var top1: Double?
    public var top5: Double?
    /// Whether the file comes with zoo.
    public var isShipped: Bool
    /// Rules for this file's names, applied before `Card.weightNames`.
    public var names: [WeightNameRule]
    /// What the weights expect of an image, where it is not what the definition says.
    public var preprocess: Preprocess?

    public enum Format: String, Hashable, Sendable, CaseIterable {
      case archive, caffe, darknet, numpy, onnx, pytorch, safetensors
    }

    public init(
      file: String, url: String? = nil, sha256: String? = nil, format: Format? = nil,
      license: String? = nil, protocolText: String? = nil, top1: Double? = nil, top5: Double? = nil,
      isShipped: Bool = false, names: [WeightNameRule] = [], preprocess: Preprocess? = nil
    ) {
      self.file = file
      self.url = url
      self.sha256 = sha256
      self.format = format
      self.names = names
      self.preprocess = preprocess
      self.license = license
      self.protocolText = protocolText
      self.top1 = top1
      self.top5 = top5
      self.isShipped = isShipped
    }
  }
}

/// How an image becomes the network's input.
public struct Preprocess: Hashable, Sendable {
  public enum Size: Hashable, Sendable {
    /// The shorter side gets this length, the other follows.
    case shorterSide(Int)
    case to(Extent)
  }

  public enum Filter: String, Hashable, Sendable, CaseIterable {
    case bilinear, bicubic, nearest
  }

  public enum Channels: String, Hashable, Sendable, CaseIterable {
    case rgb, bgr, grey

    public var count: Int { self == .grey ? 1 : 3 }
  }

  public struct Resize: Hashable, Sendable {
    public var size: Size
    public var filter: Filter

    public init(size: Size, filter: Filter = .bilinear) {
      self.size = size
      self.filter = filter
    }
  }

  /// A mean of each pixel: `[channels, height, width]` in the order of `channels`, as large as the resized image, with
  /// which it is cropped, or as the crop.
  public enum MeanImage: Hashable, Sendable {
    /// A `.npy` or `.binaryproto` file, relative to the definition whose path is `base`.
    case file(String, base: String)
    /// The bytes of a `.npy` file in base64, for a definition that must be complete in itself.
    case embedded(String)

    /// What stands before the base64 in a definition: a data URL, RFC 2397.
    static let scheme = "data:application/x-npy;base64,"
  }

  public var resize: Resize?
  /// Cut from the centre; where it is larger than the image, the rest is background.
  public var crop: Extent?
  public var channels: Channels
  /// Subtracted from the pixels of 0 to 255 before anything else; it excludes `mean`.
  public var meanImage: MeanImage?
  /// Pixels of 0 to 255 are divided by it, then `mean` is subtracted, then the result is divided by `std`.
  public var divideBy: Double
  /// One number per channel, in the order of `channels`; empty: zeros.
  public var mean: [Double]
  /// One number per channel, in the order of `channels`; empty: ones.
  public var std: [Double]

  public init(
    resize: Resize? = nil, crop: Extent? = nil, channels: Channels = .rgb, meanImage: MeanImage? = nil,
    divideBy: Double = 1, mean: [Double] = [], std: [Double] = []
  ) {
    self.resize = resize
    self.crop = crop
    self.channels = channels
    self.meanImage = meanImage
    self.divideBy = divideBy
    self.mean = mean
    self.std = std
  }

  /// The size of the result, when it does not depend on the image.
  public var size: Extent? {
    if let crop { return crop }
    if case .to(let extent)? = resize?.size { return extent }
    return nil
  }
}
