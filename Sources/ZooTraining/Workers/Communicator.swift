/// How the processes that share a run's steps reach each other: bytes from one to another, in the order in which they were
/// sent for each pair and tag.
///
/// What has begun is over when `finish` returns; until then its bytes stay where they are, those to be sent unchanged. Used by
/// one thread.
package protocol Communicator: AnyObject, Sendable {
  /// This process, from 0.
  var rank: Int { get }
  /// How many processes there are.
  var count: Int { get }
  /// Begins to send to another process.
  func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) throws
  /// Begins to receive from another process as many bytes as it sends.
  func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) throws
  /// Has what has begun go on, and returns at once.
  func advance() throws
  /// Waits until all that has begun is over.
  ///
  /// - Throws: `WorkerError.lost` when another process has gone, or does not answer.
  func finish() throws
}

/// What a message is about.
enum MessageTag {
  static let control = 0
  static let numbers = 1
  /// Of the first bucket of gradients; the others follow.
  static let gradients = 2
}

/// The one process of a run that is not shared.
package final class SingleWorker: Communicator {
  package let rank = 0
  package let count = 1

  package init() {}

  package func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) {
    preconditionFailure("nobody to send to")
  }
  package func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) {
    preconditionFailure("nobody to receive from")
  }
  package func advance() {}
  package func finish() {}
}

extension Communicator {
  /// All but this process.
  var others: [Int] { (0..<count).filter { $0 != rank } }

  /// What each process gives, by rank; `counts`: how many bytes each has.
  package func gather(_ own: [UInt8], counts: [Int]) throws -> [[UInt8]] {
    precondition(counts.count == count && counts[rank] == own.count, "\(own.count) bytes of \(counts)")
    if count == 1 { return [own] }
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: counts.reduce(0, +), alignment: 16)
    defer { room.deallocate() }
    var starts = [0]
    for size in counts { starts.append(starts[starts.count - 1] + size) }
    func place(_ rank: Int) -> UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(rebasing: room[starts[rank]..<starts[rank + 1]])
    }
    place(rank).copyBytes(from: own)
    for other in others where counts[other] > 0 { try receive(place(other), from: other, tag: MessageTag.control) }
    for other in others where !own.isEmpty {
      try send(UnsafeRawBufferPointer(place(rank)), to: other, tag: MessageTag.control)
    }
    try finish()
    return (0..<count).map { Array(place($0)) }
  }

  /// What each process gives, by rank, of any length.
  package func gather(_ own: [UInt8]) throws -> [[UInt8]] {
    if count == 1 { return [own] }
    let sizes = try gather(own.count.bytes, counts: Array(repeating: 8, count: count))
    return try gather(own, counts: sizes.map { Int(bytes: $0[...]) })
  }

  /// The bytes of one process in all of them, along a binomial tree.
  package func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int = 0) throws {
    guard count > 1, !bytes.isEmpty else { return }
    let place = (rank - root + count) % count
    var distance = 1
    while distance < count, place & distance == 0 { distance *= 2 }
    if place > 0 {
      try receive(bytes, from: (place - distance + root) % count, tag: MessageTag.control)
      try finish()
    }
    distance /= 2
    while distance > 0 {
      if place + distance < count {
        try send(UnsafeRawBufferPointer(bytes), to: (place + distance + root) % count, tag: MessageTag.control)
      }
      distance /= 2
    }
    try finish()
  }

  /// What process 0 gives.
  package func announced(_ bytes: [UInt8]) throws -> [UInt8] {
    if count == 1 { return bytes }
    var size = bytes.count.bytes
    try size.withUnsafeMutableBytes { try broadcast($0) }
    var result = rank == 0 ? bytes : [UInt8](repeating: 0, count: Int(bytes: size[...]))
    try result.withUnsafeMutableBytes { try broadcast($0) }
    return result
  }
}

extension Int {
  /// Eight bytes, which `init(bytes:)` reads.
  var bytes: [UInt8] { withUnsafeBytes(of: Int64(self).littleEndian) { Array($0) } }

  init(bytes: ArraySlice<UInt8>) {
    self = Int(Int64(truncatingIfNeeded: bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }))
  }
}
