import ArgumentParser

struct VisSmoothGrad: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "smoothgrad", abstract: "The mean gradient of noisy copies.")

  func run() throws {
    throw ValidationError("zoo vis smoothgrad is not part of this build")
  }
}
