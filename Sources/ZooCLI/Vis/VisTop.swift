import ArgumentParser

struct VisTop: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "The patches that excite each unit of a layer most.")

  func run() throws {
    throw ValidationError("zoo vis top is not part of this build")
  }
}
