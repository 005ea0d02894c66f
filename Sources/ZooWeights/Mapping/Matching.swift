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
  /// The checkpoint's names without the prefix that all have.
  private let names: [String]
  private var positions: [String: Int] = [:]
  /// The tensors of the network that divide by an entry of the checkpoint.
  private var divisors: [Int: String] = [:]
  /// The tensors of batch norms that the checkpoint has in the layers before them.
  private var folded: [String: FoldedTensor] = [:]

  init(
    _ mapping: NameMapping, _ expected: [ExpectedTensor], in checkpoint: Checkpoint, options: MappingOptions
  ) {
    self.checkpoint = checkpoint
    self.options = options
    names = Self.unwrapped(checkpoint.entries.map(\.name))
    report = MatchReport(lines: [], expectedNames: expected.map(\.name))
    for (position, name) in names.enumerated() { positions[name] = position }

    let known = Set(expected.map(\.name))
    var claims: [String: Claim] = [:]
    var leftOver: [(position: Int, name: String, transforms: [(TensorTransform, NameRule)])] = []
    var ignored: [Int: NameRule] = [:]
    for (position, name) in names.enumerated() {
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

    var lines = expected.compactMap { line(for: $0, claims[$0.name]) }
    for position in (unclaimed + Array(ignored.keys)).sorted() {
      lines.append(line(forUnclaimed: position, ignored[position]))
    }
    report = MatchReport(lines: lines, expectedNames: expected.map(\.name))
  }

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

  /// What PyTorch's `DataParallel` puts before all names.
  static let parallelPrefix = "module."

  private static func unwrapped(_ names: [String]) -> [String] {
    guard names.allSatisfy({ $0.hasPrefix(parallelPrefix) }) else { return names }
    return names.map { String($0.dropFirst(parallelPrefix.count)) }
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
    var steps: [TransformedTensor.Step] = []
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
  ) throws(TransformProblem) -> (Shape, TransformedTensor.Step) {
    let result = try transform.shape(of: shape) { divisor throws(TransformProblem) in
      guard let position = positions[divisor] else {
        throw .divisorMissing(divisor, nearest: NearestName.find(divisor, among: names))
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
    let isCounter = entry.name == "num_batches_tracked" || entry.name.hasSuffix(".num_batches_tracked")
    var status = MatchReport.Status.unexpected
    if let rule {
      status = .ignored(.rule(rule))
    } else if let name = divisors[position] {
      status = .ignored(.divisor(of: name))
    } else if isCounter {
      status = .ignored(.batchCounter)
    } else if options.isPartial {
      status = .ignored(.notInModel)
    }
    return MatchReport.Line(
      name: entry.name, checkpointName: entry.name, status: status, elementType: entry.elementType)
  }

  /// Whether the shapes are equal, or one is a fully connected layer's weight and the other the same as a convolution's.
  static func fits(_ found: Shape, _ expected: Shape) -> Bool {
    if found == expected { return true }
    return Set([found.rank, expected.rank]) == [2, 4] && found[0] == expected[0]
      && found.elementCount == expected.elementCount
  }
}
