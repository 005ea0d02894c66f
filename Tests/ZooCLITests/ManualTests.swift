import Foundation
import Testing

/// `zoo help --man`: a page for man(1) that leaves nothing out.
@Suite struct ManualTests {
  /// The page's source without what keeps the formatter from reading macros into words.
  private static func page(environment: [String: String] = [:]) throws -> String {
    let command = try Command(["help", "--man"], environment: environment)
    try #require(command.status == 0, "\(command.errors)")
    return command.output.replacing("\\&", with: "").replacing("\\-", with: "-")
  }

  private struct Description: Decodable {
    struct Command: Decodable {
      var commandName: String
      var subcommands: [Command]?
      var arguments: [Argument]?
    }

    struct Argument: Decodable {
      struct Name: Decodable {
        var kind: String
        var name: String
      }

      var kind: String
      var names: [Name]?
      var valueName: String?
      var shouldDisplay: Bool
    }

    var command: Command
  }

  @Test func everyCommandAndOptionIsOnThePage() throws {
    let dump = try Command(["--experimental-dump-help"])
    let zoo = try JSONDecoder().decode(Description.self, from: Data(dump.output.utf8)).command
    // What the page says about each command, by the macro that begins it; what is said once of all kinds stands at their head.
    var entries: [String: Substring] = [:]
    for part in try Self.page().split(separator: "\n.It Nm ").dropFirst() {
      let names = part.prefix { $0 != "\n" }.split(separator: " ")
      var path: [Substring] = []
      for (macro, name) in zip(names, names.dropFirst()) where macro == "Cm" { path.append(name) }
      entries[path.joined(separator: " ")] = part
    }
    func look(_ command: Description.Command, _ parents: [String], _ above: Substring) throws {
      let path = parents + [command.commandName]
      let name = path.joined(separator: " ")
      let entry = try #require(entries[name], "no entry for zoo \(name)")
      for argument in command.arguments ?? [] where argument.shouldDisplay {
        let names = argument.names ?? []
        if ["help", "version"].contains(names.last?.name) { continue }
        let item =
          names.isEmpty
          ? ".It Ar \(argument.valueName ?? "")"
          : ".It " + names.map { "Fl \($0.kind == "long" ? "-" : "")\($0.name)" }.joined(separator: " , ")
        #expect(entry.contains(item) || above.contains(item), "zoo \(name): \(item)")
      }
      for subcommand in command.subcommands ?? [] { try look(subcommand, path, entry) }
    }
    for command in zoo.subcommands ?? [] where command.commandName != "help" { try look(command, [], "") }
  }

  @Test func everyVariableThatSourcesReadIsOnThePage() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources")
    var variables: Set<String> = []
    for case let file as URL in try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      variables.formUnion(text.matches(of: /"((?:ZOO|XDG)_[A-Z_]+)"/).map { String($0.1) })
    }
    #expect(variables.isSuperset(of: ["ZOO_PATH", "ZOO_CACHE", "XDG_DATA_HOME"]))
    let page = try Self.page()
    for variable in variables.sorted() { #expect(page.contains("\n.It Ev \(variable)\n"), "\(variable)") }
  }

  @Test func theDayIsThatOfThePackage() throws {
    #expect(try Self.page(environment: ["SOURCE_DATE_EPOCH": "1772236799"]).hasPrefix(".Dd February 27, 2026\n"))
    #expect(try Self.page(environment: ["SOURCE_DATE_EPOCH": "1772236800"]).hasPrefix(".Dd February 28, 2026\n"))
  }

  @Test func exitStatusesAreThoseOfTheHelp() throws {
    let page = try Self.page()
    for status in [0, 1, 64, 65, 66, 69, 70, 73, 74, 130] { #expect(page.contains("\n.It \(status)\n"), "\(status)") }
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/mandoc")))
  func formattersHaveNothingToComplainOf() throws {
    let lint = try Command(script: #""$ZOO" help --man > zoo.1 && mandoc -T lint -W warning zoo.1; echo "status $?""#)
    #expect(lint.output == "status 0\n", "\(lint.output)")
  }
}
