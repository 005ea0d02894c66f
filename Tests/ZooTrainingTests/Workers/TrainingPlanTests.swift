import Testing
import ZooKernels
import ZooKit
import ZooTraining

@Suite("How long training takes with more processes", .timeLimit(.minutes(5)))
struct TrainingPlanTests {
  /// One hundred numbers in two parts.
  static let tensors = [(count: 100, step: 0)]

  /// A second a slice, of which there are eight; what it takes beside is 0 unless `change` says more.
  static func plan(
    _ workers: [Int], threads: Int = 1, machines: TrainingPlan.Machines = .init(processors: 1, count: nil),
    network: TrainingPlan.Network = .init(bytesPerSecond: .infinity, latency: 0), completion: Double = 1,
    _ change: (inout TrainingPlan.Measured) -> Void = { _ in }
  ) throws -> TrainingPlan {
    var measured = TrainingPlan.Measured(
      steps: 1, sliceSeconds: 1, commonSeconds: 0, updateSeconds: 0, additionSeconds: 0, pictureSeconds: 0,
      validationSeconds: 0, completion: [completion], memory: 1000)
    change(&measured)
    return try TrainingPlan(
      TrainingPlan.Work(slices: 8, batch: 64, steps: 10, epochs: 1, validated: 100, numbers: 100), tensors: tensors,
      statistics: 0, workers: workers, threads: threads, machines: machines, network: network, measured: measured,
      partFloats: 50)
  }

  @Test("the process with most slices is waited for", arguments: [(1, 8), (2, 4), (3, 3), (5, 2), (7, 2), (8, 1)])
  func slices(workers: Int, seconds: Double) throws {
    let row = try #require(try Self.plan([workers]).rows.first)
    #expect(row.stepSeconds == seconds && row.epochSeconds == 10 * seconds && row.machines == workers)
    #expect(row.efficiency == 8 / (Double(workers) * seconds) && row.boundBy == .computing)
  }

  @Test("processes that share processors are slower, and make pictures on them as well")
  func crowded() throws {
    let one = TrainingPlan.Machines(processors: 2, count: 1)
    // Five times in a step each of two that share a processor has a turn of 3 ms.
    func steps(_ plan: TrainingPlan) -> [Double] { plan.rows.map { ($0.stepSeconds * 1e6).rounded() / 1e6 } }
    #expect(steps(try Self.plan([1, 2, 3, 4], machines: one)) == [8, 4, 4.53, 4.03])
    #expect(steps(try Self.plan([1, 2], threads: 2, machines: one)) == [8, 8.03])
    // 64 pictures of a sixteenth of a second are four seconds of a processor.
    let withPictures = try Self.plan([1, 2, 4], machines: one) { $0.pictureSeconds = 1 / 16 }
    #expect(steps(withPictures) == [8, 6, 6.03])
    let slow = try Self.plan([1, 2], machines: .init(processors: 2, count: nil)) { $0.pictureSeconds = 1 / 4 }
    #expect(slow.rows.map(\.stepSeconds) == [16, 12] && slow.rows.allSatisfy { $0.boundBy == .pictures })
    let validated = try Self.plan([1, 2, 3], machines: one) { $0.validationSeconds = 1 }
    let epochs: [Double] = [80 + 100, 40 + 50, 45.3 + 51]
    #expect(zip(validated.rows, epochs).allSatisfy { abs($0.epochSeconds - $1) < 1e-9 })
  }

  @Test("the network takes what is not over when the pass is, and what follows it")
  func network() throws {
    let slow = TrainingPlan.Network(bytesPerSecond: 100, latency: 0)
    // Gradients and moved numbers are 200 bytes each way, outcomes 4 × 6 numbers and two sums of 8 bytes, then twice 4 bytes.
    let row = try Self.plan([2], network: slow).rows[0]
    #expect(abs(row.networkSeconds - (2 + 2 + 1.2)) < 1e-9 && abs(row.stepSeconds - 9.2) < 1e-9, "\(row)")
    #expect(row.bytesOnLink == 520 && row.bytesSent == 2 * 400 && row.boundBy == .network)
    // Half of the last slice is left to compute when the gradients begin their way.
    #expect(abs(try Self.plan([2], network: slow, completion: 0.5).rows[0].networkSeconds - 4.7) < 1e-9)
    // A message to each other process, in five places of a step; to two of them in the first.
    let late = TrainingPlan.Network(bytesPerSecond: .infinity, latency: 0.25)
    let waits: [Double] = [0, 1.25, 7.5]
    #expect(try Self.plan([1, 2, 8], network: late).rows.map(\.networkSeconds) == waits)
    // Nothing crosses the network between processes of one machine.
    let together = try Self.plan([2], machines: .init(processors: 2, count: 1), network: slow).rows[0]
    #expect(together.stepSeconds == 4 && together.bytesOnLink == 0 && together.bytesSent == 800)
  }

  @Test("the optimiser moves a share in each process, after the additions of the others' sums")
  func shares() throws {
    let plan = try Self.plan([1, 2, 8]) {
      $0.updateSeconds = 10
      $0.additionSeconds = 0.01
      $0.commonSeconds = 0.5
    }
    let seconds: [Double] = [18.5, 4 + 5 + 0.5 + 0.5, 1 + 5 + 3.5 + 0.5]
    #expect(plan.rows.map(\.stepSeconds) == seconds)
  }

  @Test("there is no process without a slice", arguments: [0, 9, 2000])
  func tooMany(workers: Int) {
    #expect(throws: WorkerError.tooManyWorkers(workers, slices: 8)) { try Self.plan([1, workers]) }
  }

  @Test("what is said to be sent is what is sent", arguments: [(1, 1 << 20), (4, 17_000), (8, 1), (8, 20_000)])
  func traffic(slices: Int, bucketFloats: Int) throws {
    let counts = [17_000, 5, 16_384, 1, 40_001]
    let tensors = counts.indices.map { (count: counts[$0], step: 10 - $0) }
    for workers in 1...slices {
      let tree = SliceTree(slices: slices, workers: workers)
      let sent = try ThreadGroup.run(workers) { communicator in
        let buffers = counts.map { FloatBuffer(count: $0) }
        let exchange = GradientExchange(
          buffers.enumerated().map { ($1, 10 - $0) }, tree: tree, communicator: communicator,
          pool: ThreadPool(threads: 1), bucketFloats: bucketFloats)
        try exchange.begin()
        for slice in exchange.ownSlices {
          exchange.beginSlice()
          for step in 0...12 { exchange.stepIsOver(step, of: slice) }
        }
        try exchange.finish()
        try exchange.share(buffers)
        return exchange.sentByteCount
      }.map { try $0.get() }
      func traffic(_ machines: Int) -> ExchangeTraffic {
        ExchangeTraffic(
          tensors, tree: tree, machines: machines, partFloats: Machine.partFloats, bucketFloats: bucketFloats)
      }
      let said = traffic(workers)
      #expect(sent == (0..<workers).map { 4 * said.sent(by: $0) }, "\(workers) processes")
      #expect(said.numbers == counts.reduce(0, +) && said.largestShare * workers >= said.numbers)
      // Each on its machine: the busiest sends at least the average. All on one: nothing leaves it.
      let buckets = ParameterShares(
        tensors, workers: workers, partFloats: Machine.partFloats, bucketFloats: bucketFloats
      ).buckets.indices
      func onLinks(_ traffic: ExchangeTraffic) -> Int {
        buckets.reduce(traffic.movedNumbers.onLink) { $0 + traffic.gradients(ofBucket: $1).onLink }
      }
      #expect(onLinks(said) * workers >= sent.reduce(0, +) / 4, "\(workers) machines")
      #expect(onLinks(traffic(1)) == 0, "\(workers) processes on a machine")
      if workers == 1 { #expect(sent == [0]) }
    }
  }

  @Test("a trainer times steps, and is then what it was before")
  func measured() throws {
    let data = ScratchFolder()
    try TrainerFixture.writeDigits(to: data.path)
    let recipe = TrainerFixture.recipe(.adam(), batch: 8) {
      $0.slices = 4
      $0.ema = 0.9
    }
    let trainer = try Trainer(TrainerFixture.network(), recipe, data: data.path)
    let untouched = try Trainer(TrainerFixture.network(), recipe, data: data.path)
    let plan = try trainer.plan(workers: [1, 2, 3, 4], seconds: 0)
    #expect(trainer.step == 0 && trainer.weightsDigest() == untouched.weightsDigest())
    let (measured, work) = (plan.measured, plan.work)
    #expect(measured.steps == 3 && measured.memory > 0 && measured.completion.allSatisfy { (0...1).contains($0) })
    for seconds in [
      measured.sliceSeconds, measured.updateSeconds, measured.pictureSeconds, measured.validationSeconds,
      measured.additionSeconds,
    ] {
      #expect(seconds > 0 && seconds < 60)
    }
    #expect(work.slices == 4 && work.batch == 8 && work.steps == trainer.stepsPerEpoch && work.validated == 9)
    #expect(plan.rows.map(\.workers) == [1, 2, 3, 4] && plan.rows[0].efficiency == 1 && plan.rows[0].bytesSent == 0)
    #expect(plan.rows[0].stepSeconds >= 4 * measured.sliceSeconds)
    #expect(throws: WorkerError.tooManyWorkers(5, slices: 4)) { try trainer.plan(workers: [5]) }
    // The steps that were timed leave no trace in those that follow.
    #expect(try trainer.run(in: nil).weightsDigest == untouched.run(in: nil).weightsDigest)
  }
}
