import ArgumentParser

struct VisCam: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cam", abstract: "What each place contributes to a class score.")

  func run() throws {
    throw ValidationError("zoo vis cam is not part of this build")
  }
}
