import Testing
import ZooKernels
import ZooKit
import ZooTraining

@Suite("What cannot be trained is said in a sentence")
struct TrainerErrorTests {
  private func message(
    _ definition: String = TrainerFixture.shortcut, _ recipe: Recipe = TrainerFixture.recipe(),
    then body: (Trainer) throws -> Void = { _ in }
  ) throws -> String {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path)
    do {
      try body(Trainer(TrainerFixture.network(definition), recipe, data: folder.path))
      return "nothing"
    } catch let error as TrainingError {
      return error.message
    }
  }

  @Test("nothing learns")
  func frozen() throws {
    let text = "nothing learns: all tensors are frozen or have a rate of zero"
    #expect(try message(TrainerFixture.shortcut, TrainerFixture.recipe { $0.freeze = ["*"] }) == text)
    #expect(
      try message(
        TrainerFixture.shortcut, TrainerFixture.recipe { $0.rates = [Recipe.Rate(pattern: "*", factor: 0)] }) == text)
  }

  @Test("patterns that fit no layer")
  func patterns() throws {
    let recipe = TrainerFixture.recipe {
      ($0.freeze, $0.rates) = (["conv3"], [Recipe.Rate(pattern: "layer*", factor: 2)])
    }
    #expect(
      try message(TrainerFixture.shortcut, recipe)
        == "no layer is called 'layer*', 'conv3' (did you mean 'conv1'?); among the layers are bn1, bn2, conv1, conv2, fc, side"
    )
  }

  @Test("other numbers of classes")
  func classes() throws {
    let two = TrainerFixture.plain.replacing("{name: fc, out: 3}", with: "{name: fc, out: 2}")
    #expect(try message(two) == "the network tells 2 classes apart, the data have 3")
  }

  @Test("no preprocessing")
  func preprocessing() throws {
    let bare = TrainerFixture.plain.replacing("preprocess: {channels: grey, divide_by: 255}\n", with: "")
    #expect(
      try message(bare) == "plain does not say how pictures become its input: its definition has no 'preprocess'")
  }

  @Test("a norm over a single number")
  func singleValue() throws {
    let single = """
      zoo: 1
      name: single
      title: One number a channel
      input: [1, 8, 8]
      preprocess: {channels: grey, divide_by: 255}
      layers:
        - conv: {name: conv, out: 5, kernel: 8}
        - batch_norm: {name: bn}
        - fc: {name: fc, out: 3}
      outputs: {logits: fc}
      """
    #expect(
      try message(single, TrainerFixture.recipe(batch: 1))
        == "batch norm 'bn' would normalise with the statistics of a single number for each channel; a larger batch or input is needed, or stored statistics"
    )
    #expect(try message(single, TrainerFixture.recipe(batch: 1) { $0.norms = .statisticsFixed }) == "nothing")
    #expect(try message(single, TrainerFixture.recipe(batch: 2)) == "nothing")
  }

  @Test("numbers that are none any more, with the checkpoint before them kept")
  func notFinite() throws {
    let scratch = ScratchFolder()
    let recipe = TrainerFixture.recipe(learningRate: 1e20)
    for definition in [TrainerFixture.plain, TrainerFixture.shortcut] {
      let folder = try RunFolder.create("\(scratch.path)/\(definition.utf8.count)")
      var (kept, step) = ([UInt8](), 0)
      let text = try message(definition, recipe) { trainer in
        defer { step = trainer.step }
        _ = try trainer.run(
          in: folder,
          isInterrupted: {
            if kept.isEmpty { kept = (try? folder.read(RunFolder.lastName)) ?? [] }
            return false
          })
      }
      let network = try TrainerFixture.network(definition)
      let tensors = network.graph.tensors.map(\.name)
      let expected = Set(
        tensors.map {
          "the loss is not a number in step \(step + 1), epoch 1, at a learning rate of 1e+20; the first tensor with such "
            + "numbers is \($0); a tenth of the rate, a warm-up or a limit of the gradient's norm may help"
        })
      #expect(expected.contains(text), "\(text)")
      #expect((1...7).contains(step))
      #expect(try !kept.isEmpty && folder.read(RunFolder.lastName) == kept)
      let weights = try LoadedWeights.load(.file(folder.path(of: RunFolder.lastName)), for: network)
      for name in tensors { #expect(try weights.tensor(name).floats.allSatisfy(\.isFinite), "\(name)") }
    }
  }
}
