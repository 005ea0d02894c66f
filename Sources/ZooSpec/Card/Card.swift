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
  public var preprocess: Preprocessing?
  public var labels: Labels?
  public var expected = Expected()
  public var weights: [WeightsSource] = []
  /// Rules for the names of every checkpoint.
  public var weightNames: [NameRule] = []
  /// For a network rewritten so that it slides: what it was.
  public var sliding: Sliding?
  /// The recipe that the network was published with.
  public var training: Training?

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
    public var names: [NameRule]
    /// What the weights expect of an image, where it is not what the definition says.
    public var preprocess: Preprocessing?

    public enum Format: String, Hashable, Sendable, CaseIterable {
      case archive, caffe, darknet, numpy, onnx, pytorch, safetensors
    }

    public init(
      file: String, url: String? = nil, sha256: String? = nil, format: Format? = nil,
      license: String? = nil, protocolText: String? = nil, top1: Double? = nil, top5: Double? = nil,
      isShipped: Bool = false, names: [NameRule] = [], preprocess: Preprocessing? = nil
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
