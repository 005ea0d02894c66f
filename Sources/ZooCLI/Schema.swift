import ArgumentParser
import ZooKit
import ZooTraining

struct Schema: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a JSON Schema, for editors: of definitions, or of training recipes.",
    discussion: """
      model   definitions; for what is under train it refers to recipe.schema.json
              beside it
      recipe  training recipes, the files of `zoo train --recipe`

        zoo schema model > model.schema.json
        zoo schema recipe > recipe.schema.json

      and at the top of a definition or a recipe:

        # yaml-language-server: $schema=model.schema.json
      """)

  /// What there are schemas of.
  enum Kind: String, CaseIterable, ExpressibleByArgument {
    case model, recipe
  }

  @Argument(help: "model or recipe.") var kind = Kind.model

  func run() {
    let text =
      switch kind {
      case .model: Catalogue.modelSchema
      case .recipe: Recipe.schema
      }
    Console.raw(Array(text.utf8))
  }
}
