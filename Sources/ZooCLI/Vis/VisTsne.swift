import ArgumentParser

struct VisTsne: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tsne", abstract: "CNN codes in the plane, neighbours near each other.")

  func run() throws {
    throw ValidationError("zoo vis tsne is not part of this build")
  }
}
