import Foundation
import Testing

/// The command is a front of the library: what it imports, and which words the library leaves to it.
@Suite struct ImportTests {
  private static func lines(below folder: String) throws -> [(file: String, line: String)] {
    let root = URL(filePath: "\(Command.repository)/Sources/\(folder)")
    let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
    return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.flatMap { file in
      try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { (file.lastPathComponent, String($0)) }
    }
  }

  @Test("the command has no import below ZooKit")
  func imports() throws {
    let imported = try Self.lines(below: "ZooCLI").filter {
      $0.line.contains(/^\s*(?:@\w+ |public |package )*import Zoo/)
    }
    #expect(imported.count > 50)
    for (file, line) in imported {
      #expect(line.contains(/^import (?:ZooKit|ZooTraining|ZooInsight)$/), "\(file): \(line)")
    }
  }

  @Test("messages of the libraries name no option and no command")
  func messages() throws {
    for library in [
      "ZooTensor", "ZooGraph", "ZooSpec", "ZooKernels", "ZooRuntime", "ZooWeights", "ZooImages", "ZooKit",
      "ZooTraining", "ZooInsight",
    ] {
      for (file, line) in try Self.lines(below: library) where file.hasSuffix("+Message.swift") {
        let code = line.drop { $0 == " " }
        guard !code.hasPrefix("//") else { continue }
        #expect(!code.contains(/[ (]--[a-z]|`zoo |\(zoo [a-z]| -[a-z] [A-Z]{2}/), "\(library)/\(file): \(code)")
      }
    }
  }
}
