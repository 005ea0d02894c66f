import ZooKernels
import ZooKit

/// How long training takes with other numbers of processes that share the steps (`zoo-mpi`), from steps that were timed here.
///
/// A process has its slices to compute one after the other, and pictures to make ready meanwhile. Where a machine has fewer
/// processors than its processes have threads, they share them, also with those that wait, since MPI asks again and again; and
/// each time that processes wait for each other, all must have had a turn. The sums of gradients of a bucket begin their way when the
/// last slice has them, so that only what is not there at the end of the pass is waited for; then each process adds and moves
/// its share of the numbers, and gives it to all others. A message takes the latency, and its bytes by the bandwidth of a
/// machine's link in each direction, and those of one process go one after the other: α + βn of R. Thakur, R. Rabenseifner
/// and W. Gropp, "Optimization of Collective Communication Operations in MPICH" (2005), which networks that send several at
/// once do not reach. All machines are taken to be like this one, with nobody else on them.
public struct TrainingPlan: Encodable, Hashable, Sendable {
  /// What was seen here. All times are in seconds.
  public struct Measured: Encodable, Hashable, Sendable {
    /// How many steps were timed.
    public var steps: Int
    /// One slice forward and backward, with the addition of its gradients to those of other slices.
    public var sliceSeconds: Double
    /// What a step takes beside, which processes do not share: statistics of norms, the length of the gradient.
    public var commonSeconds: Double
    /// The optimiser's move of all numbers.
    public var updateSeconds: Double
    /// The addition of a number to another.
    public var additionSeconds: Double
    /// One picture of a batch, by one thread.
    public var pictureSeconds: Double
    /// One picture of the validation, by all threads.
    public var validationSeconds: Double
    /// For each bucket of gradients: after which share of a slice's pass it is complete, from 0 to 1.
    public var completion: [Double]
    /// Memory of a process that has all slices, in bytes.
    public var memory: Int

    /// - Parameters:
    ///   - steps: how many were timed.
    ///   - sliceSeconds: one slice.
    ///   - commonSeconds: what processes do not share.
    ///   - updateSeconds: the optimiser's move.
    ///   - additionSeconds: one addition.
    ///   - pictureSeconds: one picture of a batch.
    ///   - validationSeconds: one picture of the validation.
    ///   - completion: of the buckets.
    ///   - memory: of a process that has all slices.
    public init(
      steps: Int, sliceSeconds: Double, commonSeconds: Double, updateSeconds: Double, additionSeconds: Double,
      pictureSeconds: Double, validationSeconds: Double, completion: [Double], memory: Int
    ) {
      self.steps = steps
      self.sliceSeconds = sliceSeconds
      self.commonSeconds = commonSeconds
      self.updateSeconds = updateSeconds
      self.additionSeconds = additionSeconds
      self.pictureSeconds = pictureSeconds
      self.validationSeconds = validationSeconds
      self.completion = completion
      self.memory = memory
    }
  }

  /// What joins machines.
  public struct Network: Encodable, Hashable, Sendable {
    /// Of a machine's link in each direction.
    public let bytesPerSecond: Double
    /// Of a message, in seconds.
    public let latency: Double

    /// Ethernet of 10 gigabits a second.
    public static let standard = Network(bytesPerSecond: 1.25e9, latency: 50e-6)

    /// - Parameters:
    ///   - bytesPerSecond: of a machine's link in each direction, above 0.
    ///   - latency: of a message, in seconds.
    public init(bytesPerSecond: Double, latency: Double) {
      (self.bytesPerSecond, self.latency) = (bytesPerSecond, latency)
    }
  }

  /// What the run is, whoever computes it.
  public struct Work: Encodable, Hashable, Sendable {
    /// Slices of a batch.
    public let slices: Int
    /// Pictures of a step.
    public let batch: Int
    /// Steps of an epoch.
    public let steps: Int
    /// Epochs of the run.
    public let epochs: Int
    /// Pictures of a validation.
    public let validated: Int
    /// Numbers that learn, as kernels have them.
    public let numbers: Int

    init(_ trainer: Trainer) {
      slices = trainer.tree.slices
      batch = trainer.imagesPerBatch
      steps = trainer.stepsPerEpoch
      epochs = trainer.recipe.epochs
      validated = trainer.validation?.count ?? 0
      numbers = trainer.update.items.reduce(0) { $0 + $1.numbers.weights.count }
    }

    package init(slices: Int, batch: Int, steps: Int, epochs: Int, validated: Int, numbers: Int) {
      (self.slices, self.batch, self.steps, self.epochs) = (slices, batch, steps, epochs)
      (self.validated, self.numbers) = (validated, numbers)
    }
  }

  /// What takes most of a step.
  public enum Bound: String, Encodable, Hashable, Sendable {
    case computing, pictures, network
  }

  /// A number of processes.
  public struct Row: Encodable, Hashable, Sendable {
    /// How many there are.
    public let workers: Int
    /// On how many machines.
    public let machines: Int
    /// A step of the optimiser.
    public let stepSeconds: Double
    /// The part of it in which the network is waited for.
    public let networkSeconds: Double
    /// An epoch, with its validation.
    public let epochSeconds: Double
    /// How long one process takes, by what all of them do.
    public let efficiency: Double
    /// The memory of the processes of a machine, in bytes.
    public let memoryPerMachine: Int
    /// What all processes send in a step, in bytes, those on the same machine too.
    public let bytesSent: Int
    /// What goes over the busiest link in a step, in the direction that has more, in bytes.
    public let bytesOnLink: Int
    /// What takes most of a step.
    public let boundBy: Bound
  }

  /// The numbers of processes that there can be.
  public static let workerCounts = 1...1024

  /// The name and version of this form.
  public let schema = "zoo.trainplan/1"
  /// What the run is.
  public let work: Work
  /// The threads of a process.
  public let threads: Int
  /// The processors of a machine.
  public let processors: Int
  /// What it is made from.
  public let measured: Measured
  /// What it assumes of the network.
  public let network: Network
  /// The numbers of processes, as they were asked for.
  public let rows: [Row]

  /// What rows are computed from.
  package struct Machines: Sendable {
    package let processors: Int
    /// `nil` for as many as give each thread a processor.
    package let count: Int?

    package init(processors: Int, count: Int?) { (self.processors, self.count) = (max(1, processors), count) }
  }

  /// `tensors`: as of `ExchangeTraffic`. `statistics`: numbers that each slice has of batch norms.
  package init(
    _ work: Work, tensors: [(count: Int, step: Int)], statistics: Int, workers: [Int], threads: Int, machines: Machines,
    network: Network, measured: Measured, partFloats: Int = Machine.partFloats,
    bucketFloats: Int = ParameterShares.bucketFloats
  ) throws {
    if let count = workers.first(where: { !Self.workerCounts.contains($0) || $0 > work.slices }) {
      throw WorkerError.tooManyWorkers(count, slices: work.slices)
    }
    (self.work, self.threads, self.measured, self.network) = (work, max(1, threads), measured, network)
    processors = machines.processors
    let squares = tensors.reduce(0) { $0 + ($1.count + partFloats - 1) / partFloats }
    func step(_ workers: Int) -> Step {
      let needed = (workers * max(1, threads) + machines.processors - 1) / machines.processors
      let traffic = ExchangeTraffic(
        tensors, tree: SliceTree(slices: work.slices, workers: workers),
        machines: min(workers, machines.count ?? needed), partFloats: partFloats, bucketFloats: bucketFloats)
      return Step(
        work, measured, network, traffic, threads: max(1, threads), processors: machines.processors,
        statistics: statistics, squares: squares)
    }
    let alone = step(1).epochSeconds
    rows = workers.map { count in
      let step = step(count)
      return Row(
        workers: count, machines: step.traffic.machines.count, stepSeconds: step.seconds,
        networkSeconds: step.networkSeconds, epochSeconds: step.epochSeconds,
        efficiency: alone / (Double(count) * step.epochSeconds), memoryPerMachine: step.memoryPerMachine,
        bytesSent: (0..<count).reduce(0) { $0 + 4 * step.traffic.sent(by: $1) }, bytesOnLink: step.bytesOnLink,
        boundBy: step.boundBy)
    }
  }
}

/// A step of processes that share it.
private struct Step {
  let traffic: ExchangeTraffic
  private let work: TrainingPlan.Work
  private let measured: TrainingPlan.Measured
  private let network: TrainingPlan.Network
  private let threads: Int
  private let processors: Int
  private let statistics: Int
  private let squares: Int

  init(
    _ work: TrainingPlan.Work, _ measured: TrainingPlan.Measured, _ network: TrainingPlan.Network,
    _ traffic: ExchangeTraffic, threads: Int, processors: Int, statistics: Int, squares: Int
  ) {
    (self.work, self.measured, self.network, self.traffic) = (work, measured, network, traffic)
    (self.threads, self.processors, self.statistics, self.squares) = (threads, processors, statistics, squares)
  }

  private var workers: Int { traffic.tree.workers }
  private var mostSlices: Int { (work.slices + workers - 1) / workers }
  private var imagesPerSlice: Double { Double(work.batch) / Double(work.slices) }
  private var perMachine: Int { traffic.machines.map(\.count).max() ?? 1 }
  /// How much longer computing takes where threads are more than processors.
  private var crowding: Double { max(1, Double(perMachine * threads) / Double(processors)) }
  /// The slices of the process that has most, without anything else going on.
  private var passSeconds: Double { Double(mostSlices) * measured.sliceSeconds }
  /// The pictures of that process, made by as many threads as may make them.
  private var pictureSeconds: Double {
    Double(mostSlices) * imagesPerSlice * measured.pictureSeconds / Double(min(threads, 8))
  }
  /// All that the processors of the busiest machine have to do for slices and pictures.
  private var machineSeconds: Double {
    let slices = traffic.machines.map { machine in machine.reduce(0) { $0 + traffic.tree.slices(of: $1).count } }.max()
    let ofSlice = measured.sliceSeconds * Double(threads) + imagesPerSlice * measured.pictureSeconds
    return Double(slices ?? 0) * ofSlice / Double(processors)
  }
  private var computeSeconds: Double { max(crowding * passSeconds, pictureSeconds, machineSeconds) }

  /// How long Linux lets a thread run while others wait for its processor.
  private static let turnSeconds = 0.003
  /// How often the processes wait for each other in a step.
  private static let waits = 5.0

  private var turnsSeconds: Double {
    workers > 1 && crowding > 1 ? Self.waits * crowding.rounded(.up) * Self.turnSeconds : 0
  }

  /// What the network takes of a load; numbers that stay on the machine are copied there and from there.
  private func seconds(_ load: ExchangeTraffic.Load) -> Double {
    Double(load.messages) * network.latency + 4 * Double(load.onLink) / network.bytesPerSecond
  }

  private func copySeconds(_ load: ExchangeTraffic.Load) -> Double {
    2 * Double(load.local) * measured.additionSeconds * crowding
  }

  private var gradients: [ExchangeTraffic.Load] { measured.completion.indices.map { traffic.gradients(ofBucket: $0) } }

  /// How long after the last slice the last sum of another process is there.
  private var exposedSeconds: Double {
    // Of the pass over the last slice, which takes its share of all that is computed.
    let lastSlice = computeSeconds / Double(mostSlices)
    var time = 0.0
    for (load, share) in zip(gradients, measured.completion) {
      time = max(time, computeSeconds - (1 - share) * lastSlice) + seconds(load)
    }
    return max(0, time - computeSeconds)
  }

  /// Three small messages to all others: what slices came to, with sums of squares; and twice whether to stop.
  private var smallLoads: [ExchangeTraffic.Load] {
    let outcome = mostSlices * (6 + statistics) + 2 * squares
    return [outcome, 1, 1].map { traffic.exchange(of: $0) }
  }

  var networkSeconds: Double {
    exposedSeconds + seconds(traffic.movedNumbers) + smallLoads.reduce(0) { $0 + seconds($1) }
  }

  /// Additions of other processes' sums, the optimiser's move of the largest share, and what stays on the machine.
  private var shareSeconds: Double {
    let part = Double(traffic.largestShare)
    let additions = Double(traffic.rootCount - 1) * part * measured.additionSeconds
    let update = measured.updateSeconds * part / Double(max(1, work.numbers))
    let copies = (gradients + smallLoads + [traffic.movedNumbers]).reduce(0) { $0 + copySeconds($1) }
    return (additions + update + measured.commonSeconds) * crowding + copies + turnsSeconds
  }

  var seconds: Double { computeSeconds + networkSeconds + shareSeconds }

  var epochSeconds: Double {
    let images = Double((work.validated + workers - 1) / workers)
    return Double(work.steps) * seconds + images * measured.validationSeconds * crowding
  }

  var boundBy: TrainingPlan.Bound {
    if networkSeconds > computeSeconds + shareSeconds { return .network }
    let pictures = Double(work.batch) * measured.pictureSeconds, slices = Double(work.slices) * measured.sliceSeconds
    return pictureSeconds > passSeconds || pictures > slices * Double(threads) ? .pictures : .computing
  }

  var bytesOnLink: Int { 4 * (gradients + smallLoads + [traffic.movedNumbers]).reduce(0) { $0 + $1.onLink } }

  /// What one process of many needs beside one that has all slices.
  var memoryPerMachine: Int {
    let alone = SliceTree(slices: work.slices, workers: 1).depth(of: 0) * traffic.numbers
    return traffic.machines.map { machine in
      machine.reduce(0) { $0 + max(0, measured.memory + 4 * (traffic.buffers(of: $1) - alone)) }
    }.max() ?? 0
  }
}
