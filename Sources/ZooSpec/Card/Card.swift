import ZooTensor

/// What a definition says about a network besides its layers.
public struct Card: Hashable, Sendable {
  /// The network's name, such as `resnet18`.
  public var name: String
  /// For people: `ResNet-50 (v1.5)`.
  public var title: String?
  /// A sentence or two.
  public var summary: String?
  /// `nil` where none is named.
  public var paper: Paper?
  /// Of the definition; weights have their own.
  public var license: String?
  /// `[channels, height, width]`.
  public var input: Shape?
  /// `nil` where pictures cannot be prepared for it.
  public var preprocess: Preprocessing?
  /// `nil` where classes have numbers only.
  public var labels: Labels?
  /// Nothing is checked where nothing is given.
  public var expected = Expected()
  /// In the order of the definition.
  public var weights: [WeightsSource] = []
  /// Rules for the names of every checkpoint.
  public var weightNames: [NameRule] = []
  /// For a network rewritten so that it slides: what it was.
  public var sliding: Sliding?
  /// The recipe that the network was published with.
  public var training: Training?

  /// A card with nothing but a name.
  public init(name: String) {
    self.name = name
  }

  /// Where the network was published.
  public struct Paper: Hashable, Sendable {
    /// As it was published.
    public var title: String
    /// In the order of the paper, with commas.
    public var authors: String?
    /// Of the publication.
    public var year: Int?
    /// Where it can be read; nothing is fetched.
    public var url: String?

    /// A paper by its title and what else is known.
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

    /// What is `nil` is not checked.
    public init(parameters: Int? = nil, macs: Int? = nil) {
      self.parameters = parameters
      self.macs = macs
    }
  }

  /// A checkpoint for the network and how well it does.
  public struct WeightsSource: Hashable, Sendable {
    /// The name of the published file, by which it is found in folders of weights.
    public var file: String
    /// Where it is published.
    public var url: String?
    /// The first 8 to all 64 hexadecimal digits, lower case.
    public var sha256: String?
    /// The kind of file that `names` and `preprocess` are for.
    public var format: Format?
    /// Of the weights: a name or a sentence.
    public var license: String?
    /// How the accuracy was measured.
    public var protocolText: String?
    /// Per cent.
    public var top1: Double?
    /// In per cent, as published, by the protocol that `protocolText` has.
    public var top5: Double?
    /// Whether the file comes with zoo.
    public var isShipped: Bool
    /// Rules for this file's names, applied before `Card.weightNames`.
    public var names: [NameRule]
    /// What the weights expect of an image, where it is not what the definition says.
    public var preprocess: Preprocessing?

    /// The kinds of file that differ in what their networks want.
    public enum Format: String, Hashable, Sendable, CaseIterable {
      case archive, caffe, darknet, numpy, onnx, pytorch, safetensors
    }

    /// A file by its name, and what is known of it; accuracies are in per cent.
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
