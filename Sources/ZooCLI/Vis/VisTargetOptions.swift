import ArgumentParser
import ZooInsight
import ZooKit

/// What is explained: `--class`, `--against`, or `--layer` and `--unit`.
struct VisTargetOptions: ParsableArguments {
  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "The class, by its name, WordNet identifier or number. Default: the likeliest.", valueName: "CLASS"))
  var className: String?
  @Option(help: ArgumentHelp("Why the class and not this one: the difference of their scores.", valueName: "CLASS"))
  var against: String?

  /// `input`: says which class is the likeliest, where none was asked for.
  func target(_ model: Model, for input: Tensor) throws -> AttributionTarget {
    let index = try className.map { try Self.index(of: $0, model) } ?? Self.likeliest(model, input)
    guard let against else { return .score(index) }
    let other = try Self.index(of: against, model)
    guard other != index else {
      throw ValidationError("--against is the class that is explained, \(index); give another")
    }
    return .contrast(index, against: other)
  }

  static func index(of name: String, _ model: Model) throws -> Int {
    try Classification.index(of: name, labels: model.labels, count: model.answer.classes)
  }

  static func likeliest(_ model: Model, _ input: Tensor) throws -> Int {
    try model.classify(input, top: 1)[0].index
  }
}

/// The lines below a figure: what it is of, and the command that makes it again.
enum VisNotes {
  static func lines(_ model: Model, _ facts: [String] = []) -> [String] {
    FigureNotes.standard(model.network.name, weights: model.weights, facts)
  }
}
