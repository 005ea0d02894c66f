import ZooTensor

/// What a file says about a layer beside its numbers: how the program that the file is for computes with them.
///
/// Whoever loads the numbers into a network compares: equal shapes do not tell a stride or an epsilon. What is `nil` is
/// not said in the file.
public struct StoredLayer: Hashable, Sendable, Codable {
  /// What the layer computes.
  public enum Kind: String, Hashable, Sendable, Codable {
    case convolution
    case fullyConnected
    case batchNorm
    /// One of which nothing but the numbers is compared.
    case other
  }

  /// How it surrounds its input.
  public enum Padding: Hashable, Sendable, Codable {
    case explicit(ZooTensor.Padding)
    /// As much as makes the output `⌈input / stride⌉` long; what is odd goes to the bottom and the right.
    case sameUpper
    /// What is odd goes to the top and the left.
    case sameLower
    /// What is no number of zeros on each side, in the file's words.
    case other(String)
  }

  /// As the file calls it.
  public var name: String
  /// What the layer computes.
  public var kind: Kind
  /// The kind in the file's own words.
  public var operation = ""
  /// Names that the layer may have in a network, the likeliest first.
  public var paths: [String] = []
  /// The names of the checkpoint's tensors by what the layer does with them, in the words of a `state_dict`: `weight`,
  /// `bias`, `running_mean`, `running_var`.
  public var tensors: [String: String] = [:]
  /// Rows and columns of the filter or window.
  public var kernel: Extent?
  /// How many rows and columns apart outputs read.
  public var stride: Extent?
  /// How the input is surrounded.
  public var padding: Padding?
  /// How many rows and columns apart taps read.
  public var dilation: Extent?
  /// Into how many parts the channels are cut.
  public var groups: Int?
  /// What a norm adds to the variance.
  public var epsilon: Double?
  /// For a fully connected layer, the order in which it reads the axes of what comes in, when that is not channels, height,
  /// width: `[1, 2, 0]` for height, width, channels.
  public var inputOrder: [Int]?
  /// Whether the file shows that no batch norm follows: a network that has one there finds it in the layer's own numbers, or
  /// the file's network computes as if it were the identity.
  public var isWithoutNorm = false

  /// A layer of which nothing more is known yet; the rest is filled in by the reader of the file.
  public init(name: String, kind: Kind) {
    self.name = name
    self.kind = kind
  }
}

/// Another name for a tensor of a checkpoint, from the layer that it is used in.
struct TensorAlias: Hashable, Sendable {
  let name: String
  /// The checkpoint's own.
  let tensor: String

  /// The names that tensors have by the places of their layers: the last path of a layer is its own, those before it are
  /// of tensors that it reads.
  static func all(of layers: [StoredLayer]) -> [TensorAlias] {
    var aliases: [TensorAlias] = []
    for isOwn in [true, false] {
      for layer in layers {
        for path in isOwn ? layer.paths.suffix(1) : layer.paths.dropLast() {
          for (role, tensor) in layer.tensors.sorted(by: { $0.key < $1.key }) {
            let name = "\(path).\(role)"
            if name != tensor, NameProblem(name) == nil { aliases.append(TensorAlias(name: name, tensor: tensor)) }
          }
        }
      }
    }
    return aliases
  }
}
