import ArgumentParser

struct VisIntegrated: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "integrated", abstract: "Integrated gradients.")

  func run() throws {
    throw ValidationError("zoo vis integrated is not part of this build")
  }
}
