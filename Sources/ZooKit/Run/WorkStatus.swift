#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How far a run is, by the parts that are there.
///
/// Parts are taken for whole by what stands at their end; `WorkMerge` looks at every byte.
public struct WorkStatus: Encodable, Hashable, Sendable {
  /// The part that took longest for each of its pictures.
  public struct Slowest: Encodable, Hashable, Sendable {
    /// Its number.
    public let part: Int
    /// How long it took.
    public let seconds: Double
    /// How many pictures it has.
    public let pictures: Int
    /// The machine that made it.
    public let host: String
  }

  /// A part that a worker is at which takes what is free.
  public struct Claim: Encodable, Hashable, Sendable {
    /// Its number.
    public let part: Int
    /// The worker's machine and process; `nil` where the claim says nothing.
    public let host: String?
    /// The number of the process.
    public let process: Int?
    /// How long ago the worker showed that it is alive, by this machine's clock.
    public let seconds: Double
    /// Whether that is longer than the claim holds, so that another worker takes the part.
    public let isOver: Bool
  }

  /// The name and version of this form.
  public let schema = "zoo.status/1"
  /// The run's folder.
  public let folder: String
  /// What is asked of every picture.
  public let task: WorkTask.Name
  /// The network's name.
  public let model: String
  /// The pictures as they were given.
  public let data: String
  /// How many parts there are.
  public let parts: Int
  /// How many of them are done.
  public let partsDone: Int
  /// The numbers of those that are not, as `3,7-9`; `nil` when all are.
  public let missing: String?
  /// The numbers of those of which something is there that is not whole; `nil` when there are none.
  public let damaged: String?
  /// The numbers of those that were given up because too many of their pictures could not be read; `nil` when there are none.
  public let refused: String?
  /// How many pictures there are.
  public let pictures: Int
  /// How many of them are in parts that are done.
  public let picturesDone: Int
  /// How many of these have no answer, by the kind of what is wrong.
  public let errors: [String: Int]
  /// How many were done in a second by all workers together, of late; `nil` before there is a part, and while the parts took too
  /// short for it to be known.
  public let picturesPerSecond: Double?
  /// How long the rest takes at that rate.
  public let secondsLeft: Double?
  /// The part that took longest for each of its pictures; `nil` before there is a part.
  public let slowest: Slowest?
  /// The parts that workers are at which claim them; `nil` when there are none.
  public let claims: [Claim]?

  /// How much of the past the rate is of, in seconds, before the part that was done last.
  static let window = 600

  /// Looks at all parts of a run.
  ///
  /// - Throws: `ZooError.cannotRead`.
  public init(_ folder: WorkFolder) throws {
    let record = folder.record
    var (footers, missing, damaged, refused): ([WorkFooter], [Int], [Int], [Int]) = ([], [], [], [])
    for part in 0..<record.partCount {
      switch try folder.state(of: part, verifying: false) {
      case .done(let footer): footers.append(footer)
      case .missing: missing.append(part)
      case .damaged: (missing, damaged) = (missing + [part], damaged + [part])
      }
      if missing.last == part, FileSystem.exists(folder.reportPath(of: part)) { refused.append(part) }
    }
    self.folder = folder.path
    task = record.task
    model = record.model
    data = record.data
    parts = record.partCount
    partsDone = footers.count
    self.missing = missing.isEmpty ? nil : NumberRanges.text(missing)
    self.damaged = damaged.isEmpty ? nil : NumberRanges.text(damaged)
    self.refused = refused.isEmpty ? nil : NumberRanges.text(refused)
    pictures = record.count
    let done = footers.reduce(0) { $0 + $1.count }
    picturesDone = done
    errors = footers.reduce(into: [:]) { errors, footer in errors.merge(footer.errors, uniquingKeysWith: +) }
    picturesPerSecond = Self.rate(footers.map { Pace(finished: $0.finished, seconds: $0.seconds, pictures: $0.count) })
    secondsLeft = picturesPerSecond.map { Double(record.count - done) / $0 }
    slowest = footers.max { $0.seconds * Double($1.count) < $1.seconds * Double($0.count) }.map {
      Slowest(part: $0.part, seconds: $0.seconds, pictures: $0.count, host: $0.host)
    }
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let unfinished = Set(missing)
    let claims = try WorkClaims.seen(in: folder).filter { unfinished.contains($0.part) }.map { sight in
      let age = max(0, Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9 - sight.touched)
      return Claim(
        part: sight.part, host: sight.holder?.host, process: sight.holder.map { Int($0.process) }, seconds: age,
        isOver: age > Double(sight.holder?.lease ?? PictureWork.defaultLease))
    }
    self.claims = claims.isEmpty ? nil : claims
  }

  /// When a part was done, and how fast.
  package struct Pace {
    var finished: Int
    var seconds: Double
    var pictures: Int

    package init(finished: Int, seconds: Double, pictures: Int) {
      (self.finished, self.seconds, self.pictures) = (finished, seconds, pictures)
    }
  }

  /// The pictures of the parts that were done last, by the time from the first of them that was begun to the end; `nil` where that
  /// is too short to be known from ends in whole seconds.
  package static func rate(_ parts: [Pace]) -> Double? {
    guard let end = parts.map(\.finished).max() else { return nil }
    let late = parts.filter { Double(end) - Double($0.finished) <= Double(window) }
    let begin = late.map { Double($0.finished) - $0.seconds }.min() ?? Double(end)
    let span = max(Double(end) - begin, late.map(\.seconds).max() ?? 0)
    guard span >= 5 else { return nil }
    return Double(late.reduce(0) { $0 + $1.pictures }) / span
  }
}
