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

  /// Goes on from a checkpoint.
  ///
  /// - Throws: `TrainingError.changed` when the definition, the data or the recipe are not those that the run began with,
  ///   `.notACheckpoint`; `WeightsError`.
  func restore(from path: String, identity: RunIdentity) throws {
    let checkpoint = try Checkpoint.open(path)
    guard let state = TrainingState(metadata: checkpoint.metadata) else {
      throw TrainingError.notACheckpoint(path: path)
    }
    let (keys, metadata) = (RunIdentity.keys, checkpoint.metadata)
    var changes = [
      ("definition", metadata[keys.definition] ?? "unknown", identity.definition),
      ("data", metadata[keys.data] ?? "unknown", identity.data),
    ].filter { $0.1 != $0.2 }.map { TrainingError.Change(field: $0.0, before: $0.1, now: $0.2) }
    if let text = metadata[keys.recipe] {
      guard let before = try? Recipe.read(SourceFile(path: path, text: text)) else {
        throw TrainingError.notACheckpoint(path: path)
      }
      changes += recipe.differences(from: before).map { difference in
        TrainingError.Change(
          field: difference.field, before: difference.other ?? "none", now: difference.value ?? "none")
      }
    }
    guard changes.isEmpty else { throw TrainingError.changed(changes) }
    guard state.best.patience == recipe.earlyStop else { throw TrainingError.notACheckpoint(path: path) }
    func read(_ name: String, _ shape: Shape) throws -> Tensor {
      guard let entry = checkpoint.entry(named: name), entry.shape == shape, entry.elementType == .float32 else {
        throw TrainingError.notACheckpoint(path: path)
      }
      return try checkpoint.tensor(named: name)
    }
    for tensor in compiled.tensors {
      tensor.pack(try read(tensor.name, tensor.shape), into: tensor.numbers.floats, on: machine.pool)
    }
    for item in update.items {
      for (index, buffer) in item.numbers.state.enumerated() {
        let tensor = try read("\(Self.stateName)\(index)/\(item.tensor.name)", item.tensor.shape)
        item.tensor.pack(tensor, into: buffer.floats, on: machine.pool)
      }
      if let average = item.average {
        let tensor = try read(Self.averageName + item.tensor.name, item.tensor.shape)
        item.tensor.pack(tensor, into: average.floats, on: machine.pool)
      }
    }
    for (name, tensor) in idle { idle[name] = try read(name, tensor.shape) }
    self.state = state
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
