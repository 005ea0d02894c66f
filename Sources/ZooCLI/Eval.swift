import ArgumentParser
import ZooKit

struct Eval: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a model on labelled images: top-1, top-5, and each class.",
    discussion: """
      DATA is a folder: MNIST-style IDX files (gzip or not), CIFAR-10 binary
      batches, or one folder per class, directly or below train/ and val/.
      A folder is called like its class: the label, the WordNet identifier, or
      the number, from 0. Folders whose names say nothing are taken in their
      order if there is one for each class. What does not fit is refused.
      With --sliding or --crops each image is looked at as `zoo infer` does.
      """)

  @Argument(help: .model, completion: .model) var model: String
  @Option(help: ArgumentHelp("The folder with the data.", valueName: "DATA"), completion: .directory) var data: String
  @OptionGroup var weights: WeightsOption
  @Option(help: "Which part of the data: test or train.") var split = Split.test
  @Option(help: ArgumentHelp("Stop after so many images.", valueName: "N")) var limit: Int?
  @OptionGroup var answering: AnsweringOptions
  @OptionGroup var engine: EngineOptions
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  enum Split: String, ExpressibleByArgument, CaseIterable {
    case train
    case test
  }

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit is \(limit); expected at least 1") }
    try tables.check(json: json)
  }

  func run() throws {
    let dataSet = try DataSet.open(data, split: split == .train ? .train : .test)
    let network = try Network.named(model)
    let inference = try Inference(
      network, weights: weights.source(), view: answering.view(engine), options: engine.options())
    inference.model?.mentionCache()
    let (scorer, weights) = (inference.scorer, inference.weights)
    weights.mentionAll()
    mention(dataSet, try scorer.assignment(of: dataSet))
    var progress = Progress("Evaluating \(network.name)", total: min(dataSet.count, limit ?? dataSet.count))
    let result: Evaluation
    do {
      defer { progress.finish() }
      result = try scorer.evaluate(dataSet, limit: limit) { done, _ in progress.update(done) }
    }
    if json {
      try Console.json(EvaluationAnswer(model: network.name, data: dataSet, weights: weights, result))
      return
    }
    EvaluationReport.print(
      result, weights: weights.summary, data: "\(dataSet.path), \(dataSet.kind.rawValue)", plain: tables.plain)
  }

  /// Says what in a data set was not taken as it is.
  private func mention(_ data: DataSet, _ assignment: ClassAssignment?) {
    for respelling in assignment?.respellings ?? [] {
      Console.message("note: the folder '\(respelling.folder)' was taken for the class '\(respelling.label)'")
    }
    if let assignment, assignment.bases == [.order] {
      Console.message(
        "warning: no folder is called like a class, so the folders were taken for the classes in the order of their names, \(data.classNamesOfAllParts.first ?? "") for class 0"
      )
    }
    data.mentionImagesWithoutClass()
  }
}
