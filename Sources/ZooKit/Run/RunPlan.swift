/// How long a run takes with other numbers of workers, from what one was seen to do here.
///
/// A worker needs some time to begin, then makes its parts one after the other; the last of them to be done ends the run. All machines
/// are taken to be like this one, and workers that are more than there are processors to share these. Where the folder is on a
/// network, reading a picture waits for an answer, as many at a time as there are threads, and all workers together get no more
/// bytes in a second than it gives.
public struct RunPlan: Encodable, Hashable, Sendable {
  /// What one worker was seen to do.
  public struct Measured: Encodable, Hashable, Sendable {
    /// What was looked at.
    public enum Source: String, Encodable, Hashable, Sendable {
      /// Parts that are there, by the times in them.
      case parts
      /// Some pictures, whose rows were not kept.
      case pictures
    }

    /// What was looked at.
    public let source: Source
    /// How many pictures that were.
    public let pictures: Int
    /// How many one worker does in a second, once it has begun.
    public let picturesPerSecond: Double
    /// How long a worker takes to begin, in seconds.
    public let startSeconds: Double
    /// What is read for a picture, in bytes, on average.
    public let bytesPerPicture: Double
    /// What a worker reads before, whatever it does, in bytes: weights, and data sets that are one file.
    public let bytesPerWorker: Int

    /// - Parameters:
    ///   - source: what was looked at.
    ///   - pictures: how many pictures that were.
    ///   - picturesPerSecond: how many one worker does in a second, above 0.
    ///   - startSeconds: how long a worker takes to begin.
    ///   - bytesPerPicture: what is read for a picture.
    ///   - bytesPerWorker: what a worker reads before.
    public init(
      source: Source, pictures: Int, picturesPerSecond: Double, startSeconds: Double, bytesPerPicture: Double,
      bytesPerWorker: Int
    ) {
      self.source = source
      self.pictures = pictures
      self.picturesPerSecond = picturesPerSecond
      self.startSeconds = startSeconds
      self.bytesPerPicture = bytesPerPicture
      self.bytesPerWorker = bytesPerWorker
    }
  }

  /// What the shared folder gives.
  public struct Network: Encodable, Hashable, Sendable {
    /// All workers together, in bytes a second.
    public let bytesPerSecond: Double
    /// How long it takes until a picture's first byte is there, in seconds.
    public let latency: Double

    /// - Parameters:
    ///   - bytesPerSecond: for all workers together, above 0.
    ///   - latency: until the first byte of a picture, in seconds.
    public init(bytesPerSecond: Double, latency: Double) {
      (self.bytesPerSecond, self.latency) = (bytesPerSecond, latency)
    }
  }

  /// The machines.
  public struct Machines: Encodable, Hashable, Sendable {
    /// The processors of each.
    public let processors: Int
    /// How many there are; `nil` for as many as give each thread a processor.
    public let count: Int?

    /// - Parameters:
    ///   - processors: of each, at least 1.
    ///   - count: how many there are, at least 1; `nil` for as many as give each thread a processor.
    public init(processors: Int, count: Int? = nil) {
      (self.processors, self.count) = (max(1, processors), count.map { max(1, $0) })
    }
  }

  /// A number of workers.
  public struct Row: Encodable, Hashable, Sendable {
    /// How many there are.
    public let workers: Int
    /// On how many machines.
    public let machines: Int
    /// How long all takes, in seconds.
    public let seconds: Double
    /// How long one worker takes, by what all of them do.
    public let efficiency: Double
    /// The memory of the workers of a machine, in bytes.
    public let memoryPerMachine: Int
    /// What all of them read, in bytes.
    public let bytesRead: Int
    /// The same in a second.
    public let bytesReadPerSecond: Double
    /// Whether reading takes longer than computing.
    public let isBoundByNetwork: Bool
  }

  /// The numbers of workers that there can be.
  public static let workerCounts = 1...1024

  /// The name and version of this form.
  public let schema = "zoo.runplan/1"
  /// How many pictures there are.
  public let pictures: Int
  /// In how many parts.
  public let parts: Int
  /// The threads of a worker.
  public let threads: Int
  /// The memory of a worker, in bytes.
  public let memory: Int
  /// What it is made from.
  public let measured: Measured
  /// What it assumes of machines.
  public let machines: Machines
  /// What it assumes of the network; `nil` for one that nobody waits for.
  public let network: Network?
  /// The numbers of workers, as they were asked for.
  public let rows: [Row]

  /// - Parameters:
  ///   - record: the run.
  ///   - workers: the numbers of workers that are asked for.
  ///   - threads: the threads of each.
  ///   - memory: the memory of each, in bytes.
  ///   - measured: what one was seen to do.
  ///   - machines: what they run on.
  ///   - network: what the shared folder gives.
  /// - Throws: `WorkError.workers`.
  public init(
    _ record: WorkRecord, workers: [Int], threads: Int, memory: Int, measured: Measured, machines: Machines,
    network: Network? = nil
  ) throws(WorkError) {
    if let count = workers.first(where: { !Self.workerCounts.contains($0) }) {
      throw .workers(count, allowed: Self.workerCounts)
    }
    pictures = record.count
    parts = record.partCount
    (self.threads, self.memory, self.measured) = (threads, memory, measured)
    (self.machines, self.network) = (machines, network)
    let model = Model(
      record: record, threads: max(1, threads), measured: measured, machines: machines, network: network)
    let alone = model.time(workers: 1).seconds
    rows = workers.map { count in
      let (seconds, machines, isBound) = model.time(workers: count)
      let bytes = model.bytes(workers: count)
      return Row(
        workers: count, machines: machines, seconds: seconds, efficiency: alone / (Double(count) * seconds),
        memoryPerMachine: (count + machines - 1) / machines * memory, bytesRead: Int(bytes),
        bytesReadPerSecond: bytes / seconds, isBoundByNetwork: isBound)
    }
  }

  private struct Model {
    let record: WorkRecord
    let threads: Int
    let measured: Measured
    let machines: Machines
    let network: Network?

    func bytes(workers: Int) -> Double {
      Double(record.count) * measured.bytesPerPicture + Double(workers) * Double(measured.bytesPerWorker)
    }

    func time(workers: Int) -> (seconds: Double, machines: Int, isBoundByNetwork: Bool) {
      let count = min(workers, machines.count ?? (workers * threads + machines.processors - 1) / machines.processors)
      let perMachine = (workers + count - 1) / count
      let crowding = max(1, Double(perMachine * threads) / Double(machines.processors))
      let waiting = (network?.latency ?? 0) / Double(threads)
      let perPicture = crowding / measured.picturesPerSecond + waiting
      let computing = crowding * measured.startSeconds + Double(largestShare(of: workers)) * perPicture
      let reading = network.map { bytes(workers: workers) / $0.bytesPerSecond } ?? 0
      return (max(computing, reading), count, reading > computing)
    }

    /// The pictures of the worker that has most.
    private func largestShare(of workers: Int) -> Int {
      let parts = record.partCount
      let most = (parts + workers - 1) / workers
      let lacking = parts * record.partSize - record.count
      // The last part is shorter; if it is one of the first worker's, and others have as many parts, theirs count.
      let withMost = parts - (most - 1) * workers
      return most * record.partSize - (withMost == 1 ? lacking : 0)
    }
  }
}

extension PictureWork {
  /// Finds out how fast this machine does the work: by the parts that are there, else by doing some pictures for a while.
  ///
  /// - Parameters:
  ///   - folder: a run whose parts are looked at; `nil` where there is none.
  ///   - batch: how many pictures are run together.
  ///   - seconds: for how long pictures are done.
  ///   - startSeconds: how long it took until this was called.
  /// - Throws: as `run(in:share:options:isStopped:report:)`.
  /// - Returns: What one worker does here.
  public func measured(
    _ folder: WorkFolder? = nil, batch: Int, seconds: Double = 5, startSeconds: Double
  ) throws -> RunPlan.Measured {
    try check(Options(batch: batch))
    var (pictures, time) = (0, 0.0)
    var source = RunPlan.Measured.Source.parts
    if let folder {
      for part in 0..<record.partCount {
        guard let footer = try folder.state(of: part, verifying: false).footer else { continue }
        pictures += footer.count
        time += footer.seconds
      }
    }
    if pictures == 0 || time <= 0 {
      source = .pictures
      (pictures, time) = try pace(batch: batch, seconds: seconds)
    }
    let sample = stride(from: 0, to: record.count, by: max(1, record.count / 1000))
    let sizes = sample.compactMap { manifest.size(at: $0) }
    return RunPlan.Measured(
      source: source, pictures: pictures, picturesPerSecond: Double(pictures) / max(time, 1e-6),
      startSeconds: startSeconds,
      bytesPerPicture: sizes.isEmpty ? 0 : Double(sizes.reduce(0, +)) / Double(sizes.count),
      bytesPerWorker: manifest.sharedSize + (model.compiled?.weightByteCount ?? 0))
  }

  /// Some pictures, and how long they took; the first batch, in which memory is made ready, counts only where it is the only one.
  private func pace(batch: Int, seconds: Double) throws -> (pictures: Int, seconds: Double) {
    var (pictures, time) = (0, 0.0)
    var start = 0
    while start < record.count {
      let range = start..<min(record.count, start + batch)
      let begin = ContinuousClock.now
      _ = try rows(of: range, part: 0, batch: batch, isStopped: { false }, progress: { _ in })
      let took = (ContinuousClock.now - begin) / .seconds(1)
      (pictures, time) = start == 0 ? (range.count, took) : (pictures + range.count, time + took)
      if start == batch { (pictures, time) = (range.count, took) }
      if time >= seconds { break }
      start = range.upperBound
    }
    return (pictures, time)
  }
}
