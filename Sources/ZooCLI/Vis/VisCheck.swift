import ArgumentParser

struct VisCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Whether an attribution depends on the weights.")

  func run() throws {
    throw ValidationError("zoo vis check is not part of this build")
  }
}
