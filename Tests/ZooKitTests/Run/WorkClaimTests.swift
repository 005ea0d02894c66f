import FoundationEssentials
import Testing
import ZooKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Workers that take what is free.
@Suite struct WorkClaimTests {
  /// A list of 24 pictures, beside it, in six parts.
  private static func withWork<Result>(
    _ body: (_ work: PictureWork, _ folder: WorkFolder, _ path: String) throws -> Result
  ) throws -> Result {
    try Fixtures.withTemporaryFolder { path in
      let samples = ["000-is-1", "007-is-9", "103-is-3", "200-is-5", "296-is-8"]
      var names: [String] = []
      for index in 0..<24 {
        let sample = repository.appending(path: "zoo/samples/test-\(samples[index % 5]).png").path
        names.append("\(index).png")
        try FileManager.default.copyItem(atPath: sample, toPath: "\(path)/\(index).png")
      }
      try FileSystem.write(Array(names.map { "\($0)\n" }.joined().utf8), to: "\(path)/list.txt")
      let work = try work(path)
      return try body(work, WorkFolder("\(path)/out", for: work.record), path)
    }
  }

  private static func work(_ path: String) throws -> PictureWork {
    try PictureWork(
      .infer(top: 2), WorkManifest.open("\(path)/list.txt", for: .infer), Network.find("lenet-digits"), partSize: 4,
      options: Model.Options(threads: 1))
  }

  private static func alone(_ work: PictureWork, _ path: String) throws -> [String] {
    let folder = try WorkFolder("\(path)/alone", for: work.record)
    try work.run(in: folder)
    return try WorkMerge(folder).write().map(\.sha256)
  }

  /// Leaves a claim as a worker of another machine would.
  private static func claim(_ name: String, lease: Int, in folder: WorkFolder) throws {
    let text =
      #"{"host":"elsewhere","lease":\#(lease),"machine":"another","process":1,"token":"0123456789abcdef"}"#
    try FileSystem.makeFolder("\(folder.path)/claims")
    try FileSystem.write(Array(text.utf8), to: "\(folder.path)/claims/\(name)")
  }

  @Test("of several at once each part is done by one, and nothing remains of the claims")
  func several() async throws {
    try Self.withWork { work, folder, path in
      let expected = try Self.alone(work, path)
      let outcomes = try concurrentResults(4, threads: 4) { _ in try work.run(in: folder, claiming: 60) }
        .map { try $0.get() }
      #expect(outcomes.reduce(0) { $0 + $1.made } == 6, "\(outcomes)")
      #expect(outcomes.allSatisfy { $0.made + $0.found == 6 }, "\(outcomes)")
      #expect(try WorkMerge(folder).write().map(\.sha256) == expected)
      #expect(!FileSystem.exists("\(folder.path)/claims"))
      #expect(try WorkStatus(folder).claims == nil)
    }
  }

  @Test("what a worker has is not taken; the status names it")
  func held() throws {
    try Self.withWork { work, folder, _ in
      try Self.claim("3.0", lease: 3600, in: folder)
      var asked = 0
      let outcome = try work.run(
        in: folder, claiming: 60,
        isStopped: {
          asked += 1
          return asked > 200
        })
      #expect(outcome.isStopped && outcome.made == 5)
      let status = try WorkStatus(folder)
      #expect(status.missing == "3")
      let claim = try #require(status.claims?.first)
      #expect((claim.part, claim.host, claim.process, claim.isOver) == (3, "elsewhere", 1, false))
      #expect(claim.seconds < 3600)
      #expect(try FileSystem.list("\(folder.path)/claims") == ["3.0"])
    }
  }

  @Test("what a worker had that shows no sign is taken over, whatever it has written", arguments: ["whole", "empty"])
  func takenOver(_ contents: String) throws {
    try Self.withWork { work, folder, path in
      if contents == "whole" {
        try Self.claim("3.7", lease: 1, in: folder)
      } else {
        try FileSystem.makeFolder("\(folder.path)/claims")
        try FileSystem.write([], to: "\(folder.path)/claims/3.7")
      }
      #expect(try work.run(in: folder, claiming: 1).made == 6)
      #expect(try WorkMerge(folder).write().map(\.sha256) == Self.alone(work, path))
      #expect(!FileSystem.exists("\(folder.path)/claims"))
    }
  }

  @Test("a worker that was taken for dead leaves its part, and one that is sooner decides")
  func lost() throws {
    try Self.withWork { work, folder, path in
      var isFirst = true
      func overtake(_ event: PictureWork.Event) {
        guard isFirst, case .advanced(let part, _) = event else { return }
        isFirst = false
        try? Self.claim("\(part).1", lease: 1, in: folder)
        usleep(400_000)
      }
      let options = PictureWork.Options(batch: 2)
      let outcome = try work.run(in: folder, claiming: 1, options: options, report: overtake)
      #expect(outcome.made == 6 && outcome.found == 0)
      #expect(try WorkMerge(folder).write().map(\.sha256) == Self.alone(work, path))
    }
  }

  @Test("a part that another made meanwhile stays; one with other rows is refused")
  func sooner() throws {
    try Self.withWork { work, folder, path in
      let other = try WorkFolder("\(path)/other", for: work.record)
      try work.run(in: other)
      func bring(_ event: PictureWork.Event) {
        guard case .advanced(let part, _) = event else { return }
        try? FileManager.default.copyItem(atPath: other.path(of: part), toPath: folder.path(of: part))
      }
      let outcome = try work.run(in: folder, claiming: 60, report: bring)
      #expect(outcome.made == 0 && outcome.found == 6)
      let (left, right) = (folder.path(of: 2), other.path(of: 2))
      #expect(try FileSystem.read(left, limit: 1 << 20) == FileSystem.read(right, limit: 1 << 20))

      // The same names, with other pictures.
      let sample = repository.appending(path: "zoo/samples/test-296-is-8.png")
      try Data(contentsOf: sample).write(to: URL(filePath: "\(path)/0.png"))
      let late = try WorkFolder("\(path)/late", for: work.record)
      func bringLate(_ event: PictureWork.Event) {
        guard case .advanced(let part, _) = event else { return }
        try? FileManager.default.copyItem(atPath: other.path(of: part), toPath: late.path(of: part))
      }
      #expect {
        try work.run(in: late, report: bringLate)
      } throws: { error in
        guard case WorkError.partsDiffer(let path, let hosts) = error else { return false }
        return path == late.path(of: 0) && hosts.count == 2
      }
    }
  }

  @Test("pictures that were changed under their names are noticed by one of several, and copies of the same are not")
  func changed() throws {
    try Self.withWork { work, folder, path in
      #expect(try work.run(in: folder, claiming: 60).made == 6)
      let first = try WorkMerge(folder).write().map(\.sha256)
      func outcomes(_ change: () throws -> Void) throws -> (made: Int, found: Int, outdated: [String]) {
        // Files that are changed at once may have the same time.
        usleep(20_000)
        try change()
        usleep(20_000)
        let workers = try concurrentResults(3, threads: 3) { _ in
          var outdated: [String] = []
          func note(_ event: PictureWork.Event) { if case .outdated(let path) = event { outdated.append(path) } }
          return (try work.run(in: folder, claiming: 60, report: note), outdated)
        }.map { try $0.get() }
        return (
          workers.reduce(0) { $0 + $1.0.made }, workers.reduce(0) { $0 + $1.0.found }, workers.flatMap(\.1)
        )
      }
      let bytes = try FileSystem.read("\(path)/5.png", limit: 1 << 20)
      let same = try outcomes { try FileSystem.write(bytes, to: "\(path)/5.png") }
      #expect(same.made == 0 && same.found == 18 && same.outdated.isEmpty)
      // It was looked at once, and is known to be of these pictures.
      let part = try #require(FileSystem.changed(folder.path(of: 1)))
      #expect(try part > #require(FileSystem.changed("\(path)/5.png")))
      let other = try FileSystem.read("\(path)/4.png", limit: 1 << 20)
      let changed = try outcomes { try FileSystem.write(other, to: "\(path)/5.png") }
      #expect(changed.made == 1 && changed.found == 17 && changed.outdated == [folder.path(of: 1)])
      let second = try WorkMerge(folder).write().map(\.sha256)
      #expect(try second != first && second == Self.alone(work, path))
      #expect(try outcomes { try FileSystem.write(bytes, to: "\(path)/5.png") }.made == 1)
      #expect(try WorkMerge(folder).write().map(\.sha256) == first)
      #expect(!FileSystem.exists("\(folder.path)/claims"))
    }
  }

  @Test("a part that another one removes while it is looked at, as it is outdated, is not taken for one that is there")
  func removed() throws {
    try Self.withWork { work, folder, _ in
      try work.run(in: folder)
      guard case .done(let footer) = try folder.state(of: 1, verifying: false) else {
        Issue.record("part 1 is not there")
        return
      }
      #expect(!work.isOlder(footer, in: folder))
      try FileManager.default.removeItem(atPath: folder.path(of: 1))
      #expect(work.isOlder(footer, in: folder))
    }
  }

  @Test("a part with too many errors is given up after the others, and once")
  func refused() throws {
    try Self.withWork { work, folder, path in
      try FileSystem.write([], to: "\(path)/5.png")
      let options = PictureWork.Options(errorLimit: .count(0))
      #expect {
        try work.run(in: folder, claiming: 60, options: options)
      } throws: { error in
        guard case WorkError.tooManyErrors(let part, _, _, _, _) = error else { return false }
        return part == 1
      }
      #expect(try WorkStatus(folder).missing == "1")
      #expect(try WorkStatus(folder).refused == "1")
      // Another that comes later tries again, with its own limit.
      #expect(try work.run(in: folder, claiming: 60).made == 1)
      #expect(throws: WorkError.lease(0, allowed: 1...86_400)) { try work.run(in: folder, claiming: 0) }
    }
  }
}
