import ArgumentParser

struct VisActivations: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "activations", abstract: "The maps of a layer.")

  func run() throws {
    throw ValidationError("zoo vis activations is not part of this build")
  }
}
