import ArgumentParser

/// `--plain`
struct TableOptions: ParsableArguments {
  @Flag(
    help: "For scripts: the table alone, with tabs between the columns, all of them, and numbers without separators.")
  var plain = false

  /// - Throws: `ValidationError` when JSON is asked for, too.
  func check(json: Bool) throws {
    if plain, json { throw ValidationError("--plain prints a table and --json JSON; choose one") }
  }
}
