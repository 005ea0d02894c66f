import ArgumentParser

struct VisInvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invert", abstract: "A picture with the code of another.")

  func run() throws {
    throw ValidationError("zoo vis invert is not part of this build")
  }
}
