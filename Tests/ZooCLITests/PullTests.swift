import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `zoo pull` from servers of all kinds. It needs the `curl` command, which `tools/prepare --tests` installs.
@Suite(.serialized) struct PullTests {
  /// What is published: 300,000 bytes that look random.
  private static let published: [UInt8] = {
    var state: UInt32 = 1
    return (0..<300_000).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
  }()
  private static let digest = "cbbf1aa1724d6a078f109e131e053eaae7eb669f6ef00b1ad46004a6118d965d"
  private static let file = "tiny-\(digest.prefix(8)).pth"
  private static let half = 150_000

  /// A folder with a definition, in which weights are kept too.
  private final class Ground {
    let path = FileManager.default.temporaryDirectory.path + "/zoo-pull-\(UUID().uuidString)"
    var target: String { "\(path)/zoo/\(file)" }
    private let file: String

    init(_ address: String, file: String = PullTests.file, more: String = "") throws {
      self.file = file
      try FileManager.default.createDirectory(atPath: "\(path)/zoo", withIntermediateDirectories: true)
      try """
      zoo: 1
      name: tiny
      input: [1, 28, 28]
      weights:
        - {file: '\(file)', url: '\(address)'}
      \(more)
      layers: [{fc: {name: fc, out: 10}}]
      """.write(toFile: "\(path)/tiny.yaml", atomically: true, encoding: .utf8)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/zoo"))?.sorted() ?? [] }
    var bytes: [UInt8]? { FileManager.default.contents(atPath: target).map(Array.init) }
    var partSize: Int { (FileManager.default.contents(atPath: target + ".part") ?? Data()).count }

    func process(_ arguments: [String] = [], environment: [String: String] = [:]) throws -> Process {
      // What the machine says about proxies, and what a person says to curl, is not for this server.
      let own = ["HOME": path, "no_proxy": "*", "ZOO_MIRROR": ""].merging(environment) { $1 }
      return try Command.process(["pull", "tiny.yaml"] + arguments, in: path, environment: own)
    }

    func pull(
      _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String, errors: String) {
      let process = try process(arguments, environment: environment)
      let (output, errors) = (Pipe(), Pipe())
      (process.standardOutput, process.standardError) = (output, errors)
      try process.run()
      let text = try output.fileHandleForReading.readToEnd() ?? Data()
      let complaint = try errors.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return (
        process.terminationStatus, String(decoding: text, as: UTF8.self), String(decoding: complaint, as: UTF8.self)
      )
    }
  }

  @Test("a file is fetched once, and what is known of it is printed")
  func whole() throws {
    let server = try LoopbackServer { $1.send(file: Self.published, for: $0) }
    defer { server.stop() }
    let ground = try Ground("\(server.address)/a/\(Self.file)", more: "license: MIT")
    let first = try ground.pull()
    try #require(first.status == 0, "\(first.errors)")
    #expect(
      first.output == """
        weights  \(ground.target)
        source   \(server.address)/a/\(Self.file)
        size     300.0 kB (300,000 bytes)
        SHA-256  \(Self.digest)
        checked  its SHA-256 begins as published
        licence  MIT
        next     zoo infer photo.jpg -m tiny.yaml

        """)
    #expect(first.errors == "tiny: fetching \(Self.file) into \(ground.path)/zoo\n")
    #expect(ground.bytes == Self.published)
    #expect(ground.names == [Self.file])
    let second = try ground.pull(["--json"])
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(second.output.utf8)) as? [String: Any])
    #expect(second.status == 0 && second.errors.isEmpty, "\(second.errors)")
    #expect(answer["schema"] as? String == "zoo.pull/1")
    #expect(answer["status"] as? String == "present")
    #expect(answer["sha256"] as? String == Self.digest)
    #expect(answer["path"] as? String == ground.target)
    #expect(server.requests.map(\.path) == ["/a/\(Self.file)"])
    let third = try ground.pull(["--force", "--json"])
    #expect(third.status == 0 && third.output.contains("\"fetched\""), "\(third.errors)")
    #expect(server.requests.count == 2)
  }

  @Test("after a cut the next run goes on, or begins anew where the server gives no parts", arguments: [true, false])
  func cut(honoursRange: Bool) throws {
    let server = try LoopbackServer { request, connection in
      let isFirst = request.offset == nil && request.path.hasSuffix(".pth")
      connection.send(
        file: Self.published, for: request, upTo: isFirst ? Self.half : nil, honoursRange: honoursRange)
    }
    let ground = try Ground("\(server.address)/\(Self.file)")
    let first = try ground.pull()
    #expect(first.status == 74, "\(first.errors)")
    #expect(first.errors.contains("the connection ended before the file did"), "\(first.errors)")
    #expect(first.errors.contains("\(ground.target).part has 150000 of 300000 bytes"), "\(first.errors)")
    #expect(ground.names == ["\(Self.file).part"])
    server.stop()
    let other = try LoopbackServer { $1.send(file: Self.published, for: $0, honoursRange: honoursRange) }
    defer { other.stop() }
    let second = try ground.pull(["--json"], environment: ["ZOO_MIRROR": "\(other.address)/mirror"])
    #expect(second.status == 0, "\(second.errors)")
    #expect(ground.bytes == Self.published && ground.names == [Self.file])
    #expect(second.output.contains("\"resumed\" : \(honoursRange ? Self.half : 0)"), "\(second.output)")
    #expect(second.output.contains("\(other.address)/mirror/\(Self.file)"))
    #expect(other.requests.map(\.offset) == (honoursRange ? [Self.half] : [Self.half, nil]))
  }

  @Test("killed half-way or interrupted, and run again: the same bytes", arguments: [SIGKILL, SIGINT, SIGTERM])
  func killed(signal: Int32) throws {
    let server = try LoopbackServer { request, connection in
      connection.send(file: Self.published, for: request, upTo: request.offset == nil ? Self.half : nil)
      if request.offset == nil { connection.waitForEnd() }
    }
    defer { server.stop() }
    let ground = try Ground("\(server.address)/\(Self.file)")
    let process = try ground.process()
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    for _ in 0..<1000 where ground.partSize < Self.half { Thread.sleep(forTimeInterval: 0.01) }
    try #require(ground.partSize == Self.half)
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(ground.names == ["\(Self.file).part"])
    if signal != SIGKILL {
      let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      #expect(process.terminationReason == .exit && process.terminationStatus == 130)
      #expect(
        text.hasSuffix(
          "Interrupted: \(ground.target).part has 150.0 kB. Run the same command again to go on from there.\n"),
        "\(text)")
    }
    let again = try ground.pull()
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.output.contains("size     300.0 kB (300,000 bytes), 150.0 kB of it from an earlier run\n"))
    #expect(ground.bytes == Self.published && ground.names == [Self.file])
    #expect(server.requests.map(\.offset) == [nil, Self.half])
  }

  @Test("what lacked only its name is not fetched again, and a part of something else is noticed")
  func parts() throws {
    let server = try LoopbackServer { $1.send(file: Self.published, for: $0) }
    defer { server.stop() }
    let ground = try Ground("\(server.address)/\(Self.file)")
    try Data(Self.published).write(to: URL(filePath: ground.target + ".part"))
    #expect(try ground.pull().status == 0)
    #expect(ground.bytes == Self.published && ground.names == [Self.file] && server.requests.isEmpty)
    try FileManager.default.removeItem(atPath: ground.target)
    try Data(count: 1000).write(to: URL(filePath: ground.target + ".part"))
    let command = try ground.pull()
    #expect(command.status == 65 && command.errors.contains("300000 bytes, 1000 of them from an earlier attempt"))
    #expect(ground.names.isEmpty)
    #expect(try ground.pull().status == 0 && ground.bytes == Self.published)
    // Longer than the file, so that nothing comes after it.
    try FileManager.default.removeItem(atPath: ground.target)
    let long = try LoopbackServer { request, connection in
      if request.offset == nil { return connection.send(file: Self.published, for: request) }
      connection.send("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    }
    defer { long.stop() }
    try Data(count: 400_000).write(to: URL(filePath: ground.target + ".part"))
    let third = try ground.pull(environment: ["ZOO_MIRROR": long.address])
    #expect(third.status == 0 && ground.bytes == Self.published, "\(third.errors)")
  }

  @Test("wrong bytes are refused and removed")
  func wrong() throws {
    let server = try LoopbackServer { $1.send(file: Array(Self.published.dropLast()), for: $0) }
    defer { server.stop() }
    let ground = try Ground("\(server.address)/\(Self.file)")
    let command = try ground.pull()
    #expect(command.status == 65 && command.output.isEmpty)
    #expect(command.errors.contains("expected  a SHA-256 that begins with \(Self.digest.prefix(8))\n"))
    #expect(command.errors.contains("\n  found     ") && command.errors.contains(", 299999 bytes\n"))
    #expect(ground.names.isEmpty)
    // A file that a person has is left to them.
    try Data("mine".utf8).write(to: URL(filePath: ground.target))
    let kept = try ground.pull()
    #expect(
      kept.status == 65 && kept.errors.hasSuffix("; remove it, or pass --force to replace it\n"), "\(kept.errors)")
    #expect(ground.bytes == Array("mine".utf8) && server.requests.count == 1)
  }

  @Test("the definition's SHA-256 comes before the name's digits; without either a page for people is recognised")
  func digests() throws {
    let server = try LoopbackServer { request, connection in
      connection.send(
        file: request.path.contains("page") ? Array("\n<!DOCTYPE html>\r\n<p>Grüße</p>".utf8) : Self.published,
        for: request)
    }
    defer { server.stop() }
    let dated = "tiny-20230401.pth"
    let ground = try Ground("\(server.address)/\(dated)", file: "\(dated)', sha256: '\(Self.digest)")
    let command = try ground.pull(["--json"])
    #expect(command.status == 0 && command.output.contains("\"expected\" : \"\(Self.digest)\""), "\(command.errors)")
    let page = try Ground("\(server.address)/page.weights", file: "page.weights")
    let refused = try page.pull()
    #expect(refused.status == 65 && refused.errors.contains("found a page for people (HTML)"), "\(refused.errors)")
    #expect(page.names.isEmpty)
    let plain = try Ground("\(server.address)/plain.weights", file: "plain.weights")
    // What came earlier could be of another file.
    try Data(count: 1000).write(to: URL(filePath: plain.target + ".part"))
    let unchecked = try plain.pull()
    #expect(unchecked.status == 0 && unchecked.output.contains("not checked"), "\(unchecked.errors)")
    #expect(plain.bytes == Self.published && server.requests.last?.offset == nil)
  }

  @Test("redirections are followed, five of them, and on the web only")
  func redirections() throws {
    let server = try LoopbackServer { request, connection in
      let targets = ["/moved/": "/\(Self.file)", "/local/": "file:///etc/passwd", "/ring/": request.path]
      guard let (_, target) = targets.first(where: { request.path.hasPrefix($0.key) }) else {
        return connection.send(file: Self.published, for: request)
      }
      connection.send(
        "HTTP/1.1 302 Found\r\nLocation: \(target)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    }
    defer { server.stop() }
    let ground = try Ground("\(server.address)/\(Self.file)")
    for path in ["local", "ring"] {
      let command = try ground.pull(environment: ["ZOO_MIRROR": "\(server.address)/\(path)"])
      #expect(command.status == 65, "\(path): \(command.errors)")
      #expect(command.errors.contains("the server points elsewhere"), "\(path): \(command.errors)")
      #expect(ground.names.isEmpty)
    }
    let command = try ground.pull(environment: ["ZOO_MIRROR": "\(server.address)/moved/"])
    #expect(command.status == 0 && ground.bytes == Self.published, "\(command.errors)")
  }

  @Test("an answer that does not end, or is far too large, is given up with nothing kept", arguments: [true, false])
  func endless(isStated: Bool) throws {
    let server = try LoopbackServer { _, connection in
      let length = isStated ? "Content-Length: 1000000000000\r\n" : ""
      connection.send("HTTP/1.1 200 OK\r\n\(length)Connection: close\r\n\r\n")
      let zeros = [UInt8](repeating: 0, count: 1 << 20)
      while connection.send(zeros) {}
    }
    defer { server.stop() }
    let ground = try Ground("\(server.address)/\(Self.file)")
    let command = try ground.pull()
    #expect(command.status == 65)
    #expect(
      command.errors.contains(isStated ? "the file has 1000000000000 bytes" : "the answer does not end"),
      "\(command.errors)")
    #expect(ground.names.isEmpty)
  }

  @Test("a slow server is waited for, a silent one is not")
  func slow() throws {
    let server = try LoopbackServer { request, connection in
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(Self.published.count)\r\nConnection: close\r\n\r\n")
      if request.path.hasPrefix("/silent") {
        connection.send(Self.published[..<50])
        return connection.waitForEnd()
      }
      for start in stride(from: 0, to: Self.published.count, by: 30_000) {
        Thread.sleep(forTimeInterval: 0.02)
        connection.send(Self.published[start..<(start + 30_000)])
      }
    }
    defer { server.stop() }
    let ground = try Ground("\(server.address)/\(Self.file)")
    let silent = try ground.pull(["--timeout", "1"], environment: ["ZOO_MIRROR": "\(server.address)/silent"])
    #expect(silent.status == 74 && silent.errors.contains("next to nothing came for 1 seconds"), "\(silent.errors)")
    #expect(ground.partSize == 50)
    try FileManager.default.removeItem(atPath: ground.target + ".part")
    #expect(try ground.pull().status == 0 && ground.bytes == Self.published)
  }

  @Test("without the file, the server or curl: 69, and what to do")
  func missing() throws {
    let server = try LoopbackServer { _, connection in
      connection.send("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
    }
    let ground = try Ground("\(server.address)/\(Self.file)")
    let absent = try ground.pull()
    #expect(absent.status == 69 && absent.errors.contains("the server does not have the file (HTTP 404)"))
    server.stop()
    let nobody = try ground.pull()
    #expect(nobody.status == 69 && nobody.errors.contains("no connection to the server ("), "\(nobody.errors)")
    let unknown = try ground.pull(environment: ["ZOO_MIRROR": "http://nowhere.invalid/"])
    #expect(unknown.status == 69 && unknown.errors.contains("the server was not found ("), "\(unknown.errors)")
    let bare = try ground.pull(environment: ["PATH": ground.path])
    #expect(bare.status == 69 && bare.errors.contains("apt-get install curl"), "\(bare.errors)")
    #expect(ground.names.isEmpty)
  }

  @Test("names and addresses are data: no option, no pattern, no other folder")
  func hostile() throws {
    let server = try LoopbackServer { $1.send(file: Self.published, for: $0) }
    defer { server.stop() }
    let name = #"-o [1-3]{a,b} "\n" \"# + "-\(Self.digest.prefix(8)).pth"
    let ground = try Ground("\(server.address)/x", file: name)
    let page = try ground.pull()
    #expect(page.status == 69 && page.errors.contains("only the address of the page"), "\(page.errors)")
    let mirrored = try ground.pull(environment: ["ZOO_MIRROR": "http://me:secret@127.0.0.1:\(server.port)"])
    #expect(mirrored.status == 0 && ground.bytes == Self.published, "\(mirrored.errors)")
    #expect(!mirrored.output.contains("secret"))
    #expect(server.requests.count == 1 && server.requests[0].path.hasPrefix("/-o%20%5B1-3%5D%7Ba%2Cb%7D%20%22"))
    for file in ["../\(Self.file)", "/tmp/\(Self.file)", ".."] {
      let command = try Ground("\(server.address)/\(file)", file: file).pull()
      #expect(command.status == 65 && command.errors.contains("expected the name of a file"), "\(command.errors)")
    }
    for mirror in ["file:///tmp", "127.0.0.1", "http://a b/", "https://"] {
      let command = try ground.pull(["--force"], environment: ["ZOO_MIRROR": mirror])
      #expect(command.status == 64 && command.errors.contains("ZOO_MIRROR is '\(mirror)'"), "\(command.errors)")
    }
  }

  @Test("which weights, and those that come with zoo")
  func choice() throws {
    let unknown = try Command(
      ["pull", "resnet50", "--weights", "resnet50-11ad3fa.pth"], environment: ["ZOO_MIRROR": ""])
    #expect(unknown.status == 64)
    #expect(unknown.errors.contains("(did you mean 'resnet50-11ad3fa6.pth'?)"), "\(unknown.errors)")
    let shipped = try Command(["pull", "lenet-digits"])
    #expect(shipped.status == 0 && shipped.output.contains("lenet-digits.zoow of lenet-digits"), "\(shipped.errors)")
    let none = try Command(["pull", "lenet5"])
    #expect(none.status == 69 && none.errors.contains("names no published weights"), "\(none.errors)")
    let advice = try Command(["infer", Command.sample("test-103-is-3.png"), "-m", "resnet18"])
    #expect(advice.status == 69 && advice.errors.hasSuffix("zoo pull resnet18\n"), "\(advice.errors)")
  }

  @Test("a folder that is not there is made, and one that cannot be is said")
  func folders() throws {
    let server = try LoopbackServer { $1.send(file: Self.published, for: $0) }
    defer { server.stop() }
    let ground = try Ground("\(server.address)/\(Self.file)")
    let made = try ground.pull(environment: ["XDG_DATA_HOME": "\(ground.path)/new/data"])
    #expect(made.status == 0 && made.output.contains("\(ground.path)/new/data/zoo/\(Self.file)"), "\(made.errors)")
    let named = try ground.pull(environment: ["ZOO_PATH": "\(ground.path)/none:\(ground.path)"])
    #expect(named.status == 0 && named.output.contains(" \(ground.path)/\(Self.file)\n"), "\(named.errors)")
    let file = try ground.pull(environment: ["XDG_DATA_HOME": "\(ground.path)/tiny.yaml"])
    #expect(file.status == 73, "\(file.errors)")
    let nowhere = try ground.pull(environment: ["XDG_DATA_HOME": "", "HOME": ""])
    #expect(nowhere.status == 73 && nowhere.errors.contains("set ZOO_PATH"), "\(nowhere.errors)")
  }
}
