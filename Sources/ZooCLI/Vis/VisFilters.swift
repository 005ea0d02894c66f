import ArgumentParser

struct VisFilters: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filters", abstract: "The weights of a layer as pictures.")

  func run() throws {
    throw ValidationError("zoo vis filters is not part of this build")
  }
}
