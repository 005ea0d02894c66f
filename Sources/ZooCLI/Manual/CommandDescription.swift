import ArgumentParser
import FoundationEssentials

/// A command with its arguments, as the parser describes itself to programs (`--experimental-dump-help`).
struct CommandDescription: Decodable {
  var commandName: String
  var abstract: String?
  var discussion: String?
  var shouldDisplay: Bool?
  var subcommands: [CommandDescription]?
  var arguments: [ArgumentDescription]?

  /// What `zoo` and all of its commands take.
  ///
  /// - Throws: the decoder's error where the parser describes itself in another form than it did, `ValidationError` where it
  ///   does not at all.
  static func zoo() throws -> CommandDescription {
    struct Description: Decodable {
      var command: CommandDescription
    }
    do {
      _ = try Zoo.parseAsRoot(["--experimental-dump-help"])
    } catch {
      return try JSONDecoder().decode(Description.self, from: Data(Zoo.message(for: error).utf8)).command
    }
    throw ValidationError("the parser does not describe itself")
  }

  /// The arguments that a person may give, without the options that every command has.
  var ownArguments: [ArgumentDescription] {
    (arguments ?? []).filter { argument in
      argument.shouldDisplay && !["help", "version"].contains(argument.names?.last?.name)
    }
  }

  /// The commands below it that a person may give.
  var commands: [CommandDescription] {
    (subcommands ?? []).filter { $0.shouldDisplay ?? true }
  }

  /// The arguments that all commands below it take, described alike.
  var sharedArguments: [ArgumentDescription] {
    guard let first = commands.first, commands.count > 1 else { return [] }
    let others = commands.dropFirst().map { Set($0.ownArguments) }
    return first.ownArguments.filter { argument in others.allSatisfy { $0.contains(argument) } }
  }
}

/// An argument of a command.
struct ArgumentDescription: Decodable, Hashable {
  enum Kind: String, Decodable {
    case positional
    case option
    case flag
  }

  struct Name: Decodable, Hashable {
    var kind: String
    var name: String

    /// The name with its dashes.
    var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
  }

  var kind: Kind
  var shouldDisplay: Bool
  var isOptional: Bool
  var isRepeating: Bool
  var names: [Name]?
  var valueName: String?
  var defaultValue: String?
  var allValues: [String]?
  var abstract: String?
  var discussion: String?
}
