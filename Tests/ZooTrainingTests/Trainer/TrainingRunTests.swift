import Testing
import ZooKit
import ZooTraining

/// Training and fine-tuning in one call.
@Suite struct TrainingRunTests {
  private static func options(_ folder: ScratchFolder, resumes: Bool = false) -> TrainingRun.Options {
    TrainingRun.Options(
      folder: "\(folder.path)/run", resumes: resumes, trainer: Trainer.Options(threads: 1))
  }

  @Test("a run that is interrupted and resumed, and goes on with no other recipe")
  func resumed() throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path, training: 16, test: 3)
    let network = try TrainerFixture.network()
    let recipe = TrainerFixture.recipe(epochs: 2)
    let whole = try TrainingRun(
      network, data: folder.path, recipe: recipe, options: TrainingRun.Options(trainer: Trainer.Options(threads: 1)))
    #expect(!whole.isAdapted && whole.weights == nil)
    let expected = try whole.run()
    #expect(expected.end != .interrupted)

    let begun = try TrainingRun(network, data: folder.path, recipe: recipe, options: Self.options(folder))
    var steps = 0
    let part = try begun.run(isInterrupted: {
      steps += 1
      return steps > 3
    })
    #expect(part.end == .interrupted)
    #expect(throws: RunError.runExists("\(folder.path)/run")) {
      try TrainingRun(network, data: folder.path, recipe: recipe, options: Self.options(folder)).run()
    }
    let error = #expect(throws: TrainingError.self) {
      _ = try TrainingRun(network, data: folder.path, options: Self.options(folder, resumes: true)) {
        var other = $0
        other.epochs = 3
        return other
      }
    }
    guard case .changed(let changes)? = error else {
      return #expect(Bool(false), "\(error.map(String.init(describing:)) ?? "no error")")
    }
    #expect(changes.map(\.field) == ["epochs"])
    let rest = try TrainingRun(network, data: folder.path, options: Self.options(folder, resumes: true)).run()
    #expect(rest.weightsDigest == expected.weightsDigest)
  }

  @Test("from weights, with a new last layer for other classes and the rate of fine-tuning")
  func fineTuning() throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path, training: 8, test: 3)
    let network = try TrainerFixture.network(TrainerFixture.plain)
    let run = try TrainingRun(
      network, data: folder.path, start: .weights(.synthetic(seed: 1)),
      options: TrainingRun.Options(memorized: 4, freezing: .allButHead, trainer: Trainer.Options(threads: 1)))
    #expect(run.trainer.recipe.learningRate == 0.001 && run.parts.training.count == 4)
    #expect(run.trainer.tensors.filter(\.learns).map(\.name) == ["fc.weight", "fc.bias"])
    #expect(run.weights?.report.isComplete == true && !run.isAdapted)
    #expect(try run.openFolder() == nil)
  }
}
