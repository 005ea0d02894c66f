import Foundation
import Testing

/// Tables for people, as wide as their terminal, and for programs.
@Suite struct TableTests {
  /// What a command prints on a terminal that is so many characters wide.
  private func onTerminal(
    _ arguments: [String], columns: UInt16, environment: [String: String] = [:]
  ) throws -> [String] {
    var (terminal, program): (Int32, Int32) = (0, 0)
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    try #require(openpty(&terminal, &program, nil, nil, &size) == 0, "no terminal: \(errno)")
    let process = try Command.process(arguments, in: NSTemporaryDirectory(), environment: environment)
    process.standardOutput = FileHandle(fileDescriptor: program, closeOnDealloc: false)
    try process.run()
    close(program)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = read(terminal, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
    process.waitUntilExit()
    close(terminal)
    return String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\r", with: "")
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test("no line of a table is wider than the terminal", arguments: [80, 100, 200])
  func fits(columns: UInt16) throws {
    for arguments in [["list"], ["build", "resnet50"], ["layers"], ["layers", "conv"]] {
      let lines = try onTerminal(arguments, columns: columns)
      // The sentences below a table are not part of it.
      let start = try #require(
        lines.firstIndex { line in ["LAYER", "MODEL", "ATTRIBUTE"].contains { line.hasPrefix($0) } }, "\(arguments)")
      let table = lines[start...].prefix { !$0.isEmpty }
      #expect(table.count > 5, "\(arguments)")
      for line in table { #expect(line.count <= Int(columns), "\(arguments): \(line)") }
    }
  }

  @Test("columns are left out by importance and named, and COLUMNS is the width")
  func dropped() throws {
    let lines = try onTerminal(["list", "resnet"], columns: 60)
    #expect(lines[0].hasPrefix("MODEL") && !lines[0].contains("TITLE") && lines[0].contains("PARAMETERS"), "\(lines)")
    #expect(lines.contains { $0.hasPrefix("(no room for ") && $0.contains("TITLE") }, "\(lines)")
    let wide = try onTerminal(["list", "resnet"], columns: 60, environment: ["COLUMNS": "200"])
    #expect(wide[0].contains("TITLE"), "\(wide)")
    // Where there is no terminal a table is as wide as it has to be.
    let file = try Command(["list", "resnet"], environment: ["COLUMNS": "60"]).output
    #expect(file.split(separator: "\n")[0].contains("TITLE"), "\(file)")
  }

  @Test("a long operation goes on in further lines, and nothing of it is lost")
  func wrapped() throws {
    let lines = try onTerminal(["build", "vgg16"], columns: 72)
    let row = try #require(lines.firstIndex { $0.hasPrefix("features.0 ") }, "\(lines)")
    #expect(lines[row + 1].hasPrefix("   "), "\(lines[row + 1])")
    let words = lines[row...(row + 3)].joined(separator: " ")
    for word in ["convolution", "3×3,", "padding", "relu"] { #expect(words.contains(word), "\(word): \(words)") }
  }

  @Test(
    "plain tables have a header, tabs, all columns and numbers without separators",
    arguments: [
      (["list"], "MODEL\tPARAMETERS\tGMACS\tINPUT\tTOP-1 %\tWEIGHTS\tTITLE", "resnet18\t11689512\t1.814073344\t"),
      (
        ["build", "lenet"], "LAYER\tOPERATION\tOUTPUT\tMEMORY\tWEIGHTS\tPARAMETERS\tMACS\tFIELD",
        "ip1\tfully connected 500 + relu\t500\t500\t400000\t400500\t400000\tall"
      ),
      (
        ["show", "lenet"], "LAYER\tOPERATION\tOUTPUT\tMEMORY\tWEIGHTS\tPARAMETERS\tMACS\tFIELD",
        "ip2\tfully connected 10\t10\t10\t5000\t5010\t5000\tall"
      ),
      (
        ["layers", "max_pool"], "ATTRIBUTE\tTYPE AND RANGE\tDEFAULT\tMEANING",
        "kernel\tN or [N, N], 1 to 65,536\trequired\tHeight and width of the window: N or [height, width]."
      ),
      (
        ["graph", "lenet", "--color", "memory"], "BOX\tLAYERS\tOUTPUT\tPARAMETERS\tMACS\tMEMORY B\tSHARE %",
        "pool1\t1\t20×12×12\t0\t0\t11520.0\t"
      ),
      (
        ["vis", "filters"], "LAYER\tWEIGHTS\tLARGEST\tROUGHNESS", "conv1\t20×1×5×5\t"
      ),
    ])
  func plain(arguments: [String], header: String, row: String) throws {
    let command = try Command(arguments + ["--plain"])
    #expect(command.status == 0, "\(command.errors)")
    let lines = command.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first.map(String.init) == header, "\(command.output)")
    #expect(lines.contains { $0.hasPrefix(row) }, "\(command.output)")
    let tabs = header.count { $0 == "\t" }
    for line in lines.dropLast() { #expect(line.count { $0 == "\t" } == tabs, "\(line)") }
    // A terminal changes nothing.
    let width = try onTerminal(arguments + ["--plain"], columns: 40)
    #expect(width.joined(separator: "\n").contains(row), "\(width)")
    #expect(try Command(arguments + ["--plain", "--json"]).status == 64)
  }

  @Test("plain differences are all of them, and those of one side")
  func plainDifferences() throws {
    let shipped = "\(Command.repository)/zoo/weights/lenet-digits.zoow"
    try Command(["pack", shipped, "--dtype", "bfloat16", "-o", "small.zoow"]) { folder in
      let command = try Command(["diff", shipped, "\(folder)/small.zoow", "--plain"])
      #expect(command.status == 1, "\(command.errors)")
      let lines = command.output.split(separator: "\n")
      #expect(lines[0] == "TENSOR\tSHAPE\tTYPE\tDIFFERING\tRELATIVE\tMAXIMUM\tMEAN\tAT\tNOTE")
      #expect(lines.count == 9, "\(command.output)")
    }
  }

  @Test("shares are per cent of the whole")
  func shares() throws {
    let lines = try Command(["build", "lenet", "--share", "--plain"]).output.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false)
    }
    #expect(lines[0].suffix(3) == ["MEMORY %", "PARAMETERS %", "MACS %"])
    for column in lines[0].indices.suffix(3) {
      let sum = lines.dropFirst().reduce(0) { $0 + (Double($1[column]) ?? .nan) }
      #expect(abs(sum - 100) < 0.05, "\(lines[0][column]): \(sum)")
    }
    let ip1 = try #require(lines.first { $0[0] == "ip1" })
    #expect(ip1[lines[0].count - 2] == "92.91", "400,500 of 431,080: \(ip1)")
  }
}
