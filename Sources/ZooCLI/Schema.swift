import ArgumentParser
import ZooKit

struct Schema: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the JSON Schema of the definition language, for editors.")

  func run() {
    Console.raw(Array(Catalogue.modelSchema.utf8))
  }
}
