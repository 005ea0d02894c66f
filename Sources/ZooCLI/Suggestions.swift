import ArgumentParser
import ZooKit

/// The parser's complaint; for a command that does not exist, with the nearest one that does.
func suggestingCommand(_ error: any Error) -> any Error {
  let names = Zoo.configuration.groupedSubcommands.flatMap(\.subcommands).map {
    $0.configuration.commandName ?? $0._commandName
  }
  guard let first = Zoo.arguments.first, !first.hasPrefix("-"), !names.contains(first), first != "help" else {
    return error
  }
  let near = first.near(among: names)
  guard !near.isEmpty else { return error }
  return ValidationError("no command '\(first)' (did you mean '\(near[0])'?)")
}
