import Dispatch
import Synchronization
import ZooTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Workers that are threads of one process, and what they send each other.
final class ThreadGroup: Sendable {
  private struct Key: Hashable {
    let from: Int
    let to: Int
    let tag: Int
  }

  private struct Messages {
    var waiting: [Key: [[UInt8]]] = [:]
    var isOver = false
  }

  let count: Int
  private let messages = Mutex(Messages())

  private init(count: Int) { self.count = count }

  fileprivate func put(_ bytes: [UInt8], from: Int, to: Int, tag: Int) {
    messages.withLock { $0.waiting[Key(from: from, to: to, tag: tag), default: []].append(bytes) }
  }

  /// - Throws: `WorkerError.lost` when a worker has failed, or nothing comes.
  fileprivate func take(from: Int, to: Int, tag: Int) throws -> [UInt8] {
    for _ in 0..<1_000_000 {
      let (bytes, isOver) = messages.withLock { messages -> ([UInt8]?, Bool) in
        let key = Key(from: from, to: to, tag: tag)
        guard let first = messages.waiting[key]?.first else { return (nil, messages.isOver) }
        messages.waiting[key]?.removeFirst()
        return (first, false)
      }
      if let bytes { return bytes }
      if isOver { break }
      usleep(100)
    }
    throw WorkerError.lost(rank: from, reason: "nothing came")
  }

  /// Runs `body` as each of the workers; what it gives or throws, by rank.
  static func run<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (any Communicator) throws -> Value
  ) -> [Result<Value, any Error>] {
    let group = ThreadGroup(count: count)
    let results = Mutex<[Int: Result<Value, any Error>]>([:])
    let threads = DispatchGroup()
    for rank in 0..<count {
      DispatchQueue(label: "worker \(rank)").async(group: threads) {
        let result = Result { try body(ThreadCommunicator(group, rank)) }
        if case .failure = result { group.messages.withLock { $0.isOver = true } }
        results.withLock { $0[rank] = result }
      }
    }
    threads.wait()
    return results.withLock { results in (0..<count).compactMap { results[$0] } }
  }
}

/// One of the workers.
final class ThreadCommunicator: Communicator {
  let rank: Int
  private let group: ThreadGroup
  private struct Begun: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
    let from: Int
    let tag: Int
  }
  private let begun = Mutex<[Begun]>([])

  init(_ group: ThreadGroup, _ rank: Int) { (self.group, self.rank) = (group, rank) }

  var count: Int { group.count }

  func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) {
    group.put(Array(bytes), from: self.rank, to: rank, tag: tag)
  }

  func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) {
    let new = Begun(bytes: bytes, from: rank, tag: tag)
    begun.withLock { $0.append(new) }
  }

  func advance() {}

  func finish() throws {
    let all = begun.withLock { begun in
      defer { begun = [] }
      return begun
    }
    for message in all {
      let bytes = try group.take(from: message.from, to: rank, tag: message.tag)
      precondition(bytes.count == message.bytes.count, "\(bytes.count) bytes for \(message.bytes.count)")
      message.bytes.copyBytes(from: bytes)
    }
  }
}
