import ArgumentParser

struct VisClass: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "class", abstract: "A picture that a class likes.")

  func run() throws {
    throw ValidationError("zoo vis class is not part of this build")
  }
}
