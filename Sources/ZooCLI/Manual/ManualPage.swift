import ZooKit

/// The manual page of `zoo`, in mdoc(7): `zoo help --man > zoo.1`.
struct ManualPage {
  /// The day that the page bears, as `November 28, 2026`.
  var date: String

  /// The page's source. The same version and day give the same bytes.
  func text() throws -> String {
    let zoo = try CommandDescription.zoo()
    let help = HelpSections(zoo.discussion ?? "")
    var page = ManualText()
    page.macro("Dd \(date)")
    page.macro("Dt ZOO 1")
    page.macro("Os")
    page.macro("Sh NAME")
    page.macro("Nm zoo")
    page.macro("Nd \(ManualText.escaped(Self.withoutFullStop(zoo.abstract ?? "")))")
    page.macro("Sh SYNOPSIS")
    page.macro("Nm")
    page.macro("Ar command")
    page.macro("Op Ar argument ...")
    page.macro("Nm")
    page.macro("Cm help")
    page.macro("Op Fl \\-man | Ar command ...")
    page.macro("Nm")
    page.macro("Fl \\-version")
    page.macro("Sh DESCRIPTION")
    page.discussion(help.rest + "\n\n" + Self.description, isFirst: true)
    page.macro("Sh COMMANDS")
    page.prose(Self.optionsOfAll)
    for group in Self.groups(zoo) {
      page.macro("Ss \(ManualText.escaped(group.name))")
      page.macro("Bl -tag -width Ds")
      for command in group.commands { Self.append(command, below: [], shared: [], to: &page) }
      page.macro("El")
    }
    Self.append("ENVIRONMENT", Self.environment, macro: "Ev", to: &page)
    Self.append("FILES", Self.files, macro: "Pa", to: &page)
    page.macro("Sh EXIT STATUS")
    page.macro("Bl -tag -width 130 -compact")
    for status in ExitStatus.documented {
      page.macro("It \(status.code)")
      page.prose(status.meaning)
    }
    page.macro("El")
    page.macro("Sh EXAMPLES")
    for example in help.examples {
      page.prose(Self.sentence(example.explanation) + ":")
      page.literal([example.command])
      page.macro("Pp")
    }
    page.prose("Each command's own examples are in its help and above.")
    page.macro("Sh SEE ALSO")
    page.macro("Xr curl 1 ,")
    page.macro("Xr gzip 1")
    return page.text
  }

  /// Commands in the groups of the program's help; what no group names, at the end.
  private static func groups(_ zoo: CommandDescription) -> [(name: String, commands: [CommandDescription])] {
    var left = zoo.commands.filter { $0.commandName != "help" }
    var groups: [(name: String, commands: [CommandDescription])] = []
    for group in Zoo.configuration.groupedSubcommands {
      let names = group.subcommands.map { $0.configuration.commandName ?? $0._commandName }
      groups.append((group.name, names.compactMap { name in left.first { $0.commandName == name } }))
      left.removeAll { names.contains($0.commandName) }
    }
    if !left.isEmpty { groups.append(("Others", left)) }
    return groups
  }

  /// A command: how it is called, what it does, its options, then the commands below it. `shared`: options that stand
  /// at the command above.
  private static func append(
    _ command: CommandDescription, below parents: [String], shared: [ArgumentDescription], to page: inout ManualText
  ) {
    let names = parents + [command.commandName]
    page.macro("It Nm \(names.map { "Cm \(ManualText.argument($0))" }.joined(separator: " ")) \(synopsis(command))")
    page.prose(command.abstract ?? "")
    if let discussion = command.discussion, !discussion.isEmpty {
      page.discussion(discussion)
    }
    let inherited = command.sharedArguments
    let own = command.ownArguments.filter { !shared.contains($0) } + inherited
    if !inherited.isEmpty {
      page.macro("Pp")
      page.prose("All of these commands take:")
    }
    if !shared.isEmpty {
      page.macro("Pp")
      page.prose("Besides what all of \(parents.joined(separator: " ")) take:")
    }
    if !own.isEmpty {
      page.macro("Bl -tag -width Ds")
      for argument in own { append(argument, to: &page) }
      page.macro("El")
    }
    for subcommand in command.commands { append(subcommand, below: names, shared: inherited, to: &page) }
  }

  /// An option with its names and value, or a positional argument, and what it is for.
  private static func append(_ argument: ArgumentDescription, to page: inout ManualText) {
    let value = argument.valueName.map { "Ar \(ManualText.argument($0))" } ?? ""
    switch argument.kind {
    case .positional: page.macro("It \(value)\(argument.isRepeating ? " ..." : "")")
    case .flag: page.macro("It \(names(of: argument))")
    case .option: page.macro("It \(names(of: argument)) \(value)")
    }
    let facts = [
      argument.allValues.map { "values: \($0.joined(separator: ", "))" },
      argument.defaultValue.map { "default: \($0)" },
    ].compactMap { $0 }
    let remark = facts.isEmpty ? "" : " (\(facts.joined(separator: "; ")))"
    page.prose((argument.abstract ?? "") + remark)
    if let discussion = argument.discussion, !discussion.isEmpty {
      page.discussion(discussion)
    }
  }

  /// What is behind a command's name: options in general, those that it cannot do without, what it is about.
  private static func synopsis(_ command: CommandDescription) -> String {
    guard command.commands.isEmpty else { return "Ar \\&command ..." }
    let (arguments, needed) = (command.ownArguments, command.ownArguments.filter { !$0.isOptional })
    var words = arguments.contains { $0.kind != .positional && $0.isOptional } ? ["Oo Ar option ... Oc"] : []
    for argument in needed where argument.kind != .positional {
      let name = argument.names?.first.map { "Fl \(ManualText.argument($0.text.dropFirst()))" } ?? ""
      words.append(argument.kind == .flag ? name : "\(name) Ar \(ManualText.argument(argument.valueName ?? ""))")
    }
    for argument in arguments where argument.kind == .positional {
      let word = "Ar \(ManualText.argument(argument.valueName ?? ""))\(argument.isRepeating ? " ..." : "")"
      words.append(argument.isOptional ? "Oo \(word) Oc" : word)
    }
    return words.joined(separator: " ")
  }

  private static func names(of argument: ArgumentDescription) -> String {
    (argument.names ?? []).map { "Fl \(ManualText.argument($0.text.dropFirst()))" }.joined(separator: " , ")
  }

  private static func append(
    _ heading: String, _ entries: KeyValuePairs<String, String>, macro: String, to page: inout ManualText
  ) {
    page.macro("Sh \(heading)")
    page.macro("Bl -tag -width Ds")
    for (name, meaning) in entries {
      page.macro("It \(macro) \(ManualText.argument(name))")
      page.prose(meaning)
    }
    page.macro("El")
  }

  private static func withoutFullStop(_ text: String) -> String {
    let text = text.hasSuffix(".") ? String(text.dropLast()) : text
    return text.prefix(1).lowercased() + text.dropFirst()
  }

  private static func sentence(_ text: Substring) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }
}
