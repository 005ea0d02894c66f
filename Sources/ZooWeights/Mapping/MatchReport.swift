import ZooTensor

/// What became of each tensor of a checkpoint and of a network.
public struct MatchReport: Hashable, Sendable {
  /// What became of a tensor.
  public enum Status: Hashable, Sendable {
    case matched
    /// Found under another name.
    case renamed
    /// A fully connected layer's weight taken from a convolution's, or the other way round; the bytes are the same.
    case reshaped(from: Shape)
    /// Changed as a rule says.
    case transformed(Transformation)
    /// A batch norm's, which the file has in the numbers of the layer before it; `into` is that layer.
    case folded(into: String)
    /// Not taken from the checkpoint but started anew, which was asked for.
    case initialized(Cause)
    case missing
    case unexpected
    /// `found` is what the rules made of the shape in the file.
    case misshapen(expected: Shape, found: Shape, after: Transformation? = nil)
    /// A rule asks for what cannot be done to the tensor.
    case notTransformable(TransformProblem, NameRule)
    /// Integers or truth values, which nobody would take for weights.
    case notFloatingPoint(ElementType)
    case ignored(Reason)
  }

  /// Why a tensor is started anew.
  public enum Cause: Hashable, Sendable {
    case missing
    case misshapen(found: Shape)
    /// Whatever the checkpoint holds.
    case replaced
  }

  /// Why it became of it.
  public enum Reason: Hashable, Sendable {
    /// PyTorch's count of batches, which only training without momentum uses, or of models that are averaged.
    case batchCounter
    /// A part of the network that only training uses.
    case trainingOnly
    /// A rule says so.
    case rule(NameRule)
    /// Another tensor is divided by it.
    case divisor(of: String)
    /// The network does not have it, and loading in part was asked for.
    case notInModel
    /// It is an optimiser's state or a moving average: nobody's weights.
    case trainingState
    /// It lacks the prefix that was removed from the names of all that the network has.
    case besidePrefix(String)
  }

  /// A tensor, on either side or both.
  public struct Line: Hashable, Sendable {
    /// The network's name for the tensor, or the checkpoint's when the network has none.
    public let name: String
    /// The name in the file; `nil` when it is missing there.
    public let checkpointName: String?
    /// What became of it.
    public let status: Status
    /// The type in the file, from which it is converted to float32 when it is used; `nil` when it is missing there.
    public let elementType: ElementType?

    package init(name: String, checkpointName: String?, status: Status, elementType: ElementType? = nil) {
      self.name = name
      self.checkpointName = checkpointName
      self.status = status
      self.elementType = elementType
    }
  }

  /// The network's tensors in its order, then what else the checkpoint holds in its own.
  public let lines: [Line]
  /// What was removed from the beginning of the checkpoint's names, beyond the `module.` that all may have, because
  /// most of the network's names were there without it.
  public let removedPrefix: String?
  /// Prefixes without each of which the network's names would be there, so that none was removed.
  public let possiblePrefixes: [String]
  let expectedNames: [String]
  /// The layers of the file, by what its nodes call them, of which the network has no tensor.
  public let unplacedLayers: [String]

  init(
    lines: [Line], expectedNames: [String], removedPrefix: String? = nil, possiblePrefixes: [String] = [],
    unplacedLayers: [String] = []
  ) {
    self.lines = lines
    self.expectedNames = expectedNames
    self.removedPrefix = removedPrefix
    self.possiblePrefixes = possiblePrefixes
    self.unplacedLayers = unplacedLayers
  }

  /// The same with the prefixes of which it is not known which one to remove.
  func ambiguous(_ prefixes: [String]) -> MatchReport {
    MatchReport(
      lines: lines, expectedNames: expectedNames, possiblePrefixes: prefixes, unplacedLayers: unplacedLayers)
  }

  /// The tensors beside the network that were left out, because they lack the prefix that was removed.
  public var besidePrefix: [Line] {
    lines.filter { line in
      if case .ignored(.besidePrefix) = line.status { true } else { false }
    }
  }

  /// What the network asks for and the checkpoint has not.
  public var missing: [Line] { lines.filter { $0.status == .missing } }
  /// What the checkpoint has and the network does not ask for.
  public var unexpected: [Line] { lines.filter { $0.status == .unexpected } }

  /// What both have, in shapes that do not fit.
  public var misshapen: [Line] {
    lines.filter { line in
      if case .misshapen = line.status { true } else { false }
    }
  }

  /// Tensors that rules or their type make unusable.
  public var unusable: [Line] {
    lines.filter { line in
      switch line.status {
      case .notTransformable, .notFloatingPoint: true
      default: false
      }
    }
  }

  /// The layers of the network that the file has together with the batch norms after them, in the network's order.
  public var foldedLayers: [String] {
    var layers: [String] = []
    for line in lines { if case .folded(let layer) = line.status, layers.last != layer { layers.append(layer) } }
    return layers
  }

  /// Tensors that are not taken from the checkpoint but started anew.
  public var initialized: [Line] {
    lines.filter { line in
      if case .initialized = line.status { true } else { false }
    }
  }

  /// Tensors that can be loaded, whatever their name and shape in the file.
  public var loadable: [Line] {
    lines.filter { line in
      switch line.status {
      case .matched, .renamed, .reshaped, .transformed, .folded: true
      default: false
      }
    }
  }

  /// Whether the checkpoint has what the network needs and nothing more.
  public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty && unusable.isEmpty }

  /// The name that an unexpected tensor may have been meant to have, or under which a missing one may be there.
  public func suggestion(for line: Line) -> String? {
    switch line.status {
    case .missing: line.name.nearestTensor(among: unexpected.map(\.name))
    case .unexpected: line.name.nearestTensor(among: missing.isEmpty ? expectedNames : missing.map(\.name))
    default: nil
    }
  }
}

extension MatchReport.Status {
  /// One word for programs: the same for all cases of a kind.
  public var kind: String {
    switch self {
    case .matched: "matched"
    case .renamed: "renamed"
    case .reshaped: "reshaped"
    case .transformed: "transformed"
    case .folded: "folded"
    case .initialized: "initialized"
    case .missing: "missing"
    case .unexpected: "extra"
    case .misshapen: "misshapen"
    case .notTransformable: "not transformable"
    case .notFloatingPoint: "not floating point"
    case .ignored: "ignored"
    }
  }
}
