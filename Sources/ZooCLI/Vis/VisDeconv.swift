import ArgumentParser

struct VisDeconv: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "deconv", abstract: "The deconvolutional network.")

  func run() throws {
    throw ValidationError("zoo vis deconv is not part of this build")
  }
}
