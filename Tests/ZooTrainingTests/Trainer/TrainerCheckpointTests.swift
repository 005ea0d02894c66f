import Testing
import ZooImages
import ZooKernels
import ZooKit
import ZooTensor
import ZooTraining
import ZooWeights

/// A checkpoint whose checksums are good can still hold anything.
@Suite("A last.zoow that no run wrote is refused, or the run goes on")
struct TrainerCheckpointTests {
  /// A run that was interrupted within its second epoch, with an average and a state of two tensors.
  private final class Interrupted {
    let data = ScratchFolder()
    private let scratch = ScratchFolder()
    let folder: RunFolder
    let recipe = TrainerFixture.recipe(.adam(), learningRate: 0.01) {
      $0.ema = 0.9
      $0.accumulate = 2
      $0.earlyStop = 2
      $0.freeze = ["conv1"]
    }
    let metadata: [String: String]
    let tensors: [(name: String, tensor: Tensor)]

    init() throws {
      try TrainerFixture.writeDigits(to: data.path)
      folder = try RunFolder.create("\(scratch.path)/run")
      let trainer = try Trainer(TrainerFixture.network(), recipe, data: data.path)
      try trainer.run(steps: 4, in: folder)
      try #require(trainer.stepsPerEpoch == 3 && trainer.totalSteps == 6)
      let checkpoint = try Checkpoint.open(folder.path(of: RunFolder.lastName))
      let names = checkpoint.entries.map(\.name)
      (metadata, tensors) = (checkpoint.metadata, Array(zip(names, try checkpoint.tensors(named: names))))
    }

    /// Goes on from a checkpoint of these metadata and tensors; `nil` when that is refused by any error.
    func goOn(
      _ metadata: [String: String], _ tensors: [(name: String, tensor: Tensor)]? = nil
    ) throws -> (end: Trainer.Outcome.End?, error: (any Error)?) {
      let checkpoint = try Checkpoint(tensors ?? self.tensors, metadata: metadata)
      try checkpoint.pack(to: folder.path(of: RunFolder.lastName), overwrite: true)
      let trainer = try Trainer(TrainerFixture.network(), recipe, data: data.path)
      do {
        return (try trainer.run(in: folder, resuming: true).end, nil)
      } catch {
        return (nil, error)
      }
    }

    /// What a checkpoint of these is refused for; `nil` when it is not.
    func problem(
      _ metadata: [String: String], _ tensors: [(name: String, tensor: Tensor)]? = nil
    ) throws -> TrainingError.CheckpointProblem? {
      guard let error = try goOn(metadata, tensors).error else { return nil }
      guard case .damagedCheckpoint(let path, let problem)? = error as? TrainingError else { throw error }
      #expect(path == folder.path(of: RunFolder.lastName))
      return problem
    }
  }

  @Test("each field of the metadata")
  func fields() throws {
    let run = try Interrupted()
    // As text: not what the field is, below, above and far above what it can be.
    let texts: [String?] = [
      nil, "", "x", "-1", "-9223372036854775808", "9223372036854775807", "9223372036854775808", "nan", "inf", "1e400",
      "null", "[1]", "0x", " 4", "4 ", String(repeating: "9", count: 100_000),
    ]
    let harmless: [String: Set<String?>] = [
      // Any finite number is a sum of losses.
      "loss": ["-1", "-9223372036854775808", "9223372036854775807", "9223372036854775808"]
    ]
    for name in ["step", "loss", "correct", "images", "judged", "best", "seconds"] {
      let field = "zoo.training.\(name)"
      try #require(run.metadata[field] != nil)
      for text in texts where harmless[name]?.contains(text) != true {
        var metadata = run.metadata
        metadata[field] = text
        guard case .field(field, found: text, expected: _)? = try run.problem(metadata) else {
          Issue.record("\(field) = \(text.map { "'\($0.prefix(40))'" } ?? "nothing") was not refused for what it is")
          continue
        }
      }
      for text in harmless[name] ?? [] {
        var metadata = run.metadata
        metadata[field] = text
        #expect(try run.goOn(metadata).error == nil, "\(field) = \(text ?? "nothing")")
      }
    }
    for name in ["definition", "data"] {
      for text in [nil, "", "x"] {
        var metadata = run.metadata
        metadata["zoo.training.\(name)"] = text
        guard case .changed(let changes)? = try run.goOn(metadata).error as? TrainingError else {
          Issue.record("another \(name) was not refused")
          continue
        }
        #expect(changes.map(\.field) == [name])
      }
    }
    for text in [nil, "", "x", "lr: -1", "lr: 1e400", "epochs: 9223372036854775808", "- a", "\0", "&a [*a]"] {
      var metadata = run.metadata
      metadata["zoo.training.recipe"] = text
      // An empty text is a recipe too: that of the standard values.
      if text == "" {
        #expect(try run.goOn(metadata).error is TrainingError)
      } else {
        #expect(
          try run.problem(metadata) == .field("zoo.training.recipe", found: text, expected: "a recipe"), "\(text ?? "")"
        )
      }
    }
    #expect(try run.goOn(run.metadata).end == .complete)
  }

  @Test("numbers that contradict each other")
  func contradictions() throws {
    let run = try Interrupted()
    // After step 4 of 6, the first of an epoch, in which 8 pictures were seen.
    for (name, text) in [
      ("step", "7"), ("step", "5"), ("images", "7"), ("images", "16"), ("judged", "9"), ("correct", "9"),
      ("seconds", "-0.5"), ("seconds", "1e13"),
    ] {
      var metadata = run.metadata
      metadata["zoo.training.\(name)"] = text
      #expect(try run.problem(metadata) != nil, "\(name) = \(text)")
    }
    for best in [
      "{\"metric\": 0.5, \"epoch\": 2, \"waited\": 0, \"patience\": 2}",
      "{\"metric\": 0.5, \"epoch\": 1, \"waited\": 1, \"patience\": 2}",
      "{\"metric\": 0.5, \"epoch\": 1, \"waited\": 9223372036854775807, \"patience\": 2}",
      "{\"metric\": 0.5, \"epoch\": 9223372036854775807, \"waited\": 9223372036854775807, \"patience\": 2}",
      "{\"metric\": 0.5, \"epoch\": 1, \"waited\": 0, \"patience\": 1}",
      "{\"metric\": null, \"epoch\": 1, \"waited\": 0, \"patience\": 2}",
      "{\"metric\": 0.5, \"epoch\": 0, \"waited\": 1, \"patience\": 2}",
      "{\"metric\": .inf, \"epoch\": 1, \"waited\": 0, \"patience\": 2}",
    ] {
      var metadata = run.metadata
      metadata["zoo.training.best"] = best
      #expect(
        try run.problem(metadata)
          == .field("zoo.training.best", found: best, expected: "the best of 1 epochs, with a patience of 2"))
    }
    var metadata = run.metadata
    metadata["zoo.training.step"] = "-3"
    let path = run.folder.path(of: RunFolder.lastName)
    #expect(
      try run.goOn(metadata).error.map { "\($0)" }
        == "\(path): 'zoo.training.step' is '-3', expected a number from 0 to 6; no run by this recipe writes that, "
        + "so that it cannot go on from here: begin it anew in another folder")
  }

  @Test("each tensor missing, of another shape or type, with what is no number, and one too many")
  func tensors() throws {
    let run = try Interrupted()
    let names = run.tensors.map(\.name)
    for name in ["zoo.state/0/", "zoo.state/1/", "zoo.average/"].map({ $0 + "fc.weight" }) {
      try #require(names.contains(name))
    }
    for (place, (name, tensor)) in run.tensors.enumerated() {
      var others = run.tensors
      others.remove(at: place)
      guard case .tensor(name, found: nil, expected: _)? = try run.problem(run.metadata, others) else {
        Issue.record("\(name) was not missed")
        continue
      }
      let count = tensor.shape.elementCount
      let changed = [
        Tensor(shape: [count + 1], floats: Array(repeating: 0, count: count + 1)),
        Tensor(shape: Shape(tensor.shape.dimensions + [1]), floats: tensor.floats),
        Tensor(shape: [0], floats: []),
        Tensor(shape: tensor.shape, elementType: .float16) { $0.initializeMemory(as: UInt8.self, repeating: 0) },
        Tensor(shape: tensor.shape, elementType: .int64) { $0.initializeMemory(as: UInt8.self, repeating: 0) },
      ]
      for other in changed {
        others = run.tensors
        others[place].tensor = other
        guard case .tensor(name, found: _?, expected: _)? = try run.problem(run.metadata, others) else {
          Issue.record("\(name) of \(other.elementType) \(other.shape) was not refused")
          continue
        }
      }
      others = run.tensors
      var floats = tensor.floats
      floats[count - 1] = .nan
      others[place].tensor = Tensor(shape: tensor.shape, floats: floats)
      #expect(try run.problem(run.metadata, others) == .notANumber(tensor: name))
      // An infinite number may do nothing; where it does, the error names a tensor that has one.
      floats[count - 1] = .infinity
      others[place].tensor = Tensor(shape: tensor.shape, floats: floats)
      let (end, error) = try run.goOn(run.metadata, others)
      if case .notFinite? = error as? TrainingError { continue }
      let short = names.first { name.hasSuffix($0) } ?? name
      let text = error.map { "\($0)" } ?? ""
      #expect(end != nil || text.contains("'\(short)'"), "\(name) with an infinite number: \(text)")
    }
    for name in ["zoo.state/2/fc.weight", "zoo.state/0/conv1.weight", "zoo.average/conv1.weight", "fc"] {
      let more = run.tensors + [(name, Tensor(shape: [1], floats: [0]))]
      #expect(try run.problem(run.metadata, more) == .unexpectedTensor(name))
    }
    #expect(try run.goOn(run.metadata).end == .complete)
  }

  @Test("random changes of the metadata's characters")
  func mutations() throws {
    let run = try Interrupted()
    let random = CounterRandom(seed: 17, purpose: .sampling)
    let keys = run.metadata.keys.filter { $0.hasPrefix("zoo.training.") }.sorted()
    let bytes = Array("0123456789-+.eE:,{}[]\"' \n#&*x".utf8)
    var refused = 0
    for trial in 0..<100 {
      var metadata = run.metadata
      let draw = random.with(UInt64(trial))
      let key = keys[trial % keys.count]
      var characters = Array((metadata[key] ?? "").utf8)
      for change in 0..<1 + draw.integer(0, below: 3) {
        let place = draw.integer(4 * change + 1, below: characters.count + 1)
        let byte = bytes[draw.integer(4 * change + 2, below: bytes.count)]
        switch draw.integer(4 * change + 3, below: 3) {
        case 0: characters.insert(byte, at: place)
        case 1 where place < characters.count: characters[place] = byte
        default:
          characters.removeSubrange(place..<min(characters.count, place + draw.integer(4 * change + 4, below: 9)))
        }
      }
      metadata[key] = String(decoding: characters, as: UTF8.self)
      let (end, error) = try run.goOn(metadata)
      #expect((end == nil) == (error is TrainingError), "\(key): \(metadata[key] ?? "")")
      if end == nil { refused += 1 }
    }
    #expect(refused > 50)
  }

  @Test("a log and events that were changed")
  func logs() throws {
    let run = try Interrupted()
    let line = "1,3,0.01,1.1,0.4,1.0,0.5,1.0,0.1"
    for fields in [
      "", "1", line, "x" + line, "nan" + line.dropFirst(), line + ",", "\(line)\n\(line)",
      "1,3,nan,nan,nan,nan,nan,nan,nan", "1,3,inf,inf,inf,inf,inf,inf,inf", "1,3,-inf,-inf,-inf,-inf,-inf,-inf,-inf",
      "1,3,1e308,1e308,1e308,1e308,1e308,1e308,1e308", "-1,-3,-1,-1,-1,-1,-1,-1,-1", "0,0,0,0,0,0,0,0,0",
      "9223372036854775807,3,0,0,0,0,0,0,0", "-9223372036854775808,3,0,0,0,0,0,0,0",
      "1,9223372036854775807,0,0,0,0,0,0,0", "1,-9223372036854775808,0,0,0,0,0,0,0",
    ] {
      try run.folder.write("\(RunLog.header)\n\(fields)\n", as: RunFolder.logName)
      let (end, error) = try run.goOn(run.metadata)
      #expect(end != nil || error is RunError, "\(fields): \(error.map { "\($0)" } ?? "")")
    }
    try run.folder.write("\(RunLog.header)\n\(line)\n", as: RunFolder.logName)
    let events = try run.folder.read(RunFolder.eventsName)
    for place in stride(from: 0, to: events.count, by: 7) {
      var changed = events
      changed[place] = 0xFF
      try run.folder.write(changed, as: RunFolder.eventsName)
      #expect(try run.goOn(run.metadata).end == .complete, "byte \(place) of the events")
    }
  }
}
