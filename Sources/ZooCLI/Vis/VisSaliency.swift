import ArgumentParser

struct VisSaliency: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "saliency", abstract: "The gradient of a class score with respect to the input.")

  func run() throws {
    throw ValidationError("zoo vis saliency is not part of this build")
  }
}
