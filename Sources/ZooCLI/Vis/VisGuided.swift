import ArgumentParser

struct VisGuided: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "guided", abstract: "Guided backpropagation.")

  func run() throws {
    throw ValidationError("zoo vis guided is not part of this build")
  }
}
