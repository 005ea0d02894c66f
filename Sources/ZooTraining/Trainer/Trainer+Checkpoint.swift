import ZooKernels
import ZooKit
import ZooSpec
import ZooTensor
import ZooWeights

/// What must stay as it is for a run to go on to the same result, beside the recipe.
public struct RunIdentity: Hashable, Sendable {
  /// SHA-256 of the definition.
  public var definition: String
  /// SHA-256 of what tells the data from others.
  public var data: String

  /// Digests of the definition and of the data.
  public init(definition: String, data: String) {
    self.definition = definition
    self.data = data
  }

  static let keys = (
    definition: "zoo.training.definition", data: "zoo.training.data", recipe: "zoo.training.recipe"
  )
}

extension Trainer {
  /// Names of tensors that hold the optimiser's state and moving averages begin so.
  static let stateName = Provenance.statePrefixes[0]
  static let averageName = Provenance.statePrefixes[1]

  /// Writes everything that the run needs to go on, as a package that inference can use too.
  ///
  /// The file is complete at any moment: it takes its name when it is on the disk.
  ///
  /// - Throws: `WeightsError`, with the last checkpoint still there.
  func writeCheckpoint(to path: String, identity: RunIdentity) throws {
    precondition(communicator.rank == 0, "process \(communicator.rank) writes a checkpoint")
    var tensors = weights(averaged: false)
    for item in update.items {
      for (index, buffer) in item.numbers.state.enumerated() {
        tensors.append(("\(Self.stateName)\(index)/\(item.tensor.name)", item.tensor.unpacked(buffer)))
      }
      if let average = item.average {
        tensors.append((Self.averageName + item.tensor.name, item.tensor.unpacked(average)))
      }
    }
    var metadata = state.metadata
    metadata[RunIdentity.keys.definition] = identity.definition
    metadata[RunIdentity.keys.data] = identity.data
    metadata[RunIdentity.keys.recipe] = recipe.text
    try Package.write(network, tensors: tensors, metadata: metadata, to: path)
  }

  /// Goes on from a checkpoint that the first process reads; all others take over what it has. `path`: in the first
  /// process.
  ///
  /// - Throws: as `restore(from:identity:)`.
  func restoreTogether(from path: String?, identity: RunIdentity) throws {
    try communicator.together { if let path { try restore(from: path, identity: identity) } }
    guard communicator.count > 1 else { return }
    let metadata = try communicator.announced(
      Array(state.metadata.map { "\($0.key)\u{0}\($0.value)" }.joined(separator: "\u{0}").utf8))
    let words = String(decoding: metadata, as: UTF8.self).split(separator: "\u{0}", omittingEmptySubsequences: false)
    let pairs = stride(from: 0, to: words.count - 1, by: 2).map { (String(words[$0]), String(words[$0 + 1])) }
    state = try TrainingState(metadata: Dictionary(uniqueKeysWithValues: pairs), of: limits)
    for tensor in compiled.tensors { try communicator.broadcast(tensor.numbers.bytes) }
    try update.distributeState()
    for (name, tensor) in idle.sorted(by: { $0.key < $1.key }) {
      var floats = tensor.floats
      try floats.withUnsafeMutableBytes { try communicator.broadcast($0) }
      idle[name] = Tensor(shape: tensor.shape, floats: floats)
    }
  }

  private var limits: TrainingState.Run {
    TrainingState.Run(
      steps: totalSteps, stepsPerEpoch: stepsPerEpoch,
      imagesPerStep: min(recipe.accumulate, data.stepCount) * imagesPerBatch, patience: recipe.earlyStop)
  }

  /// Goes on from a checkpoint.
  ///
  /// - Throws: `TrainingError.changed` when the definition, the data or the recipe are not those that the run began with,
  ///   `.notACheckpoint`, `.damagedCheckpoint`; `WeightsError`.
  func restore(from path: String, identity: RunIdentity) throws {
    let checkpoint = try Checkpoint.open(path)
    guard TrainingState.isKept(in: checkpoint.metadata) else { throw TrainingError.notACheckpoint(path: path) }
    do {
      let changes = try changes(since: checkpoint, identity: identity)
      guard changes.isEmpty else { throw TrainingError.changed(changes) }
      let state = try TrainingState(metadata: checkpoint.metadata, of: limits)
      try restoreTensors(from: checkpoint)
      self.state = state
    } catch let problem as TrainingError.CheckpointProblem {
      throw TrainingError.damagedCheckpoint(path: path, problem)
    }
  }

  /// What is not as it was when the run began.
  private func changes(since checkpoint: Checkpoint, identity: RunIdentity) throws -> [TrainingError.Change] {
    let (keys, metadata) = (RunIdentity.keys, checkpoint.metadata)
    let changes = [
      ("definition", metadata[keys.definition] ?? "unknown", identity.definition),
      ("data", metadata[keys.data] ?? "unknown", identity.data),
    ].filter { $0.1 != $0.2 }.map { TrainingError.Change(field: $0.0, before: $0.1, now: $0.2) }
    let text = metadata[keys.recipe]
    guard let text, let before = try? Recipe.read(SourceFile(path: checkpoint.path, text: text)) else {
      throw TrainingError.CheckpointProblem.field(keys.recipe, found: text, expected: "a recipe")
    }
    return changes
      + recipe.differences(from: before).map { difference in
        TrainingError.Change(
          field: difference.field, before: difference.other ?? "none", now: difference.value ?? "none")
      }
  }

  /// Takes over weights, statistics, averages and the optimiser's state, when all that there must be is there.
  private func restoreTensors(from checkpoint: Checkpoint) throws {
    var packed = compiled.tensors.map { (name: $0.name, tensor: $0, numbers: $0.numbers) }
    for item in update.items {
      let tensor = item.tensor
      for (index, buffer) in item.numbers.state.enumerated() {
        packed.append(("\(Self.stateName)\(index)/\(tensor.name)", tensor, buffer))
      }
      if let average = item.average { packed.append((Self.averageName + tensor.name, tensor, average)) }
    }
    let wanted = packed.map { ($0.name, $0.tensor.shape) } + idle.map { ($0.key, $0.value.shape) }
    for (name, shape) in wanted.sorted(by: { $0.0 < $1.0 }) {
      let entry = checkpoint.entry(named: name)
      guard let entry, entry.shape == shape, entry.elementType == .float32 else {
        throw TrainingError.CheckpointProblem.tensor(
          name, found: entry.map { "\($0.elementType) \($0.shape)" }, expected: "\(ElementType.float32) \(shape)")
      }
    }
    let names = Set(wanted.map(\.0))
    if let entry = checkpoint.entries.first(where: { !names.contains($0.name) }) {
      throw TrainingError.CheckpointProblem.unexpectedTensor(entry.name)
    }
    for (name, target, numbers) in packed {
      let tensor = try checkpoint.tensor(named: name)
      guard tensor.withFloats({ !$0.contains(where: \.isNaN) }) else {
        throw TrainingError.CheckpointProblem.notANumber(tensor: name)
      }
      target.pack(tensor, into: numbers.floats, on: machine.pool)
    }
    for name in idle.keys { idle[name] = try checkpoint.tensor(named: name) }
  }

  /// SHA-256 of all tensors in the definition's order, in hexadecimal: what two runs of one recipe agree on.
  public func weightsDigest() -> String {
    var hash = SHA256()
    for (name, tensor) in weights(averaged: false) {
      hash.update("\(name) \(tensor.shape)\n".utf8)
      tensor.withUnsafeBytes { hash.update(Array($0)) }
    }
    return hash.digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
