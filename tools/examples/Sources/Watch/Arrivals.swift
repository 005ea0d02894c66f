import FoundationEssentials

/// The files that arrive in a folder, as paths, each once it is whole; those that are there already come first.
///
/// The folder is looked at five times a second, on any system and any file system. A file is whole when two looks find the
/// same size and time, and empty ones are not yet. One that is written again arrives again. Names that begin with a dot are
/// not looked at: programs write under such names what is not finished.
struct Arrivals: AsyncSequence, AsyncIteratorProtocol {
  /// What tells one state of a file from another.
  private struct State: Hashable {
    var size: UInt
    var date: Date
  }

  private let folder: String
  /// What the last look found.
  private var seen: [String: State] = [:]
  /// What has arrived, in the state in which it did.
  private var arrived: [String: State] = [:]
  /// What the last look found whole, the last of them first.
  private var ready: [String] = []

  init(folder: String) {
    self.folder = folder
  }

  func makeAsyncIterator() -> Self { self }

  /// - Throws: `Unreadable` when the folder cannot be read; `CancellationError`.
  mutating func next() async throws -> String? {
    while ready.isEmpty {
      try look()
      if ready.isEmpty { try await Task.sleep(for: .milliseconds(200)) }
    }
    return ready.removeLast()
  }

  private mutating func look() throws {
    var found: [String: State] = [:]
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw Unreadable(folder: folder)
    }
    for name in names where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      // A file that has gone in the meantime is none that arrives.
      guard let facts = try? FileManager.default.attributesOfItem(atPath: path),
        facts[.type] as? FileAttributeType == .typeRegular, let date = facts[.modificationDate] as? Date,
        let size = facts[.size] as? UInt, size > 0
      else { continue }
      found[path] = State(size: size, date: date)
    }
    ready = found.filter { seen[$0.key] == $0.value && arrived[$0.key] != $0.value }.keys.sorted(by: >)
    for path in ready { arrived[path] = found[path] }
    arrived = arrived.filter { found[$0.key] != nil }
    seen = found
  }
}

/// The folder is not there, is none, or may not be read.
struct Unreadable: Error, CustomStringConvertible {
  var folder: String

  var description: String { "\(folder): there is no folder that can be read" }
}
