import Testing
import ZooTensor
import ZooTraining

@Suite("What processes tell each other", .timeLimit(.minutes(5)))
struct CommunicatorTests {
  private struct Refusal: ZooFailure {
    var category: FailureCategory { .inputMissing }
    var description: String { "there is nothing" }
  }

  @Test("gathered, broadcast and announced", arguments: 1...6)
  func collected(_ count: Int) throws {
    let results = ThreadGroup.run(count) { communicator in
      let own = [UInt8](repeating: UInt8(communicator.rank), count: 3 * communicator.rank)
      let gathered = try communicator.gather(own)
      var broadcast: [[UInt8]] = []
      for root in 0..<count {
        var bytes: [UInt8] = communicator.rank == root ? [7, UInt8(root), 9] : [0, 0, 0]
        try bytes.withUnsafeMutableBytes { try communicator.broadcast($0, from: root) }
        broadcast.append(bytes)
      }
      let announced = try communicator.announced(communicator.rank == 0 ? [1, 2, 3, 4] : [5])
      return (gathered, broadcast, announced, try communicator.isAny(communicator.rank == count - 1))
    }
    for result in results {
      let (gathered, broadcast, announced, isAny) = try result.get()
      #expect(gathered == (0..<count).map { Array(repeating: UInt8($0), count: 3 * $0) })
      #expect(broadcast == (0..<count).map { [7, UInt8($0), 9] })
      #expect(announced == [1, 2, 3, 4] && isAny)
    }
  }

  @Test("what fails in one fails in all, and one has the reason")
  func together() {
    let results = ThreadGroup.run(4) { communicator in
      try communicator.together { if communicator.rank % 2 == 1 { throw Refusal() } }
    }
    for (rank, result) in results.enumerated() {
      do {
        try result.get()
        Issue.record("rank \(rank) goes on")
      } catch let error as AgreedFailure {
        #expect(rank == 1 && error.error is Refusal)
      } catch {
        #expect(rank != 1 && error as? WorkerError == .refused(rank: 1, category: .inputMissing))
      }
    }
  }

  @Test("what differs is named, with who has what")
  func compared() {
    let results = ThreadGroup.run(3) { communicator in
      try communicator.compare([("a", "1"), ("b", communicator.rank == 1 ? "x" : "y"), ("c", "\(communicator.rank)")])
    }
    for result in results {
      #expect { try result.get() } throws: { $0 as? WorkerError == .differs("b", ["y", "x", "y"]) }
    }
    #expect(
      "\(WorkerError.differs("the numerics", ["fast, avx2", "direct", "fast, avx2"]))" == """
        the processes would not compute the same bits, since they differ in the numerics:
          ranks 0, 2: fast, avx2
          rank 1: direct
        """)
  }

  @Test("who waits for one that has gone is told")
  func lost() {
    let results = ThreadGroup.run(2) { communicator in
      if communicator.rank == 1 { throw Refusal() }
      _ = try communicator.gather([1])
    }
    #expect { try results[0].get() } throws: { error in
      if case WorkerError.lost(rank: 1, _)? = error as? WorkerError { true } else { false }
    }
  }
}
