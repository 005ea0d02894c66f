import ArgumentParser

struct VisInputGradient: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "input-gradient", abstract: "Input times gradient.")

  func run() throws {
    throw ValidationError("zoo vis input-gradient is not part of this build")
  }
}
