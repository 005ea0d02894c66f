import ArgumentParser

struct VisOcclusion: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "occlusion", abstract: "How a score changes as a patch hides parts of the picture.")

  func run() throws {
    throw ValidationError("zoo vis occlusion is not part of this build")
  }
}
