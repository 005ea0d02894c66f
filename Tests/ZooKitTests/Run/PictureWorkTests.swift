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

/// A run in parts: the same bytes for any number of workers, and nothing taken for whole that is not.
@Suite struct PictureWorkTests {
  private static let samples = ["000-is-1", "007-is-9", "103-is-3", "200-is-5", "296-is-8"]

  /// Makes a folder of 23 pictures, of which one is no picture and one is cut, and beside it `all.txt`, a list of them.
  private static func withPictures<Result>(_ body: (_ pictures: String, _ folder: String) throws -> Result) throws
    -> Result
  {
    try Fixtures.withTemporaryFolder { folder in
      let pictures = "\(folder)/in"
      try FileManager.default.createDirectory(atPath: "\(pictures)/b", withIntermediateDirectories: true)
      for index in 0..<21 {
        let sample = repository.appending(path: "zoo/samples/test-\(samples[index % 5]).png").path
        try FileManager.default.copyItem(
          atPath: sample, toPath: "\(pictures)/\(index % 2 == 0 ? "b/" : "")p\(index).png")
      }
      let whole = try FileSystem.read("\(pictures)/p1.png", limit: 1 << 20)
      try FileSystem.write(Array(whole.prefix(whole.count / 2)), to: "\(pictures)/cut, \"half\".png")
      try FileSystem.write(Array("no picture".utf8), to: "\(pictures)/z.jpg")
      let names = try FileSystem.images(below: pictures).map { $0.dropFirst(folder.count + 1) + "\n" }
      try FileSystem.write(Array(names.joined().utf8), to: "\(folder)/all.txt")
      return try body(pictures, folder)
    }
  }

  private static func work(
    _ task: WorkTask, _ path: String, format: WorkFormat? = nil, partSize: Int = 4, numerics: Numerics = .fast
  ) throws -> PictureWork {
    try PictureWork(
      task, WorkManifest.open(path, for: task.name), Network.find("lenet-digits"), format: format, partSize: partSize,
      options: Model.Options(threads: 1, numerics: numerics))
  }

  /// Does all parts by so many workers, the last first, and merges them.
  private static func merged(
    _ work: PictureWork, in path: String, workers: Int, batch: Int = 16
  ) throws -> (files: [WorkMerge.File], merge: WorkMerge) {
    let folder = try WorkFolder(path, for: work.record)
    for index in (0..<workers).reversed() {
      try work.run(
        in: folder, share: WorkShare(index: index, count: workers), options: PictureWork.Options(batch: batch))
    }
    let merge = try WorkMerge(WorkFolder(path))
    return (try merge.write(), merge)
  }

  @Test(
    "any number of workers, any batch",
    arguments: [
      (.infer(top: 3), .jsonl), (.infer(top: 3), .csv), (.features(layer: nil), .npy),
      (.features(layer: "pool2"), .npy),
    ] as [(WorkTask, WorkFormat)])
  func sameBytes(_ task: WorkTask, _ format: WorkFormat) throws {
    try Self.withPictures { pictures, folder in
      let path = task.name == .features ? "\(folder)/all.txt" : pictures
      let work = try Self.work(task, path, format: format)
      #expect(work.record.partCount == 6)
      let alone = try Self.merged(work, in: "\(folder)/1", workers: 1)
      #expect(alone.merge.errors == ["truncated": 1, "unsupported": 1])
      for (workers, batch) in [(3, 1), (4, 3), (9, 16)] {
        let files = try Self.merged(work, in: "\(folder)/\(workers)", workers: workers, batch: batch).files
        #expect(files.map(\.sha256) == alone.files.map(\.sha256), "\(workers) workers, batch \(batch)")
      }
      for file in alone.files { #expect(FileSystem.size(of: file.path) == file.bytes, "\(file.path)") }
    }
  }

  private struct Row: Decodable {
    struct Problem: Decodable, Equatable {
      var kind: String
      var message: String
    }

    var file: String
    var error: Problem?
    var top: [Classification]?
  }

  @Test("rows are in the order of the manifest, say what zoo says of the picture, and why one has no answer")
  func rows() throws {
    try Self.withPictures { pictures, folder in
      let work = try Self.work(.infer(top: 3), pictures)
      let (files, _) = try Self.merged(work, in: "\(folder)/out", workers: 2)
      let lines = try FileSystem.read(files[0].path, limit: 1 << 20).split(separator: UInt8(ascii: "\n"))
      let rows = try lines.map { try JSONDecoder().decode(Row.self, from: Data($0)) }
      let names = rows.map(\.file)
      #expect(names.count == 23 && names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, "\(names)")
      #expect(names.first == "b/p0.png")
      for row in rows where row.error == nil {
        #expect(try row.top == work.model.classify(path: "\(pictures)/\(row.file)", top: 3), "\(row.file)")
      }
      let errors = Dictionary(grouping: rows.filter { $0.error != nil }) { $0.file }.mapValues { $0[0].error?.kind }
      #expect(errors == ["cut, \"half\".png": "truncated", "z.jpg": "unsupported"])
      #expect(rows.allSatisfy { $0.error?.message.contains(pictures) != true }, "a row depends on where the folder is")
    }
  }

  @Test("CSV has a cell for each title, and quotes what has to be")
  func csv() throws {
    try Self.withPictures { pictures, folder in
      let work = try Self.work(.infer(top: 2), pictures, format: .csv)
      let (files, _) = try Self.merged(work, in: "\(folder)/out", workers: 1)
      let text = String(decoding: try FileSystem.read(files[0].path, limit: 1 << 20), as: UTF8.self)
      let lines = text.split(separator: "\r\n", omittingEmptySubsequences: true)
      let titles = "file,index1,label1,probability1,logit1,index2,label2,probability2,logit2,error,message"
      #expect(lines.count == 24 && lines[0] == titles)
      #expect(lines.count { $0.hasPrefix("\"cut, \"\"half\"\".png\",,,,,,,,,truncated,") } == 1)
      #expect(lines.filter { !$0.contains("\"") }.allSatisfy { $0.count { $0 == "," } == 10 })
    }
  }

  @Test("codes are the values of the layer, with the pictures that have one as keys")
  func codes() throws {
    try Self.withPictures { pictures, folder in
      let work = try Self.work(.features(layer: "pool2"), "\(folder)/all.txt")
      let (files, _) = try Self.merged(work, in: "\(folder)/out", workers: 2)
      #expect(
        files.map { $0.path.split(separator: "/").last } == ["merged.npy", "merged.keys.txt", "merged.errors.jsonl"])
      let codes = try NumPyFile.read(files[0].path)
      let keys = String(decoding: try FileSystem.read(files[1].path, limit: 1 << 20), as: UTF8.self).split(
        separator: "\n")
      try #require(codes.shape == [21, 800] && keys.count == 21)
      for row in [0, 20] {
        let name = keys[row].split(separator: "\t")
        #expect(name.count == 2 && name[1] == "-", "\(keys[row])")
        let picture = try PixelImage(path: "\(folder)/\(name[0])")
        let expected = try work.model.values(for: [picture])["pool2"]?.floats
        #expect(Array(codes.floats[row * 800..<(row + 1) * 800]) == expected, "\(keys[row])")
      }
    }
  }

  @Test("an evaluation in parts counts what one at once does", arguments: [1, 4])
  func evaluation(workers: Int) throws {
    let data = "\(Fixtures.folder)/digits"
    try Fixtures.withTemporaryFolder { folder in
      let work = try Self.work(.eval, data, partSize: 50)
      let (files, merge) = try Self.merged(work, in: folder, workers: workers)
      let expected = try work.model.evaluate(DataSet.open(data))
      #expect(merge.evaluation == expected)
      let answer = EvaluationAnswer(
        model: work.model.network.name, data: try DataSet.open(data), weights: work.model.weights, expected)
      #expect(merge.evaluationAnswer == answer)
      let lines = try FileSystem.read(files[0].path, limit: 1 << 20).split(separator: UInt8(ascii: "\n"))
      #expect(lines.count == 297)
      #expect(lines.count { String(decoding: $0, as: UTF8.self).hasSuffix(",\"rank\":0}") } == expected.top1)
    }
  }

  @Test("a part that lost or changed any byte is not whole, and is done again")
  func damage() throws {
    try Self.withPictures { pictures, folder in
      let work = try Self.work(.infer(top: 1), pictures)
      let path = "\(folder)/out"
      let (files, _) = try Self.merged(work, in: path, workers: 1)
      let run = try WorkFolder(path)
      let part = run.path(of: 5)
      let bytes = try FileSystem.read(part, limit: 1 << 20)
      for index in bytes.indices {
        var changed = bytes
        changed[index] ^= 1 << UInt8(index % 8)
        try Data(changed).write(to: URL(filePath: part))
        #expect(try run.state(of: 5, verifying: true) == .damaged, "byte \(index) of \(bytes.count)")
      }
      for length in [bytes.count - 1] + stride(from: 0, to: bytes.count, by: 13) {
        try Data(bytes.prefix(length)).write(to: URL(filePath: part))
        #expect(try run.state(of: 5, verifying: true) == .damaged, "\(length) of \(bytes.count) bytes")
      }
      try Data(bytes + [0]).write(to: URL(filePath: part))
      #expect(try run.state(of: 5, verifying: false) == .damaged, "a byte too many")
      // That of another place.
      try Data(FileSystem.read(run.path(of: 1), limit: 1 << 20)).write(to: URL(filePath: part))
      #expect(try run.state(of: 5, verifying: true) == .damaged, "another part")
      #expect(throws: WorkError.partsMissing(folder: path, parts: [5], of: 6, damaged: [5], shards: [0])) {
        try WorkMerge(run)
      }
      let outcome = try work.run(in: run)
      #expect(outcome.made == 1 && outcome.found == 5)
      #expect(try WorkMerge(run).write() == files)
    }
  }

  @Test("what is missing is named by the numbers of parts and of workers, and the status counts it")
  func missing() throws {
    try Self.withPictures { pictures, folder in
      let work = try Self.work(.infer(top: 1), pictures, partSize: 2)
      let path = "\(folder)/out"
      let run = try WorkFolder(path, for: work.record)
      for index in [0, 2] { try work.run(in: run, share: WorkShare(index: index, count: 4)) }
      #expect {
        try WorkMerge(run)
      } throws: { error in
        "\(error)".hasPrefix(
          "\(path): 6 of 12 parts are missing: 1,3,5,7,9,11\n  their workers: 1,3\nBegin the same work again;")
      }
      let status = try WorkStatus(run)
      #expect((status.parts, status.partsDone, status.pictures, status.picturesDone) == (12, 6, 23, 12))
      #expect(status.missing == "1,3,5,7,9,11" && status.damaged == nil)
      // Whether a rate is known depends on how long the parts took.
      #expect((status.secondsLeft == nil) == (status.picturesPerSecond == nil))
    }
  }

  @Test("too many errors end a part, and name the pictures")
  func limit() throws {
    try Self.withPictures { pictures, folder in
      let work = try Self.work(.infer(top: 1), pictures, partSize: 23)
      let run = try WorkFolder("\(folder)/out", for: work.record)
      let report = "\(run.path(of: 0)).errors.jsonl"
      let error = WorkError.tooManyErrors(part: 0, errors: 2, allowed: 1, pictures: 23, report: report)
      #expect(throws: error) { try work.run(in: run, options: PictureWork.Options(errorLimit: .count(1))) }
      #expect(error.category == .badData)
      #expect(try run.state(of: 0, verifying: false) == .missing)
      #expect(try FileSystem.read(report, limit: 1 << 20).count { $0 == UInt8(ascii: "\n") } == 2)
      #expect(try WorkStatus(run).refused == "0")
      #expect(try work.run(in: run, options: PictureWork.Options(errorLimit: .count(2))).errors == 2)
      #expect(try WorkStatus(run).refused == nil && !FileSystem.exists(report))
    }
  }

  @Test("a worker that is to stop leaves nothing of the part that it is at")
  func stopped() throws {
    try Self.withPictures { pictures, folder in
      let work = try Self.work(.infer(top: 1), pictures, partSize: 10)
      let run = try WorkFolder("\(folder)/out", for: work.record)
      var asked = 0
      let outcome = try work.run(
        in: run, options: PictureWork.Options(batch: 2),
        isStopped: {
          asked += 1
          return asked > 9
        })
      #expect(outcome.isStopped && outcome.made == 1)
      #expect(try FileSystem.list("\(folder)/out/parts") == ["000000"])
    }
  }

  @Test("a worker with something else is refused, with what differs")
  func identity() throws {
    try Self.withPictures { pictures, folder in
      let work = try Self.work(.infer(top: 3), pictures)
      let path = "\(folder)/out"
      _ = try WorkFolder(path, for: work.record)
      _ = try WorkFolder(path, for: Self.work(.infer(top: 3), "\(pictures)/").record)
      func fields(_ other: PictureWork) -> [String] {
        do {
          _ = try WorkFolder(path, for: other.record)
        } catch WorkError.otherRun(_, let differences) {
          return differences.map(\.field)
        } catch {
          Issue.record("\(error)")
        }
        return []
      }
      #expect(fields(try Self.work(.infer(top: 2), pictures)) == ["classes named"])
      #expect(fields(try Self.work(.infer(top: 3), pictures, format: .csv)) == ["format"])
      #expect(fields(try Self.work(.infer(top: 3), pictures, partSize: 5)) == ["pictures in a part"])
      #expect(fields(try Self.work(.infer(top: 3), pictures, numerics: .direct)) == ["numerics"])
      #expect(
        fields(try Self.work(.features(layer: nil), "\(folder)/all.txt"))
          == ["task", "format", "classes named", "layer", "pictures"])
      let other = try PictureWork(
        .infer(top: 3), work.manifest, Network.find("lenet-digits"), weights: .synthetic(seed: 1), partSize: 4)
      #expect(fields(other).contains("weights"))
      try FileSystem.write([1], to: "\(pictures)/z.jpg")
      #expect(fields(try Self.work(.infer(top: 3), pictures)) == ["pictures"])
      try FileSystem.write(Array("{}".utf8), to: "\(path)/run.json")
      #expect(throws: WorkError.damagedRecord(path: "\(path)/run.json")) { try WorkFolder(path) }
      #expect(throws: WorkError.notARun(folder: folder)) { try WorkFolder(folder) }
    }
  }

  @Test("a list is taken in its own order, from where it lies")
  func list() throws {
    try Self.withPictures { pictures, folder in
      try FileSystem.write(
        Array("p9.png\r\nb/p0.png\n\n\(pictures)/p1.png\nnone.png\n".utf8), to: "\(pictures)/list.txt")
      let work = try Self.work(.infer(top: 1), "\(pictures)/list.txt")
      #expect((0..<4).map(work.manifest.name) == ["p9.png", "b/p0.png", "\(pictures)/p1.png", "none.png"])
      let (_, merge) = try Self.merged(work, in: "\(folder)/out", workers: 1)
      #expect(merge.errors == ["missing": 1])
      try FileSystem.write(Array("a.png\nb.npy\n".utf8), to: "\(pictures)/bad.txt")
      let bad = "\(pictures)/bad.txt"
      #expect(throws: WorkError.listLine(path: bad, line: 2, .tensor("b.npy"))) {
        try WorkManifest.open(bad, for: .infer)
      }
    }
  }

  @Test("pictures that were changed under their names are noticed, and copies of the same are not")
  func changed() throws {
    try Self.withPictures { pictures, folder in
      let work = try Self.work(.infer(top: 1), "\(folder)/all.txt")
      let run = try WorkFolder("\(folder)/out", for: work.record)
      #expect(try work.run(in: run).made == 6)
      let first = try WorkMerge(run).write()[0].sha256
      func events(_ change: () throws -> Void) throws -> (outcome: PictureWork.Outcome, outdated: [String]) {
        // Files that are changed at once may have the same time.
        usleep(20_000)
        try change()
        var outdated: [String] = []
        func note(_ event: PictureWork.Event) { if case .outdated(let path) = event { outdated.append(path) } }
        let outcome = try work.run(in: run, report: note)
        return (outcome, outdated)
      }
      let bytes = try FileSystem.read("\(pictures)/p1.png", limit: 1 << 20)
      let same = try events { try FileSystem.write(bytes, to: "\(pictures)/p1.png") }
      #expect(same.outcome.found == 6 && same.outdated.isEmpty)
      let other = try FileSystem.read("\(pictures)/b/p0.png", limit: 1 << 20)
      let changed = try events { try FileSystem.write(other, to: "\(pictures)/p1.png") }
      #expect(changed.outcome.made == 1 && changed.outcome.found == 5 && changed.outdated.count == 1)
      #expect(try WorkMerge(run).write()[0].sha256 != first)
      #expect(try events { try FileSystem.write(bytes, to: "\(pictures)/p1.png") }.outcome.made == 1)
      #expect(try WorkMerge(run).write()[0].sha256 == first)
    }
  }

  @Test("what a run cannot be of is refused")
  func refused() throws {
    try Self.withPictures { pictures, _ in
      #expect(throws: WorkError.standardInput) { try WorkManifest.open("-", for: .infer) }
      #expect(throws: ZooError.inputMissing(path: "a.tar", what: "folder or list of pictures")) {
        try WorkManifest.open("a.tar", for: .infer)
      }
      #expect(throws: WorkError.onePicture(path: "\(pictures)/p1.png")) {
        try WorkManifest.open("\(pictures)/p1.png", for: .infer)
      }
      #expect(throws: WorkError.classesUnknown(path: "\(pictures)/p1.png")) {
        try WorkManifest.open("\(pictures)/p1.png", for: .eval)
      }
      #expect(throws: WorkError.format(.npy, task: .infer)) {
        try Self.work(.infer(top: 1), pictures, format: .npy)
      }
      #expect(throws: WorkError.partSize(0, allowed: 1...1_000_000)) {
        try Self.work(.infer(top: 1), pictures, partSize: 0)
      }
    }
  }
}
