import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Whatever stops a command in the middle, its output is the old file or the new one.
@Suite(.serialized) struct DurabilityTests {
  /// A folder with a large checkpoint and two archives: `old.zoow` of another checkpoint and `new.zoow` of the large one.
  private final class Ground {
    let path: String
    let old: Data
    let new: Data
    /// How long a whole run takes.
    let duration: TimeInterval

    init() throws {
      path = FileManager.default.temporaryDirectory.path + "/zoo-durability-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Ground.checkpoint(values: 10_000_000).write(to: URL(filePath: "\(path)/large.safetensors"))
      try Ground.checkpoint(values: 1000).write(to: URL(filePath: "\(path)/small.safetensors"))
      try Ground.run(["pack", "small.safetensors", "-o", "old.zoow"], in: path)
      let start = Date()
      try Ground.run(["pack", "large.safetensors", "-o", "new.zoow"], in: path)
      duration = Date().timeIntervalSince(start)
      old = try Data(contentsOf: URL(filePath: "\(path)/old.zoow"))
      new = try Data(contentsOf: URL(filePath: "\(path)/new.zoow"))
      for name in ["old.zoow", "new.zoow"] { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }
    }

    deinit {
      try? FileManager.default.removeItem(atPath: path)
    }

    /// A safetensors file of one tensor whose elements are hardly compressible.
    private static func checkpoint(values: Int) -> Data {
      var state: UInt32 = 1
      let header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[\(values)],\"data_offsets\":[0,\(4 * values)]}}"
      var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8)
      let elements = (0..<values).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return 0x3F80_0000 | state >> 9
      }
      elements.withUnsafeBytes { data.append(contentsOf: $0) }
      return data
    }

    private static func run(_ arguments: [String], in folder: String) throws {
      let process = try Command.process(arguments, in: folder)
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
    }

    /// Puts the old archive in place.
    func reset() throws {
      try old.write(to: URL(filePath: "\(path)/a.zoow"))
    }

    var target: Data? { FileManager.default.contents(atPath: "\(path)/a.zoow") }

    /// What else is in the folder.
    var leftovers: [String] {
      get throws {
        try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.contains(".tmp") }
      }
    }

    /// Runs a script in the folder, where `$0` is zoo.
    func shell(_ script: String) throws -> (status: Int32, errors: String) {
      let process = try Command.process(["-c", script, Command.executable().path], in: path)
      process.executableURL = URL(filePath: "/bin/sh")
      let errors = Pipe()
      process.standardError = errors
      try process.run()
      let text = try errors.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }

    /// Packs over the archive and sends a signal after `delay`; the status, or the signal that ended it.
    func pack(signal: Int32, after delay: TimeInterval) throws -> (reason: Process.TerminationReason, status: Int32) {
      let process = try Command.process(["pack", "large.safetensors", "-o", "a.zoow", "--force"], in: path)
      try process.run()
      Thread.sleep(forTimeInterval: delay)
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      return (process.terminationReason, process.terminationStatus)
    }
  }

  @Test("killed at any moment, pack leaves the old archive or the new one, and the next run works")
  func killed() throws {
    let ground = try Ground()
    #expect(ground.old != ground.new)
    try ground.reset()
    var outcomes: [String: Int] = [:]
    for moment in 0..<24 {
      try ground.reset()
      let end = try ground.pack(signal: SIGKILL, after: ground.duration * Double(moment) / 20)
      let found = try #require(ground.target, "moment \(moment)")
      #expect(found == ground.old || found == ground.new, "moment \(moment): \(found.count) bytes")
      #expect(try ground.leftovers.count <= 1, "moment \(moment)")
      outcomes[end.reason == .exit ? "finished" : found == ground.old ? "old" : "new", default: 0] += 1
    }
    // Sooner than the program starts nothing can have happened.
    #expect(outcomes["old", default: 0] > 0, "\(outcomes)")
    let process = try Command.process(["pack", "large.safetensors", "-o", "a.zoow", "--force"], in: ground.path)
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(ground.target == ground.new)
    #expect(try ground.leftovers == [])
  }

  @Test("interrupted or asked to end, pack removes its temporary file", arguments: [SIGINT, SIGTERM, SIGHUP])
  func interrupted(signal: Int32) throws {
    let ground = try Ground()
    for moment in 0..<8 {
      try ground.reset()
      // Before the program has prepared itself, a signal ends it as it ends any.
      let end = try ground.pack(signal: signal, after: ground.duration * Double(moment + 1) / 8)
      let found = try #require(ground.target)
      if end.reason == .exit, end.status == 0 {
        #expect(found == ground.new, "moment \(moment)")
      } else {
        #expect(end.reason == .uncaughtSignal || end.status == 128 + signal, "moment \(moment): \(end)")
        #expect(found == ground.old || found == ground.new, "moment \(moment): \(found.count) bytes")
      }
      #expect(try ground.leftovers == [], "moment \(moment)")
    }
  }

  @Test("an interrupted program exits with 130, and 143 when asked to end", arguments: [SIGINT, SIGTERM])
  func status(signal: Int32) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/zoo-interrupt-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // It waits for its standard input, which never ends; by the time it has read some, it has prepared itself.
    let process = try Command.process(["infer", "-", "-m", "lenet-digits"], in: folder)
    let input = Pipe()
    process.standardInput = input
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(count: 200_000))
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 128 + signal)
  }

  @Test("a file size limit is an error like any other", arguments: [1, 40, 400, 4000, 30_000])
  func fileSizeLimit(kilobytes: Int) throws {
    let ground = try Ground()
    try ground.reset()
    // Shells count in blocks of 512 or 1024 bytes; either is too few.
    let (status, errors) = try ground.shell(
      "ulimit -f \(kilobytes); exec \"$0\" pack large.safetensors -o a.zoow --force")
    #expect(status == 74)
    #expect(errors == "error: a.zoow: cannot be written: File too large\n")
    #expect(ground.target == ground.old)
    #expect(try ground.leftovers == [])
  }

  @Test("a full disk is an error like any other, and what was there stays")
  func fullDisk() throws {
    let ground = try Ground()
    let disk = "\(ground.path)/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    // Only root may mount a file system, and not in every container.
    guard geteuid() == 0, try ground.shell("mount -t tmpfs -o size=4m zoo '\(disk)'").status == 0 else { return }
    defer { _ = try? ground.shell("umount '\(disk)'") }
    for output in ["a.zoow", "a.safetensors", "a.npz", "folder"] {
      let name = "disk/\(output)"
      if output != "folder" { try ground.old.write(to: URL(filePath: "\(ground.path)/\(name)")) }
      let verb = output == "a.zoow" ? "pack" : "unpack"
      let (status, errors) = try ground.shell("exec \"$0\" \(verb) large.safetensors -o \(name) --force")
      #expect(status == 74, "\(output)")
      #expect(errors == "error: \(name): cannot be written: No space left on device\n", "\(output)")
      let left = try FileManager.default.contentsOfDirectory(atPath: disk)
      #expect(left == (output == "folder" ? [] : [output]))
      if output != "folder" {
        #expect(FileManager.default.contents(atPath: "\(ground.path)/\(name)") == ground.old, "\(output)")
        try FileManager.default.removeItem(atPath: "\(ground.path)/\(name)")
      }
    }
  }
}
