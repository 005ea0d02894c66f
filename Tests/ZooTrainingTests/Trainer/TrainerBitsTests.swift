import Testing
import ZooKernels
import ZooKit
import ZooTraining

@Suite("The same recipe, network and data end with the same bits")
struct TrainerBitsTests {
  static let recipe = TrainerFixture.recipe(.sgd(nesterov: true)) {
    $0.schedule = .cosine
    $0.weightDecay = 1e-3
    $0.augmentation.shift = 1
    $0.mixing.mixup = 0.4
    $0.clipNorm = 1
    $0.ema = 0.9
    $0.accumulate = 2
  }

  private func digest(
    _ definition: String, _ numerics: Numerics, _ folder: String, _ options: Trainer.Options
  ) throws -> String {
    var recipe = Self.recipe
    recipe.numerics = numerics
    let trainer = try Trainer(try TrainerFixture.network(definition), recipe, data: folder, options: options)
    let before = trainer.weightsDigest()
    let outcome = try trainer.run()
    #expect(outcome.end == .complete && trainer.step == trainer.totalSteps && outcome.weightsDigest != before)
    #expect(outcome.weightsDigest == trainer.weightsDigest())
    return outcome.weightsDigest
  }

  @Test(
    "for any number of threads, on every instruction set", arguments: [TrainerFixture.shortcut, TrainerFixture.plain])
  func threads(_ definition: String) throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path)
    for numerics in Numerics.allCases {
      var digests: Set<String> = []
      for set in InstructionSet.available {
        for threads in 1...3 {
          digests.insert(
            try digest(definition, numerics, folder.path, Trainer.Options(threads: threads, instructionSet: set)))
        }
        if numerics != .direct {
          #expect(digests.count == 1, "\(numerics) on \(set)")
          digests = []
        }
      }
      if numerics == .direct { #expect(digests.count == 1, "on \(InstructionSet.available)") }
    }
  }

  @Test("whether pictures are kept or decoded each time")
  func budget() throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path)
    let digests = try [0, 500, 1 << 20].map {
      try digest(TrainerFixture.shortcut, .direct, folder.path, Trainer.Options(threads: 1, pictureBudget: $0))
    }
    #expect(Set(digests).count == 1)
  }

  @Test("but not with another seed, nor with anything else of the recipe that counts")
  func sensitivity() throws {
    let folder = ScratchFolder()
    try TrainerFixture.writeDigits(to: folder.path)
    let changes: [(String, (inout Recipe) -> Void)] = [
      ("nothing", { _ in }), ("seed", { $0.seed = 2 }), ("lr", { $0.learningRate = 0.04 }),
      ("weight_decay", { $0.weightDecay = 0.1 }), ("decay_norms", { $0.decayNorms = true }),
      ("clip_norm", { $0.clipNorm = 0.1 }), ("accumulate", { $0.accumulate = 1 }),
      ("shift", { $0.augmentation.shift = 2 }),
      ("mixup", { $0.mixing.mixup = 0 }), ("momentum", { $0.optimizer.momentum = 0.5 }),
      ("nesterov", { $0.optimizer.nesterov = false }), ("adam", { $0.optimizer = .adam() }),
      ("adamw", { $0.optimizer = .adamW() }), ("schedule", { $0.schedule = .oneCycle }), ("warmup", { $0.warmup = 1 }),
      ("rates", { $0.rates = [Recipe.Rate(pattern: "conv2", factor: 0.5)] }), ("freeze", { $0.freeze = ["conv1"] }),
      ("norms", { $0.norms = .statisticsFixed }), ("loss", { $0.loss = .svm }),
      ("label_smoothing", { $0.loss = .softmax(labelSmoothing: 0.1) }),
      ("class_weights", { $0.loss = .softmax(classWeights: .balanced) }),
      ("init", { $0.initialization = .xavierNormal }),
    ]
    var names: [String: String] = [:]
    for (name, change) in changes {
      var recipe = Self.recipe
      change(&recipe)
      let trainer = try Trainer(try TrainerFixture.network(), recipe, data: folder.path)
      let digest = try trainer.run().weightsDigest
      #expect(names[digest] == nil, "\(name) is as \(names[digest] ?? "")")
      names[digest] = name
    }
  }
}
