import FoundationEssentials
import Testing
import ZooGraph
import ZooImages
import ZooKit
import ZooTensor
import ZooTraining
import ZooWeights

@Suite("What networks learn, and what is kept of it")
struct TrainerLearningTests {
  private static let animals = ["bird", "cat", "dog", "fish"]

  /// Folders with pictures of four classes, to learn from and to validate with.
  private func writeAnimals(to folder: String) throws {
    for (part, count) in [("train", 12), ("val", 5)] {
      for (label, name) in Self.animals.enumerated() {
        let path = "\(folder)/\(part)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for index in 0..<count {
          let pixels = TrainerFixture.pixels(100 * label + index + (part == "val" ? 50 : 0), class: label)
          let png = try PixelImage(width: 8, height: 8, pixels: pixels.flatMap { [$0, $0, $0] }).encodedAsPNG()
          try FileSystem.write(png, to: "\(path)/\(index).png")
        }
      }
    }
  }

  @Test("eight pictures by heart", arguments: [TrainerFixture.shortcut, TrainerFixture.plain])
  func memorizing(_ definition: String) throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path)
    let recipe = TrainerFixture.recipe(batch: 64) {
      $0.augmentation.shift = 2
      $0.mixing.mixup = 1
      $0.loss = .softmax(labelSmoothing: 0.3)
    }.memorizing(8)
    let parts = try DataSet.openForTraining(folder.path, holdingOut: 0, seed: 1).memorizing(8)
    #expect(parts.validation == nil && parts.training.classCounts == [3, 3, 2])
    let trainer = try Trainer(
      TrainerFixture.network(definition), recipe: recipe, parts: parts, options: Trainer.Options(threads: 1))
    #expect(trainer.stepsPerEpoch == 1 && trainer.totalSteps == 100)
    let losses = try trainer.run().log.records.map(\.trainingLoss)
    #expect((losses.min() ?? 1) < 0.05, "the least loss is \(losses.min() ?? 1), the first \(losses[0])")
  }

  @Test("classes that are easily told apart, with all optimisers")
  func separable() throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path, training: 60)
    let optimizers: [(Optimizer, Double)] = [(.sgd(), 0.05), (.adam(), 0.01), (.adamW(), 0.01)]
    for (optimizer, rate) in optimizers {
      let recipe = TrainerFixture.recipe(optimizer, learningRate: rate, epochs: 12) { $0.schedule = .cosine }
      let outcome = try Trainer(TrainerFixture.network(), recipe, data: folder.path).run()
      #expect(outcome.log.records.last?.validationTop1 == 1, "\(optimizer)")
      #expect(outcome.validation?.confusion.accuracy == 1 && outcome.validation?.images == 9)
      #expect(outcome.best.metric == 1)
    }
  }

  @Test("a batch for which there are not enough pictures takes memory for those that there are")
  func largeBatch() throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path)
    let wide = TrainerFixture.plain.replacing("{name: conv1, out: 6,", with: "{name: conv1, out: 8192,")
    let recipe = TrainerFixture.recipe(epochs: 1, batch: 65536)
    let trainer = try Trainer(TrainerFixture.network(wide), recipe, data: folder.path)
    #expect(trainer.stepsPerEpoch == 1)
    let record = try #require(try trainer.run().log.records.first)
    #expect(record.validationLoss != nil)
  }

  @Test("pictures of other classes, whose names travel with the weights")
  func newHead() throws {
    let (folder, scratch) = (ScratchFolder(), ScratchFolder())
    try writeAnimals(to: folder.path)
    let original = try TrainerFixture.network()
    let parts = try DataSet.openForTraining(folder.path, holdingOut: 0, seed: 1)
    #expect(try !original.tellsApart(parts.training))
    let network = try original.replacingHead(labels: parts.training.classNames ?? [])
    #expect(try network.tellsApart(parts.training))
    #expect(
      network.graph.tensors.filter { $0.shape[0] == 4 }.map(\.name) == [
        "side.weight", "side.bias", "fc.weight", "fc.bias",
      ])
    let recipe = TrainerFixture.recipe(epochs: 12, batch: 8) { ($0.schedule, $0.ema) = (.cosine, 0.5) }
    let run = try RunFolder.create("\(scratch.path)/run")
    let trainer = try Trainer(network, recipe, data: folder.path)
    #expect(trainer.classes == Self.animals)
    let outcome = try trainer.run(in: run)
    #expect(outcome.best.metric == 1)
    #expect(
      ["confusion.svg", "curves.svg", "events.out.tfevents.zoo", "log.csv", "recipe.yaml", "worst.png", "worst.tsv"]
        .allSatisfy(run.has))
    let best = try Model(run.path(of: RunFolder.bestName), options: Model.Options(threads: 1))
    #expect(best.labels?.labels.map(\.name) == Self.animals)
    for name in Self.animals {
      for index in 0..<5 {
        let answer = try best.classify(path: "\(folder.path)/val/\(name)/\(index).png")[0].label
        #expect(answer == name, "\(name)/\(index).png is taken for a \(answer)")
      }
    }
    // The last checkpoint has what training needs besides, and is a model all the same.
    let last = try Model(run.path(of: RunFolder.lastName), options: Model.Options(threads: 1))
    #expect(last.labels?.labels.map(\.name) == Self.animals)
    let weights = try LoadedWeights.load(.file(run.path(of: RunFolder.lastName)), for: network)
    for (name, tensor) in trainer.weights(averaged: false) {
      #expect(try weights.tensor(name).floats == tensor.floats, "\(name) of last.zoow")
    }
    let kept = try LoadedWeights.load(.file(run.path(of: RunFolder.bestName)), for: network)
    if outcome.best.epoch == 12 {
      for (name, tensor) in trainer.weights(averaged: true) {
        #expect(try kept.tensor(name).floats == tensor.floats, "\(name) of best.zoow")
      }
    }
  }

  @Test("a new last layer on weights of another network's, which stay")
  func finetuning() throws {
    let (folder, digits, scratch) = (ScratchFolder(), ScratchFolder(), ScratchFolder())
    try writeAnimals(to: folder.path)
    try TrainerFixture.writeDigits(to: digits.path, training: 60)
    let original = try TrainerFixture.network()
    let run = try RunFolder.create("\(scratch.path)/first")
    let recipe = TrainerFixture.recipe(epochs: 6) { $0.schedule = .cosine }
    try Trainer(original, recipe, data: digits.path).run(in: run)
    let network = try original.replacingHead(labels: Self.animals)
    let path = run.path(of: RunFolder.bestName)
    #expect(throws: (any Error).self) { try LoadedWeights.load(.file(path), for: network) }
    let weights = try LoadedWeights.load(.file(path), for: network, options: LoadOptions(hasNewHead: true))
    let adapted = try TrainerFixture.recipe(epochs: 8).adapted(to: network, freezing: .allButHead, headRate: 0.1)
    let next = try RunFolder.create("\(scratch.path)/second")
    let trainer = try Trainer(network, adapted, data: folder.path, start: .weights(weights))
    let outcome = try trainer.run(in: next)
    let before = try LoadedWeights.load(.file(path), for: original)
    for (name, tensor) in trainer.weights(averaged: false) where !name.hasPrefix("fc.") && !name.hasPrefix("side.") {
      #expect(try tensor.floats == before.tensor(name).floats, "\(name) has changed")
    }
    let first = try #require(outcome.log.records.first), last = try #require(outcome.log.records.last)
    #expect(last.trainingLoss < 0.7 * first.trainingLoss, "\(first.trainingLoss), then \(last.trainingLoss)")
    let model = try Model(next.path(of: RunFolder.bestName), options: Model.Options(threads: 1))
    #expect(model.labels?.labels.map(\.name) == Self.animals)
  }

  @Test("a checkpoint has all that was there at first, even what training has no use for")
  func otherStart() throws {
    let (data, scratch) = (ScratchFolder(), ScratchFolder())
    try TrainerFixture.writeDigits(to: data.path)
    let definition = TrainerFixture.shortcut
      .replacing(
        "  - fc: {name: fc, out: 3}\n",
        with: "  - fc: {name: fc, out: 3}\n  - conv: {name: other, from: conv1, out: 2, kernel: 1}\n"
      )
      .replacing("logits: fc\n", with: "logits: fc\n  features: {from: other, role: features}\n")
    let network = try TrainerFixture.network(definition)
    for state in Recipe.NormState.allCases {
      let recipe = TrainerFixture.recipe { ($0.freeze, $0.norms) = (["conv1", "bn1"], state) }
      func trainer(_ seed: UInt64) throws -> Trainer {
        let weights = try LoadedWeights.load(.synthetic(seed: seed), for: network)
        return try Trainer(network, recipe, data: data.path, start: .weights(weights))
      }
      let first = try trainer(1)
      let kept = first.tensorsByName
      let expected = try first.run().weightsDigest
      #expect(first.tensorsByName["other.weight"] == kept["other.weight"])
      let folder = try RunFolder.create("\(scratch.path)/\(state)")
      try trainer(1).run(steps: 3, in: folder)
      #expect(try trainer(2).run(in: folder, resuming: true).weightsDigest == expected, "norms \(state)")
    }
  }
}
