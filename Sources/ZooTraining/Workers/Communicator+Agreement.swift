import ZooTensor

extension Communicator {
  /// Runs what may fail in some of the processes; then it fails in all of them, before any of them goes on.
  ///
  /// - Throws: in the first process that failed what `body` throws, in the others `WorkerError.refused`.
  package func together<Value>(_ body: () throws -> Value) throws -> Value {
    if count == 1 { return try body() }
    let result = Result { try body() }
    var own: UInt8 = 0
    if case .failure(let error) = result {
      let category = FailureCategory(of: error) ?? .internalError
      own = UInt8(1 + (FailureCategory.allCases.firstIndex(of: category) ?? 0))
    }
    let marks = try gather([own], counts: Array(repeating: 1, count: count)).map { $0[0] }
    guard let first = marks.firstIndex(where: { $0 > 0 }) else { return try result.get() }
    if first == rank, case .failure(let error) = result { throw AgreedFailure(error: error) }
    throw WorkerError.refused(rank: first, category: FailureCategory.allCases[Int(marks[first]) - 1])
  }

  /// Whether it is so in any of the processes.
  package func isAny(_ own: Bool) throws -> Bool {
    if count == 1 { return own }
    return try gather([own ? 1 : 0], counts: Array(repeating: 1, count: count)).contains { $0[0] > 0 }
  }

  /// - Throws: in all processes, `WorkerError.differs` for the first of the facts that is not the same everywhere.
  package func compare(_ facts: [(name: String, value: String)]) throws {
    if count == 1 { return }
    let own = facts.map(\.value).joined(separator: "\u{0}")
    let all = try gather(Array(own.utf8)).map {
      String(decoding: $0, as: UTF8.self).split(separator: "\u{0}", omittingEmptySubsequences: false).map(String.init)
    }
    for (index, fact) in facts.enumerated() {
      let values = all.map { index < $0.count ? $0[index] : "" }
      if Set(values).count > 1 { throw WorkerError.differs(fact.name, values) }
    }
  }
}

/// What all processes know of, so that each can end by itself.
package struct AgreedFailure: Error {
  package let error: any Error
}
