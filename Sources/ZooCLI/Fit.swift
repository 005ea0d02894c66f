import ArgumentParser
import ZooKit
import ZooTraining

struct Fit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fit a linear classifier to CNN codes: a new last layer for the network.",
    discussion: """
      F.npy are codes that `zoo features` wrote. HEAD.zoow gets the network that
      made them with the classifier as its last layer, so that
      `zoo infer -m HEAD.zoow picture.jpg` needs nothing else. Codes of another
      layer than the one before the last make a classifier that cannot be that
      layer: then HEAD.zoow holds the tensors classifier.weight and
      classifier.bias.

      The mean loss + λ|W|² of standardised codes is minimised to the end, with no
      learning rate and the same bits for any number of threads. The loss svm is
      that of Stanford's cs231n with the hinge squared. λ is the one with which
      most pictures are recognised that were left out of a fit. The scores of an
      svm are margins: the probabilities that infer makes of them say which class
      is likelier, not how likely it is; those of softmax do.
      """)

  @Argument(help: ArgumentHelp("The codes.", valueName: "F.npy"), completion: .file(extensions: ["npy"]))
  var codes: [String]
  @Option(
    name: .short, help: ArgumentHelp("The archive to write.", valueName: "HEAD.zoow"),
    completion: .file(extensions: ["zoow", "zoo"]))
  var output: String
  @Option(help: "svm, softmax or one-against-all.") var loss = ClassifierLoss.svm
  @Option(help: ArgumentHelp("Parts of the codes that are left out in turn, to find λ.", valueName: "N"))
  var folds = 5
  @Option(
    help: ArgumentHelp(
      "λ, or several with commas between to choose from. Default: 1000, 100, … 0.0001.",
      valueName: "X"), transform: Fit.numbers)
  var lambda: [Double]?
  @Option(
    help: ArgumentHelp("Codes of pictures that take no part in the fit, to measure with.", valueName: "G.npy"),
    completion: .file(extensions: ["npy"]))
  var test: String?
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The network that made the codes. Default: what F.features.json says.", valueName: "MODEL"),
    completion: .model)
  var model: String?
  @OptionGroup var weights: WeightsOption
  @Option(help: ArgumentHelp("Of the division into folds.", valueName: "N")) var seed: UInt64 = 0
  @OptionGroup var machine: MachineOptions
  @Flag(help: "Replace HEAD.zoow if it exists.") var force = false
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  private static func numbers(_ text: String) throws -> [Double] {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard !numbers.isEmpty, numbers.allSatisfy({ $0.map { $0 > 0 && $0.isFinite } ?? false }) else {
      throw ValidationError("'\(text)' is not a number above 0, nor several with commas between")
    }
    return numbers.compactMap(\.self)
  }

  func validate() throws {
    try tables.check(json: json)
    if !output.hasSuffix(".zoow"), !output.hasSuffix(".zoo") {
      throw ValidationError("'\(output)' should end in .zoow")
    }
    if machine.isa != nil { throw ValidationError("fitting is the same on all instruction sets; leave out --isa") }
  }

  func run() throws {
    try FileSystem.checkFile(output, overwrite: force)
    let given = try weights.argument.map(WeightSource.init(argument:))
    let work: HeadFit
    do {
      work = try HeadFit(codes, test: test, model: model, weights: given)
    } catch FeaturesError.weightsWithoutNetwork {
      throw ValidationError("nothing says which network the weights are of: pass -m MODEL too")
    }
    switch work.destination {
    case .network(let network, let loaded):
      loaded.mentionStoredPreprocessing()
      if work.record == nil {
        Console.message(
          "note: nothing says what made the codes; they have as many numbers as '\((try? network.codeLayer()) ?? "")' of \(network.name), and are taken for its"
        )
      }
    case .tensors(let obstacle):
      Console.message(
        "warning: \(obstacle), so the classifier is written by itself: classifier.weight and classifier.bias\(obstacle == .networkUnknown ? "; pass -m MODEL -w WEIGHTS" : "")"
      )
    }
    let regularisation = work.regularisation(lambda)
    var progress = FitProgress(options: regularisation, folds: folds)
    let result: HeadFit.Result
    do {
      defer { progress.finish() }
      result = try work.fit(
        LinearClassifier.Options(loss: loss, regularisation: regularisation, folds: folds, seed: seed),
        threads: machine.options().threads
      ) { progress.update($0) }
    }
    try work.write(result, to: output, overwrite: force)
    let report = FitReport(work, result, output: output)
    if json {
      try Console.json(report.answer)
    } else if tables.plain {
      report.trials.print(plain: true)
    } else {
      report.lines.forEach(Console.result)
    }
    Console.message("Wrote \(output)")
    if case .network = work.destination { Console.message("Next: zoo infer -m \(output) IMAGE") }
  }
}

extension ClassifierLoss: ExpressibleByArgument {}

/// Which of the fits is going on.
struct FitProgress {
  private var bar: Progress
  private let values: Int

  init(options: LinearClassifier.Regularisation, folds: Int) {
    values = if case .crossValidated(let values) = options { Set(values).count } else { 0 }
    bar = Progress("Fitting", total: max(1, values * folds + 1))
  }

  private var seen: Set<String> = []

  mutating func update(_ progress: LinearClassifier.Progress) {
    // Each fold goes through all values.
    if case .fold(let fold, _, let regularisation, _) = progress { seen.insert("\(fold) \(regularisation)") }
    bar.update(seen.count)
  }

  func finish() { bar.finish() }
}
