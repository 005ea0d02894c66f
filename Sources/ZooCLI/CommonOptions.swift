import ArgumentParser
import ZooKit

/// `--input CxHxW`
struct InputOption: ParsableArguments {
  @Option(
    name: .customLong("input"),
    help: ArgumentHelp("Another input than the definition's.", valueName: "CxHxW"),
    transform: InputOption.parse)
  var shape: Shape?

  static func parse(_ text: String) throws -> Shape {
    let parts = text.split(whereSeparator: { $0 == "x" || $0 == "×" }).map { Int($0) }
    let numbers = parts.compactMap { $0 }
    guard numbers.count == parts.count, numbers.count == 3, numbers.allSatisfy({ (1...65536).contains($0) }) else {
      throw ValidationError("'\(text)' is not channels, height and width, such as 3x224x224")
    }
    return Shape(numbers)
  }
}

/// `-w WEIGHTS`
struct WeightsOption: ParsableArguments {
  @Option(
    name: [.customShort("w"), .customLong("weights")],
    help: ArgumentHelp(
      "A .zoow archive, a checkpoint (F.pth#KEY for one of several dictionaries in it), or synthetic[:SEED]. Default: the package's, those that come with zoo, or a file in $ZOO_PATH.",
      valueName: "WEIGHTS"), completion: .file())
  var argument: String?

  func source() throws -> WeightSource {
    if let argument, !FileSystem.exists(CheckpointReference(argument).path), Catalogue.modelName(for: argument) != nil {
      throw ValidationError(
        "'\(argument)' is a model, and -w names a file of weights or synthetic; -m \(argument) chooses the model")
    }
    return try givenSource()
  }

  private func givenSource() throws -> WeightSource {
    try argument.map(WeightSource.init(argument:)) ?? .automatic
  }
}

extension ArgumentHelp {
  /// How MODEL is described everywhere.
  static let model = ArgumentHelp(
    "A name of the catalogue, a .yaml file, a .zoo package or an exported folder.", valueName: "MODEL")
}

extension Network {
  /// Finds the network that a MODEL names, and says where it is from when that is not what the name says.
  static func named(_ reference: String, input: Shape? = nil) throws -> Network {
    let network = try find(reference, input: input)
    if let input, input.rank == 3, let own = network.definition.card.input, own.rank == 3,
      input.channels != own.channels,
      input.dimensions[2] == own.channels
    {
      let turned = Shape([input.dimensions[2], input.dimensions[0], input.dimensions[1]])
      throw ValidationError(
        "--input \(input) has its channels last; \(network.name) reads \(own.channels) channels, which come first: \(turned)"
      )
    }
    network.mentionOrigin(calledAs: reference)
    return network
  }

  func mentionOrigin(calledAs reference: String) {
    if let note = originNote(calledAs: reference) { Console.message("note: \(note)") }
  }
}

extension CompletionKind {
  static var model: CompletionKind { .list(Catalogue.modelNames) }
}
