import ZooGraph
import ZooTensor
import ZooWeights

/// What the tensors of a file are likely to be the weights of, where nothing in the file says so.
///
/// Names and shapes are known, and what follows from them alone (`fits`, shapes, counts). What a layer is, in which order layers
/// are computed and what family the network is of are guesses, and called so. No number is read.
public struct WeightsGuess: Sendable {
  /// What a layer is likely to be.
  public enum Kind: String, Hashable, Sendable {
    case convolution
    case depthwise
    case grouped
    case transposed
    case batchNorm
    /// A scale and a shift for each channel without statistics: a layer norm, a group norm, or a batch norm that lost them.
    case norm
    case fullyConnected
    case embedding
    case attention
    case recurrent
    /// One number for each channel, or one for all: a PReLU's slopes, or a scale.
    case slopes
    /// Numbers that no layer has under such a name.
    case parameter
  }

  /// Tensors that belong together by their names.
  public struct Layer: Hashable, Sendable {
    /// What their names have in common, without the prefix that was removed.
    public let name: String
    /// What it is likely to be.
    public let kind: Kind
    /// In words: `convolution 3×3, 64 → 128`.
    public let text: String
    /// What the names end with, and the shapes, in the order of the file.
    public let tensors: [Tensor]
    /// The channels or features that it reads, where that can be told.
    public let inputs: Int?
    /// The channels or features that it makes, where that can be told.
    public let outputs: Int?
    /// The window of a convolution.
    public let kernel: Extent?
    /// How many numbers are trained.
    public let parameters: Int

    /// A tensor of a layer.
    public struct Tensor: Hashable, Sendable {
      /// What its name ends with: `weight`.
      public let role: String
      /// As stored.
      public let shape: Shape
    }
  }

  /// Layers whose names begin alike.
  public struct Group: Hashable, Sendable {
    /// What they begin with.
    public let name: String
    /// How many layers.
    public let layers: Int
    /// How many numbers are trained.
    public let parameters: Int
    /// How many parts that are alike it has; none where it has no such parts.
    public let blocks: Int
    /// In words.
    public let text: String
  }

  /// Why tensors are left out of the guess.
  public struct LeftOut: Hashable, Sendable {
    /// In words: `state of an optimiser`.
    public let what: String
    /// How many tensors; for what a file holds beside tensors, how many things.
    public let count: Int
  }

  /// A network of the catalogue that is like it.
  public struct Neighbour: Hashable, Sendable {
    /// The catalogue's name.
    public let name: String
    /// How many tensors have the same name and shape.
    public let same: Int
    /// How many tensors the network has.
    public let expected: Int
    /// The network's, which the file has not under their names.
    public let missing: [String]
    /// The file's, which the network has not under their names.
    public let extra: [String]
    /// What has the same name and another shape.
    public let otherShapes: [OtherShape]
    /// How many weights of more than one dimension have a counterpart of the same shape, whatever the names.
    public let sameShapes: Int
    /// Of how many, counting those of the file and of the network that are not in both once each.
    public let allShapes: Int
    /// Whether all of these weights have the network's shapes in the network's order.
    public let hasSameOrder: Bool

    /// A tensor that both have, in different shapes.
    public struct OtherShape: Hashable, Sendable {
      /// Its name.
      public let name: String
      /// In the file.
      public let found: Shape
      /// In the network.
      public let expected: Shape
    }
  }

  /// The networks of the catalogue that the file's tensors are those of, by names and shapes.
  public let fits: [String]
  /// What was removed from the beginning of all names.
  public let prefix: String
  /// What is in the file and no weight of the network.
  public let leftOut: [LeftOut]
  /// In the order of the file.
  public let layers: [Layer]
  /// The layers by the beginning of their names, in the order of the file.
  public let groups: [Group]
  /// How many numbers are trained, statistics not among them.
  public let parameters: Int
  /// How many tensors are looked at.
  public let tensorCount: Int
  /// Of all layers with weights that read channels, how many read as many as one of the layers before them makes: how likely the
  /// file's order is that of computation.
  public let linked: (count: Int, of: Int)
  /// The channels of the pictures, by the first convolution.
  public let inputChannels: Int?
  /// The classes, by the last fully connected layer or 1×1 convolution, and that layer.
  public let classes: (count: Int, layer: String)?
  /// The extent of the map that the first fully connected layer reads, where it reads more than one position.
  public let flattened: (channels: Int, side: Int)?
  /// What family of networks it is likely to be of, and what speaks for it.
  public let family: (name: String, reason: String)?
  /// The nearest networks of the catalogue, the nearest first; none where nothing is like it.
  public let neighbours: [Neighbour]

  /// Looks at the names and shapes of a file's tensors.
  ///
  /// - Parameter checkpoint: tensors of any kind of file.
  public init(_ checkpoint: Checkpoint) {
    self.init(checkpoint, isCompared: true)
  }

  /// `isCompared`: whether the networks of the catalogue are looked at, which all have to be built for that.
  package init(_ checkpoint: Checkpoint, isCompared: Bool) {
    let networks = isCompared ? Catalogue.modelNames.compactMap { try? Network.find($0) } : []
    fits = Catalogue.networks(fitting: checkpoint, among: networks)
    let tensors = GuessedTensors(checkpoint)
    prefix = tensors.prefix
    leftOut = tensors.leftOut
    tensorCount = tensors.tensors.count
    var reader = LayerReader(hasChannelsLast: [.hdf5, .keras].contains(checkpoint.format))
    let layers = reader.layers(of: tensors.tensors)
    self.layers = layers
    linked = reader.linked
    parameters = layers.reduce(0) { $0 + $1.parameters }
    groups = Self.groups(of: layers)
    let convolutions = layers.filter(\.isConvolution)
    inputChannels = convolutions.first?.inputs
    classes = Self.classes(layers)
    flattened = Self.flattened(layers)
    family = FamilyRules(layers, groups).family
    neighbours = Neighbour.nearest(to: tensors.tensors, among: networks)
  }

  private static func classes(_ layers: [Layer]) -> (Int, String)? {
    let last = layers.last { [.convolution, .fullyConnected].contains($0.kind) }
    guard let last, let outputs = last.outputs, last.kind == .fullyConnected || last.kernel == Extent(1) else {
      return nil
    }
    return (outputs, last.name)
  }

  private static func flattened(_ layers: [Layer]) -> (Int, Int)? {
    guard let first = layers.firstIndex(where: { $0.kind == .fullyConnected }),
      let channels = layers[..<first].last(where: \.isConvolution)?.outputs, let inputs = layers[first].inputs,
      channels > 0, inputs > channels, inputs % channels == 0
    else { return nil }
    let area = inputs / channels
    return (1...256).first { $0 * $0 == area }.map { (channels, $0) }
  }
}

extension WeightsGuess.Layer {
  /// Whether it looks through a window.
  var isConvolution: Bool { [.convolution, .depthwise, .grouped, .transposed].contains(kind) }
}

/// The tensors of a file that are likely to be a network's weights, under names without what wrappers put before them.
struct GuessedTensors {
  struct Tensor: Hashable {
    let name: String
    let shape: Shape
  }

  private(set) var tensors: [Tensor] = []
  private(set) var prefix = ""
  private(set) var leftOut: [WeightsGuess.LeftOut] = []

  /// What programs put the network under.
  private static let wrappers: Set<Substring> = [
    "module", "model", "net", "network", "backbone", "encoder", "state_dict", "model_state_dict", "model_state",
    "params",
    "weights", "_forward_module", "_module", "_orig_mod", "student", "online_model", "model_weights", "ema",
    "ema_model",
    "model_ema", "state_dict_ema",
  ]
  /// What is in the names of a second copy of the weights: a moving average, or a teacher.
  private static let copies = [
    "ema", "average", "avg", "swa", "teacher", "target", "momentum", "shadow", "key_encoder",
  ]
  /// What is in the names of an optimiser's numbers.
  private static let states = [
    "optimizer", "optim", "exp_avg", "exp_avg_sq", "max_exp_avg_sq", "momentum_buffer", "lr_scheduler", "scheduler",
    "grad_scaler", "scaler",
  ]
  /// In the middle of names, and nobody's own.
  private static let inserted = ["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"]

  init(_ checkpoint: Checkpoint) {
    var counts: [String: Int] = [:]
    var order: [String] = []
    func leave(_ what: String, _ count: Int = 1) {
      if counts[what] == nil { order.append(what) }
      counts[what, default: 0] += count
    }
    var found: [(parts: [Substring], shape: Shape)] = []
    for entry in checkpoint.entries {
      var parts = entry.name.split(whereSeparator: { $0 == "." || $0 == "/" })
      parts.removeAll { Self.inserted.contains(String($0)) }
      let words = parts.map { String($0).lowercased() }
      if words.contains(where: { word in Self.states.contains { word == $0 || word.hasPrefix("\($0):") } }) {
        leave("state of an optimiser")
      } else if !entry.elementType.isFloatingPoint {
        leave(words.last == "num_batches_tracked" ? "counters of batches" : "integers and truth values")
      } else if parts.isEmpty {
        leave("tensors without a name")
      } else {
        found.append((parts, entry.shape))
      }
    }
    var prefix: [Substring] = []
    strip(&found, &prefix)
    for (word, count) in removeCopies(&found) { leave("a copy of the weights under '\(word)'", count) }
    strip(&found, &prefix)
    for name in checkpoint.skipped { leave("'\(name)', which is no tensor of this dictionary") }
    tensors = found.map { Tensor(name: $0.parts.joined(separator: "."), shape: $0.shape) }
    self.prefix = prefix.map { "\($0)." }.joined()
    leftOut = order.map { WeightsGuess.LeftOut(what: $0, count: counts[$0] ?? 0) }
  }

  /// Removes wrappers that all names begin with.
  private func strip(_ found: inout [(parts: [Substring], shape: Shape)], _ prefix: inout [Substring]) {
    while let first = found.first?.parts.first, Self.wrappers.contains(first),
      found.allSatisfy({ $0.parts.count > 1 && $0.parts[0] == first })
    {
      prefix.append(first)
      for index in found.indices { found[index].parts.removeFirst() }
    }
  }

  /// Removes what is there twice: under a word for a copy, and without it.
  private func removeCopies(_ found: inout [(parts: [Substring], shape: Shape)]) -> [(Substring, Int)] {
    var removed: [(Substring, Int)] = []
    let firsts = Set(found.compactMap(\.parts.first)).sorted()
    guard firsts.count > 1, firsts.count <= 64 else { return [] }
    for word in firsts {
      let lower = word.lowercased()
      guard Self.copies.contains(where: { lower.hasPrefix($0) || lower.hasSuffix($0) }) else { continue }
      let rest = found.filter { $0.parts[0] != word }
      guard !rest.isEmpty else { continue }
      func plain(_ parts: ArraySlice<Substring>) -> String {
        parts.drop { Self.wrappers.contains($0) }.joined(separator: ".")
      }
      var known: Set<Tensor> = []
      for (parts, shape) in rest { known.insert(Tensor(name: plain(parts[...]), shape: shape)) }
      let own = found.filter { $0.parts[0] == word }
      let twice = own.count { known.contains(Tensor(name: plain($0.parts.dropFirst()), shape: $0.shape)) }
      guard twice * 10 >= own.count * 9 else { continue }
      found = rest
      removed.append((word, own.count))
    }
    return removed
  }
}

extension ElementType {
  fileprivate var isFloatingPoint: Bool { [.float16, .bfloat16, .float32, .float64].contains(self) }
}
