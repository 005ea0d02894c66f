import ZooTensor

/// A tensor that a network asks for.
public struct ExpectedTensor: Hashable, Sendable {
  /// The network's name of it: the layer's path and what it is of it, `conv1.weight`.
  public let name: String
  /// What the network needs, row-major.
  public let shape: Shape
  /// False for parts that only training uses, such as GoogLeNet's auxiliary classifiers: checkpoints have them or not.
  public let isRequired: Bool

  /// - Parameters:
  ///   - name: the network's name of it.
  ///   - shape: what the network needs.
  ///   - isRequired: false for what only training uses.
  public init(name: String, shape: Shape, isRequired: Bool = true) {
    self.name = name
    self.shape = shape
    self.isRequired = isRequired
  }
}

/// What a network does with a checkpoint that does not fit as it is.
public struct MappingOptions: Hashable, Sendable {
  /// Whether tensors that the checkpoint does not have, or has in another shape, are started anew, and what the network
  /// does not have is left out.
  public var isPartial: Bool
  /// Tensors that are started anew whatever the checkpoint holds.
  public var replaced: Set<String>
  /// Of the numbers that are started anew.
  public var seed: UInt64
  /// The batch norms that may be in the numbers of the layers before them.
  public var foldableNorms: [FoldableNorm]

  /// - Parameters:
  ///   - isPartial: whether tensors that are missing, or have another shape, are made up.
  ///   - replaced: names that are made up whatever the checkpoint has, as those of a new last layer.
  ///   - seed: what numbers are made up from.
  ///   - foldableNorms: the batch norms that a file may have folded into the layer before.
  public init(
    isPartial: Bool = false, replaced: Set<String> = [], seed: UInt64 = 0, foldableNorms: [FoldableNorm] = []
  ) {
    self.isPartial = isPartial
    self.replaced = replaced
    self.seed = seed
    self.foldableNorms = foldableNorms
  }
}

/// Finds a network's tensors in a checkpoint.
///
/// What wrappers of models put before names, such as `module.`, is removed first, as `WrapperPrefix` says. A name then goes through the rules, each applied to what the one before
/// made of it, until it is a name of the network; after that only rules that keep it so are applied, for what they do to
/// the tensor. What a rule ignores is left out, whoever has its name.
public struct NameMapping: Hashable, Sendable {
  /// In the order in which they apply.
  public var rules: [NameRule]
  /// Whether tensors that come under a name of the network are transformed too: not those of an archive that was made
  /// for a network, where that has been done.
  public var transformsKnownNames: Bool

  /// - Parameters:
  ///   - rules: from the definition or its entry for a published file, in order.
  ///   - transformsKnownNames: whether rules also apply to tensors whose names are the network's already.
  public init(rules: [NameRule] = [], transformsKnownNames: Bool = true) {
    self.rules = rules
    self.transformsKnownNames = transformsKnownNames
  }

  /// Compares; throws nothing.
  public func report(
    _ expected: [ExpectedTensor], in checkpoint: Checkpoint, options: MappingOptions = MappingOptions()
  ) -> MatchReport {
    Matching(self, expected, in: checkpoint, options: options).report
  }

  /// The checkpoint under the network's names, in the network's order, with the shapes the network asks for.
  ///
  /// - Throws: `CheckpointMismatch` when a required tensor is missing, one has another shape, cannot be transformed or
  ///   holds integers, or one is left over; when partial, only if nothing of the checkpoint can be used.
  public func resolve(
    _ expected: [ExpectedTensor], in checkpoint: Checkpoint, options: MappingOptions = MappingOptions()
  ) throws(CheckpointMismatch) -> MappedCheckpoint {
    let matching = Matching(self, expected, in: checkpoint, options: options)
    guard matching.report.isComplete else {
      throw CheckpointMismatch(path: checkpoint.reference, report: matching.report)
    }
    if options.isPartial, matching.report.loadable.isEmpty {
      throw CheckpointMismatch(path: checkpoint.reference, report: report(expected, in: checkpoint))
    }
    var entries: [Checkpoint.Entry] = []
    var origins: [MappedSource.Origin] = []
    for tensor in expected {
      guard let origin = matching.origins[tensor.name] else { continue }
      let type =
        switch origin {
        case .stored(let stored): stored.elementType(checkpoint.entries[stored.position].elementType)
        case .initial, .constant: ElementType.float32
        }
      entries.append(.init(name: tensor.name, shape: tensor.shape, elementType: type))
      origins.append(origin)
    }
    do throws(WeightsProblem) {
      var mapped = try Checkpoint(
        format: checkpoint.format, path: checkpoint.path, entries: entries, metadata: checkpoint.metadata,
        skipped: checkpoint.skipped, source: MappedSource(checkpoint: checkpoint, origins: origins))
      mapped.file = checkpoint.file
      mapped.dictionary = checkpoint.dictionary
      return MappedCheckpoint(checkpoint: mapped, report: matching.report)
    } catch {
      preconditionFailure("two expected tensors have one name")
    }
  }
}

/// A checkpoint under a network's names, and how it came about.
public struct MappedCheckpoint: Sendable {
  /// Reads the file's numbers when asked for one of the network's tensors.
  public let checkpoint: Checkpoint
  /// What became of each tensor, also where nothing was wrong.
  public let report: MatchReport
}
