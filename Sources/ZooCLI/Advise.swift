import ArgumentParser
import ZooKit
import ZooTraining

struct Advise: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find out which transfer suits new pictures: fit codes, fine-tune, or start anew.",
    discussion: """
      Linear classifiers are fitted to the codes of the layer before the last and
      of layers at about half and three quarters of the depth, at the end of a
      block (maps are averaged), and tried on pictures left out. The answer is one
      of the four cases of the notes on transfer learning of Stanford's cs231n,
      what speaks for it, and the command to run next.
      """)

  @Argument(help: .model, completion: .model) var model: String
  @OptionGroup var weights: WeightsOption
  @Option(help: ArgumentHelp("The folder with the data, as for zoo eval.", valueName: "DATA"), completion: .directory)
  var data: String
  @Option(
    name: .customLong("layer"), parsing: .singleValue,
    help: ArgumentHelp(
      "A lower layer to try; may be given several times. Default: at half and three quarters of the depth.",
      valueName: "LAYER"))
  var layers: [String] = []
  @Option(help: ArgumentHelp("Look at so many pictures at most, of each class the same share.", valueName: "N"))
  var limit = 2000
  @Option(help: "svm, softmax or one-against-all.") var loss = ClassifierLoss.svm
  @Option(help: ArgumentHelp("Parts of the pictures that are left out in turn.", valueName: "N")) var folds = 5
  @Option(help: ArgumentHelp("Of what is looked at and left out.", valueName: "N")) var seed: UInt64 = 0
  @OptionGroup var engine: EngineOptions
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws { try tables.check(json: json) }

  func run() throws {
    let dataSet = try DataSet.open(data, split: .train)
    dataSet.mentionImagesWithoutClass()
    let network = try Network.named(model)
    let top = try network.codeLayer()
    let lower = layers.isEmpty ? network.lowerLayers(below: top) : layers
    if let layer = lower.first(where: { $0 == top }) {
      throw ValidationError("--layer \(layer) is the layer before the last, which is tried in any case")
    }
    let options = try engine.options()
    let features = try Features(
      network, called: model, weights: weights.source(), layers: [top] + lower, pools: true, options: options)
    features.model.mentionCache()
    features.model.weights.mentionAll()
    var codes = Progress("Codes of \(network.name)", total: min(limit, dataSet.count))
    let answer: Advice.Answer
    do {
      defer { codes.finish() }
      answer = try Advice.examine(
        dataSet, with: features,
        options: Advice.Options(
          limit: limit, fit: LinearClassifier.Options(loss: loss, folds: folds, seed: seed)),
        threads: options.threads
      ) { if case .codes(let done, _) = $0 { codes.update(done) } }
    }
    let commands = commands(for: answer.advice)
    if json {
      try Console.json(Answer(network.name, dataSet, answer, commands))
      return
    }
    if tables.plain { return table(of: answer).print(plain: true) }
    lines(of: answer, commands).forEach(Console.result)
  }

  private func table(of answer: Advice.Answer) -> TextTable {
    var table = TextTable([
      ("LAYER", .left), ("NUMBERS", .right), ("ACCURACY %", .right), ("± S.E.", .right), ("SKILL %", .right),
      ("BETTER THAN TOP", .right),
    ])
    for (layer, evidence) in zip(answer.layers, answer.advice.evidence) {
      let duel = evidence.betterThanTop
      table.append([
        layer.name, "\(layer.width)", NumberFormat.fixed(100 * evidence.accuracy.value, 2),
        evidence.standardError.map { NumberFormat.fixed(100 * $0, 2) } ?? "",
        NumberFormat.fixed(100 * evidence.skill, 1), duel.count == 0 ? "" : "\(duel.correct) of \(duel.count)",
      ])
    }
    return table
  }

  private func lines(of answer: Advice.Answer, _ commands: [String]) -> [String] {
    let advice = answer.advice
    let looked = answer.lookedAt < answer.pictures ? ", \(answer.lookedAt) looked at" : ""
    return table(of: answer).lines + [
      "",
      "data      \(answer.pictures) pictures\(looked), \(answer.classes) classes of \(NumberFormat.fixed(advice.picturesPerClass, 0)) (median; the smallest has \(advice.smallestClass))",
      "chance    \(NumberFormat.fixed(100 * advice.chance, 1)) %, by always naming the most frequent class",
      "evidence  \(advice.basis)",
      "case      \(advice.caseInWords)",
      "advice    \(advice.reasonInWords)", "", "Next:",
    ] + commands.map { "  \($0)" }
  }

  /// What to run next.
  private func commands(for advice: Advice) -> [String] {
    let network = ([model] + (weights.argument.map { ["-w", $0] } ?? [])).map(Self.quoted).joined(separator: " ")
    let data = "--data \(Self.quoted(data))"
    let fit = "zoo fit codes.npy -o head.zoow"
    return switch advice.step {
    case .fitTopCodes: ["zoo features \(network) \(data) -o codes.npy", fit]
    case .fitLowerCodes(let layer):
      ["zoo features \(network) --layer \(Self.quoted(layer)) --pool \(data) -o codes.npy", fit]
    case .fineTuneAll: ["zoo finetune \(network) \(data) -o run"]
    case .fineTuneFrom(let layer):
      ["zoo finetune \(network) --freeze-until \(Self.quoted(layer)) \(data) -o run"]
    case .trainFromScratch: ["zoo train \(Self.quoted(model)) \(data) -o run"]
    }
  }

  /// As a shell reads it as one word.
  private static func quoted(_ word: String) -> String {
    let plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/:@+,%".unicodeScalars
    if !word.isEmpty, word.unicodeScalars.allSatisfy(plain.contains) { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
  }

  private struct Answer: Encodable {
    var schema = "zoo.advise/1"
    var model: String
    var data: String
    var pictures: Int
    var lookedAt: Int
    var classes: Int
    var picturesPerClass: Double
    var smallestClass: Int
    var chance: Double
    /// `small` or `large`, `similar` or `different`.
    var size: String
    var similarity: String
    var basis: String
    var advice: String
    var evidence: [Evidence]
    var commands: [String]

    struct Evidence: Encodable {
      var layer: String
      var width: Int
      var accuracy: AccuracyAnswer
      var standardError: Double?
      var skill: Double
      /// Of the pictures on which this layer and the top one differ, those that this one got right.
      var betterThanTop: AccuracyAnswer?
    }

    init(_ name: String, _ dataSet: DataSet, _ answer: Advice.Answer, _ commands: [String]) {
      let advice = answer.advice
      model = name
      data = dataSet.path
      (pictures, lookedAt, classes) = (answer.pictures, answer.lookedAt, answer.classes)
      (picturesPerClass, smallestClass, chance) = (advice.picturesPerClass, advice.smallestClass, advice.chance)
      (size, similarity) = (advice.size.rawValue, advice.similarity.rawValue)
      (basis, self.advice, self.commands) = ("\(advice.basis)", advice.reasonInWords, commands)
      evidence = zip(answer.layers, advice.evidence).map { layer, evidence in
        Evidence(
          layer: layer.name, width: layer.width, accuracy: AccuracyAnswer(evidence.accuracy),
          standardError: evidence.standardError, skill: evidence.skill,
          betterThanTop: evidence.betterThanTop.count == 0 ? nil : AccuracyAnswer(evidence.betterThanTop))
      }
    }
  }
}
