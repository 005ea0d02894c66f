import ZooTensor

/// The comparison of a network's tensors with a checkpoint's.
struct Matching {
  /// For each tensor of the network that can be loaded or is started anew, where its numbers come from.
  private(set) var origins: [String: MappedSource.Origin] = [:]
  private(set) var report: MatchReport

  /// A tensor of the checkpoint that goes by a name of the network.
  struct Claim {
    let position: Int
    let transforms: [(TensorTransform, NameRule)]
  }

  let checkpoint: Checkpoint
  let options: MappingOptions
  /// The checkpoint's names without the prefix; those without it as they are.
  private let names: [String]
  /// The tensors that do not have the prefix and lie beside the network.
  private var outside: Set<Int> = []
  let prefix: String
  private var positions: [String: Int] = [:]
  /// The tensors of the network that divide by an entry of the checkpoint.
  private var divisors: [Int: String] = [:]
  /// The tensors of batch norms that the checkpoint has in the layers before them.
  private var folded: [String: FoldedTensor] = [:]

  /// Compares with the prefix that the evidence is for removed from the checkpoint's names.
  init(
    _ mapping: NameMapping, _ expected: [ExpectedTensor], in checkpoint: Checkpoint, options: MappingOptions
  ) {
    let known = Set(expected.map(\.name))
    let wrapper = WrapperPrefix(checkpoint, known: known)
    self.init(mapping, expected, known, in: checkpoint, options: options, wrapper, removing: wrapper.usual)
    let required = expected.count { $0.isRequired && !options.replaced.contains($0.name) }
    let present = presentCount
    guard present < required else { return }
    let others = wrapper.candidates.map {
      Matching(mapping, expected, known, in: checkpoint, options: options, wrapper, removing: $0)
    }
    // Most of the names, and hardly any before.
    let better = others.filter { $0.presentCount * 4 >= required * 3 && $0.presentCount > 2 * present }
    guard let best = better.max(by: { $0.presentCount < $1.presentCount }) else { return }
    let rivals = better.filter { $0.presentCount == best.presentCount }.map(\.prefix)
    if rivals.count > 1 {
      report = report.ambiguous(rivals)
    } else if let rival = wrapper.rival(of: best.prefix, having: best.presentNames) {
      report = report.ambiguous([best.prefix, rival])
    } else {
      self = best
    }
  }

  private init(
    _ mapping: NameMapping, _ expected: [ExpectedTensor], _ known: Set<String>, in checkpoint: Checkpoint,
    options: MappingOptions, _ wrapper: WrapperPrefix, removing prefix: String
  ) {
    self.checkpoint = checkpoint
    self.options = options
    self.prefix = prefix
    names = wrapper.names.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
    report = MatchReport(lines: [], expectedNames: expected.map(\.name))
    // What has the prefix counts where a name without it becomes the same.
    let inside = wrapper.names.indices.filter { wrapper.names[$0].hasPrefix(prefix) }
    for position in inside { positions[names[position]] = position }

    var claims: [String: Claim] = [:]
    var leftOver: [(position: Int, name: String, transforms: [(TensorTransform, NameRule)])] = []
    var ignored: [Int: NameRule] = [:]
    for position in inside {
      let name = names[position]
      switch Self.fate(of: name, mapping, known: known) {
      case .ignored(let rule): ignored[position] = rule
      case .named(let result, let transforms):
        if known.contains(name) {
          claims[name] = Claim(position: position, transforms: mapping.transformsKnownNames ? transforms : [])
        } else {
          leftOver.append((position, result, transforms))
        }
      }
    }
    var unclaimed: [Int] = []
    for (position, name, transforms) in leftOver {
      if known.contains(name), claims[name] == nil {
        claims[name] = Claim(position: position, transforms: transforms)
      } else {
        unclaimed.append(position)
      }
    }

    claimAliases(mapping, expected, &claims)
    folded = foldedNorms(claims)
    let used = Set(claims.values.map(\.position) + folded.values.compactMap(\.position))
    unclaimed.removeAll(where: used.contains)

    let found = Set(claims.keys).union(folded.keys)
    func isFound(_ tensor: ExpectedTensor) -> Bool { found.contains(tensor.name) }
    for position in names.indices where !wrapper.names[position].hasPrefix(prefix) {
      if let rule = mapping.rules.first(where: { $0.ignores(names[position]) }) { ignored[position] = rule }
      outside.insert(position)
    }
    unclaimed += outside.filter { ignored[$0] == nil }
    presentNames = claims.values.map { names[$0.position] }
    presentCount = expected.count {
      $0.isRequired && !options.replaced.contains($0.name) && isFound($0)
    }
    // What lacks the prefix is only then known to be something else when nothing of the network is missing.
    if expected.contains(where: { $0.isRequired && !isFound($0) && !options.replaced.contains($0.name) }) {
      outside = []
    }
    var lines = expected.compactMap { line(for: $0, claims[$0.name]) }
    for position in (unclaimed + Array(ignored.keys)).sorted() {
      lines.append(line(forUnclaimed: position, ignored[position]))
    }
    report = MatchReport(
      lines: lines, expectedNames: expected.map(\.name), removedPrefix: prefix == wrapper.usual ? nil : prefix,
      unplacedLayers: unplacedLayers(used))
  }

  /// The tensors of the network that must be there and are, whatever their shape, and all of the checkpoint's names, without
  /// the prefix, that go by a name of the network.
  private var presentCount = 0
  private var presentNames: [String] = []

  // MARK: Names

  enum Fate {
    case named(String, [(TensorTransform, NameRule)])
    case ignored(NameRule)
  }

  static func fate(of name: String, _ mapping: NameMapping, known: Set<String>) -> Fate {
    var name = name
    var transforms: [(TensorTransform, NameRule)] = []
    for rule in mapping.rules {
      if rule.ignores(name) { return .ignored(rule) }
      guard let result = rule.apply(to: name), result.name == name || !known.contains(name) else { continue }
      name = result.name
      transforms += result.transforms.map { ($0, rule) }
    }
    return .named(name, transforms)
  }

  // MARK: Lines

  /// What becomes of a tensor of the network; `nil` when it may be missing and is.
  private mutating func line(for tensor: ExpectedTensor, _ claim: Claim?) -> MatchReport.Line? {
    guard claim != nil || folded[tensor.name] != nil || tensor.isRequired else { return nil }
    let found = (folded[tensor.name]?.position ?? claim?.position).map { checkpoint.entries[$0] }
    var status = MatchReport.Status.missing
    if let fold = folded[tensor.name] {
      origins[tensor.name] = fold.origin
      status = .folded(into: fold.layer)
    } else if let claim, let found {
      status = self.status(of: tensor, claim, found)
    }
    if let cause = cause(toStartAnew: tensor, status) {
      origins[tensor.name] = .initial(InitialTensor(name: tensor.name, shape: tensor.shape, seed: options.seed))
      status = .initialized(cause)
    }
    return MatchReport.Line(
      name: tensor.name, checkpointName: found?.name, status: status, elementType: found?.elementType)
  }

  private func cause(toStartAnew tensor: ExpectedTensor, _ status: MatchReport.Status) -> MatchReport.Cause? {
    if options.replaced.contains(tensor.name) { return .replaced }
    guard options.isPartial, tensor.isRequired else { return nil }
    switch status {
    case .missing: return .missing
    case .misshapen(_, let found, _): return .misshapen(found: found)
    default: return nil
    }
  }

  /// Applies the rules' transforms to the shape and, when the result is what the network asks for, notes the origin.
  private mutating func status(
    of tensor: ExpectedTensor, _ claim: Claim, _ found: Checkpoint.Entry
  ) -> MatchReport.Status {
    var shape = found.shape
    var steps: [TransformedTensor.Change] = []
    for (transform, rule) in claim.transforms {
      do throws(TransformProblem) {
        let (next, step) = try apply(transform, to: shape, of: tensor.name)
        shape = next
        steps.append(step)
      } catch {
        return .notTransformable(error, rule)
      }
    }
    let transformation =
      steps.isEmpty ? nil : Transformation(from: found.shape, steps: claim.transforms.map(\.0))
    guard Self.fits(shape, tensor.shape) else {
      return tensor.isRequired
        ? .misshapen(expected: tensor.shape, found: shape, after: transformation) : .ignored(.trainingOnly)
    }
    guard found.elementType.isFloatingPoint else { return .notFloatingPoint(found.elementType) }
    if shape != tensor.shape, !steps.isEmpty { steps.append(.reshape(tensor.shape)) }
    origins[tensor.name] = .stored(TransformedTensor(position: claim.position, steps: steps))
    guard tensor.isRequired else { return .ignored(.trainingOnly) }
    if let transformation { return .transformed(transformation) }
    if shape != tensor.shape { return .reshaped(from: found.shape) }
    return found.name == tensor.name ? .matched : .renamed
  }

  private mutating func apply(
    _ transform: TensorTransform, to shape: Shape, of name: String
  ) throws(TransformProblem) -> (Shape, TransformedTensor.Change) {
    let result = try transform.shape(of: shape) { divisor throws(TransformProblem) in
      guard let position = positions[divisor] else {
        throw .divisorMissing(divisor, nearest: divisor.nearestTensor(among: names))
      }
      return checkpoint.entries[position].shape
    }
    switch transform {
    case .transpose(let order): return (result, .transpose(order))
    case .reshape: return (result, .reshape(result))
    case .flipInputChannels: return (result, .flipInputChannels)
    case .divide(let divisor):
      guard let position = positions[divisor] else { throw .divisorMissing(divisor, nearest: nil) }
      divisors[position] = name
      return (result, .divide(by: position))
    }
  }

  private func line(forUnclaimed position: Int, _ rule: NameRule?) -> MatchReport.Line {
    let entry = checkpoint.entries[position]
    let last = entry.name.split(separator: ".").last
    // How many batches a batch norm has seen, and how many models `AveragedModel` is the mean of.
    let isCounter =
      last == "num_batches_tracked"
      || (last == "n_averaged" && entry.shape.elementCount == 1 && !entry.elementType.isFloatingPoint)
    var status = MatchReport.Status.unexpected
    if let rule {
      status = .ignored(.rule(rule))
    } else if let name = divisors[position] {
      status = .ignored(.divisor(of: name))
    } else if Provenance.statePrefixes.contains(where: entry.name.hasPrefix) {
      status = .ignored(.trainingState)
    } else if isCounter {
      status = .ignored(.batchCounter)
    } else if outside.contains(position) {
      status = .ignored(.besidePrefix(prefix))
    } else if options.isPartial {
      status = .ignored(.notInModel)
    }
    return MatchReport.Line(
      name: entry.name, checkpointName: entry.name, status: status, elementType: entry.elementType)
  }

  /// Whether the shapes are equal, or one is a fully connected layer's weight and the other the same as a convolution's, or one
  /// is a number for each channel and the other the same as a map of one position.
  static func fits(_ found: Shape, _ expected: Shape) -> Bool {
    if found == expected { return true }
    let ranks = Set([found.rank, expected.rank])
    return (ranks == [2, 4] || ranks == [1, 3]) && found[0] == expected[0]
      && found.elementCount == expected.elementCount
  }
}
