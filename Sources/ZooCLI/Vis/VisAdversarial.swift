import ArgumentParser

struct VisAdversarial: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adversarial", abstract: "Small changes that change the answer.")

  func run() throws {
    throw ValidationError("zoo vis adversarial is not part of this build")
  }
}
