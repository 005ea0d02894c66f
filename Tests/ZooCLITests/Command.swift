import Foundation
import Testing

/// The built program, run as a person runs it.
struct Command {
  let status: Int32
  let output: String
  let errors: String

  /// Runs `zoo` with the given arguments in a folder of its own. `files`: made in the folder first. `inspect`: looks at
  /// the folder before it is removed.
  @discardableResult
  init(
    _ arguments: [String], files: [String: String] = [:], environment: [String: String] = [:], input: Data? = nil,
    inspect: (String) throws -> Void = { _ in }
  ) throws {
    try self.init(files: files, input: input, inspect: inspect) { folder in
      try Self.process(arguments, in: folder, environment: environment)
    }
  }

  /// Runs a script for `sh` in a folder of its own, in which `$ZOO` is the program and `$@` the arguments: for what only a
  /// shell can do, such as closing a descriptor or naming a file by bytes that are not UTF-8.
  @discardableResult
  init(
    script: String, _ arguments: [String] = [], files: [String: String] = [:], environment: [String: String] = [:],
    inspect: (String) throws -> Void = { _ in }
  ) throws {
    try self.init(files: files, input: nil, inspect: inspect) { folder in
      let zoo = try Self.executable().path
      let process = try Self.process([], in: folder, environment: environment.merging(["ZOO": zoo]) { $1 })
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", script, "sh"] + arguments
      return process
    }
  }

  private init(
    files: [String: String], input: Data?, inspect: (String) throws -> Void,
    _ make: (_ folder: String) throws -> Process
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-cli-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    let process = try make(folder.path)
    let (out, err) = (folder.appending(path: ".stdout"), folder.appending(path: ".stderr"))
    for url in [out, err] { try Data().write(to: url) }
    process.standardOutput = try FileHandle(forWritingTo: out)
    process.standardError = try FileHandle(forWritingTo: err)
    let given = folder.appending(path: ".stdin")
    try (input ?? Data()).write(to: given)
    process.standardInput = try FileHandle(forReadingFrom: given)
    try process.run()
    process.waitUntilExit()
    status = process.terminationStatus
    output = String(decoding: try Data(contentsOf: out), as: UTF8.self)
    errors = String(decoding: try Data(contentsOf: err), as: UTF8.self)
    try inspect(folder.path)
  }

  /// A run of `zoo` in a folder, not started yet.
  static func process(
    _ arguments: [String], in folder: String, environment: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = try executable()
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["XDG_DATA_HOME": folder, "ZOO_PATH": "", "ZOO_MODEL": "", "NO_COLOR": "1"].merging(environment) { $1 }
    ) { $1 }.filter { $0.key != "ZOO_MODEL" || !$0.value.isEmpty }
    for stream in [\Process.standardOutput, \.standardError, \.standardInput] {
      process[keyPath: stream] = FileHandle.nullDevice
    }
    return process
  }

  /// The program lies in the folder of the test bundle, or above it.
  static func executable() throws -> URL {
    var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    for _ in 0..<4 {
      let candidate = folder.appending(path: "zoo")
      if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
      folder.deleteLastPathComponent()
    }
    throw NotBuilt()
  }

  struct NotBuilt: Error, CustomStringConvertible {
    var description: String { "zoo is not beside \(CommandLine.arguments[0]); run `swift build --build-tests` first" }
  }

  /// The repository's root.
  static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  static func sample(_ name: String) -> String { "\(repository)/zoo/samples/\(name)" }
}
