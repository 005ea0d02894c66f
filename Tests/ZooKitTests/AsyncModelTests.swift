import FoundationEssentials
import Testing
import ZooImages
import ZooKernels
import ZooKit
import ZooRuntime
import ZooTensor
import ZooWeights

/// What a server asks of a model.
@Suite struct AsyncModelTests {
  private static let samples = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../zoo/samples").path
  private static let names = ["000-is-1", "007-is-9", "103-is-3", "200-is-5", "296-is-8"]

  private func path(_ name: String) -> String { "\(Self.samples)/test-\(name).png" }

  private func model(_ options: Model.Options = Model.Options()) throws -> Model {
    try Model(Catalogue.defaultModel, options: options)
  }

  private func pictures() throws -> [PixelImage] { try Self.names.map { try PixelImage(path: path($0)) } }

  private func bits(_ tensor: Tensor) -> [UInt32] { tensor.floats.map(\.bitPattern) }

  @Test("asynchronous calls answer as the others do", arguments: [false, true])
  func sameAnswers(usesInterpreter: Bool) async throws {
    let model = try model(Model.Options(usesInterpreter: usesInterpreter))
    let pictures = try pictures()
    let inputs = try pictures.map { try model.input(for: $0) }
    func one() throws -> [[Classification]] { try pictures.map { try model.classify($0, top: 3) } }
    func batches() throws -> [[Classification]] { try model.classify(pictures, top: 3, batch: 2) }
    func ten() throws -> [Classification] { try model.classify(pictures[0], crops: .ten, top: 3) }
    func logits() throws -> Tensor { try model.logits(inputs[1]) }
    let expected = try one()
    #expect(try batches() == expected)
    for (index, name) in Self.names.enumerated() {
      #expect(try await model.classify(pictures[index], top: 3) == expected[index], "\(name)")
      #expect(try await model.classify(path: path(name), top: 3) == expected[index], "\(name)")
      #expect(try await model.classify(inputs[index], top: 3) == expected[index], "\(name)")
      let encoded = Array(try Data(contentsOf: URL(filePath: path(name))))
      #expect(try await model.classify(encoded: encoded, top: 3) == expected[index], "\(name)")
    }
    for batch in [1, 2, 3, 16] {
      #expect(try await model.classify(pictures, top: 3, batch: batch) == expected, "\(batch) at a time")
    }
    #expect(try await model.classify(batch: Model.stacked(inputs), top: 3) == expected)
    #expect(try await model.classify([PixelImage]()).isEmpty)
    #expect(try await model.classify(pictures[0], crops: .ten, top: 3) == ten())
    #expect(bits(try await model.logits(inputs[1])) == bits(try logits()))
  }

  @Test("a model that a task loads answers as one that was made, and takes its turn in its queue")
  func loading() async throws {
    let picture = try PixelImage(path: path("103-is-3"))
    func expected() throws -> [Classification] { try model().classify(picture) }
    let queue = PassQueue(running: 1, waiting: 0)
    let options = Model.Options(queue: queue)
    let loaded = try await Model.load(Catalogue.defaultModel, options: options)
    #expect(try await loaded.classify(picture) == expected())
    let other = try await Model.load(Network.find(Catalogue.defaultModel), outputs: ["conv1"], options: options)
    #expect(other.outputs == ["conv1"])
    await #expect(throws: ZooError.self) { try await Model.load("no-such-network", options: options) }
    // While another call has the only place, a load is refused as a picture is.
    let door = PassQueueTests.Door()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await queue.run { _ in door.wait() }
      }
      while queue.runningCount == 0 { await Task.yield() }
      await #expect(throws: ZooError.queueFull(running: 1, waiting: 0)) {
        try await Model.load(Catalogue.defaultModel, options: options)
      }
      door.open()
      try await group.waitForAll()
    }
  }

  @Test("they throw what the others throw")
  func errors() async throws {
    let model = try model()
    await #expect(throws: RuntimeError.self) { try await model.classify([PixelImage](), batch: 0) }
    await #expect(throws: ImageError.self) { try await model.classify(path: "/nowhere.png") }
    await #expect(throws: ImageError.self) { try await model.classify(encoded: [1, 2, 3], name: "upload") }
    await #expect(throws: ZooError.severalImages(2)) {
      try await model.classify(SyntheticCheckpoint.input(shape: [2, 1, 28, 28]))
    }
    await #expect(throws: ZooError.self) { try await model.logits(SyntheticCheckpoint.input(shape: [3, 9, 9])) }
  }

  @Test(
    "a pass that is cancelled after any number of loops throws, and the next has its bits", arguments: [false, true])
  func cancelledPasses(usesInterpreter: Bool) throws {
    for threads in [1, 2] {
      let options = Model.Options(usesInterpreter: usesInterpreter, threads: threads)
      let model = try Model(
        SlidingNetworks.network(SlidingNetworks.padded), weights: .synthetic(seed: 3), options: options)
      let images = SyntheticCheckpoint.input(shape: [2, 3, 32, 32])
      let expected = bits(try model.logits(images))
      var finished = false
      var loops = 0
      while !finished {
        do {
          let answer = try model.run(images, until: Cancellation(afterLoops: loops))
          #expect(bits(answer.logits) == expected)
          finished = true
        } catch is CancellationError {
          loops += 1
        }
        #expect(bits(try model.logits(images)) == expected, "after \(loops) loops on \(threads) threads")
        try #require(loops < 1000)
      }
      #expect(loops > 5)
    }
  }

  @Test("a task that is cancelled throws, and the next call has its answer")
  func cancelledTask() async throws {
    let model = try model()
    let picture = try PixelImage(path: path("103-is-3"))
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await model.classify(picture)
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await model.classify(picture, top: 1).map(\.label) == ["3"])
    let sliding = try SlidingClassifier(.find(Catalogue.defaultModel))
    let large = try PixelImage(path: "\(Self.samples)/../pictures/digits.png")
    let slide = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await sliding.classify(large)
    }
    slide.cancel()
    await #expect(throws: CancellationError.self) { try await slide.value }
    func expected() throws -> [Double] { try sliding.classify(large).probabilities }
    #expect(try await sliding.classify(large).probabilities == expected())
  }

  @Test("two models share their threads, and answer at the same time as alone")
  func sharedThreads() async throws {
    let digits = try model()
    let other = try Model(SlidingNetworks.network(SlidingNetworks.padded), weights: .synthetic(seed: 3))
    let picture = try PixelImage(path: path("200-is-5"))
    let image = SyntheticCheckpoint.input(shape: [3, 32, 32])
    func alone() throws -> ([Classification], Tensor) { (try digits.classify(picture), try other.logits(image)) }
    let (best, logits) = try alone()
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 {
        group.addTask { try await digits.classify(picture) == best }
        group.addTask { [self] in bits(try await other.logits(image)) == bits(logits) }
      }
      for try await isSame in group { #expect(isSame) }
    }
  }

  @Test("a model keeps the memory of few passes, and of none once it is trimmed")
  func trim() async throws {
    let model = try model()
    #expect(model.idleRunnerCount == 0)
    let input = try model.input(for: PixelImage(path: path("007-is-9")))
    func logits() throws -> [UInt32] { bits(try model.logits(input)) }
    let expected = try logits()
    #expect(model.idleRunnerCount == 1)
    try await withThrowingTaskGroup(of: [UInt32].self) { group in
      for _ in 0..<64 { group.addTask { [self] in bits(try await model.logits(input)) } }
      for try await found in group { #expect(found == expected) }
    }
    for count in 1...8 {
      _ = try await model.classify(batch: Model.stacked(Array(repeating: input, count: count)))
    }
    #expect((1...max(2, model.threadCount)).contains(model.idleRunnerCount))
    model.trim()
    #expect(model.idleRunnerCount == 0)
    #expect(try logits() == expected)
    #expect(model.idleRunnerCount == 1)
  }
}
