import ArgumentParser
import ZooInsight
import ZooKit

struct VisAdversarial: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adversarial",
    abstract: "Small changes that change the answer; pictures from noise that a network takes for something.",
    discussion: """
      Each sample of the picture that the network is shown moves by the sign of
      the gradient of the class's cross-entropy, by at most --eps of the levels 0
      to 255: once with --steps 1 (Goodfellow et al., 2015), else in steps that are
      projected back (Kurakin et al., 2017; Madry et al., 2018). Scores are those
      of pictures rounded to whole levels, and what is claimed is read back from
      the PNG that was written, through the model's own preprocessing; after JPEG
      of quality \(Adversary.jpegQuality) is told apart.

      --picture is the picture after resize and before crop, so that zoo infer
      sees exactly these pixels. Over a data set each picture that is classified
      correctly is attacked. --fooling makes a picture from noise. --save writes
      the change in levels, [C, H, W], red, green, blue or grey.

      That an attack fails does not show that a network is robust: another one,
      with more steps or a random start, may succeed. Nor do the changed pixels
      tell what the network looks at.

        zoo vis adversarial cat.jpg -m resnet18 -w resnet18.pth --eps 4 -o cat.png
        zoo vis adversarial mnist -m lenet -w lenet.caffemodel --eps 51 --steps 1
        zoo vis adversarial --fooling 3 -m lenet-digits --picture three.png
      """)

  @Argument(
    help: ArgumentHelp(
      "A JPEG or PNG file or -; or the folder of a data set, as for zoo eval.", valueName: "IMAGE|DATA"),
    completion: .file())
  var source: String?
  @OptionGroup var model: VisModelOptions
  @Option(
    help: ArgumentHelp(
      "The largest change of a sample, in whole levels of 0 to 255. Default: 8; of --fooling and --smallest any.",
      valueName: "LEVELS"))
  var eps: Double?
  @Option(
    help: ArgumentHelp(
      "The most steps; 1 is the gradient sign method. Default: 10; of --fooling 200.", valueName: "N"))
  var steps: Int?
  @Option(
    help: ArgumentHelp(
      "The size of a step. Default: --eps of one step, else 2.5 times --eps over --steps, at least 1.",
      valueName: "LEVELS"))
  var stepSize: Double?
  @Option(
    help: ArgumentHelp(
      "What it is to be taken for, by name, WordNet identifier or number. Default: anything else.", valueName: "CLASS"))
  var target: String?
  @Option(help: ArgumentHelp("Make a picture from noise that is taken for CLASS.", valueName: "CLASS"))
  var fooling: String?
  @Option(
    help: ArgumentHelp(
      "Go on until the wrong class has this probability. Default: until it is the likeliest; of --fooling 0.99.",
      valueName: "P"))
  var confidence: Double?
  @Flag(help: "Start at a random place within --eps.") var randomStart = false
  @Option(help: ArgumentHelp("Of noise and random starts.", valueName: "N")) var seed: UInt64 = 0
  @Flag(help: "Search for the smallest --eps that succeeds, by bisection.") var smallest = false
  @Option(
    help: ArgumentHelp("Write the picture itself, exactly its pixels.", valueName: "F.png"),
    completion: .file(extensions: ["png"]))
  var picture: String?
  @Option(
    help: ArgumentHelp("Of a data set: keep the pictures in this folder.", valueName: "DIR"), completion: .directory)
  var pictures: String?
  @Option(help: ArgumentHelp("Of a data set: look at so many pictures.", valueName: "N")) var limit: Int?
  @Option(help: "Of a data set: test or train.") var split: Eval.Split?
  @OptionGroup var tables: TableOptions
  @OptionGroup var output: VisOutputOptions

  func validate() throws {
    try tables.check(json: output.json)
    guard (source == nil) != (fooling == nil) else {
      throw ValidationError("give IMAGE or DATA to be changed, or --fooling CLASS for a picture from noise")
    }
    if let eps, eps.rounded() != eps || !(1...255).contains(eps) {
      throw ValidationError(
        "--eps is \(eps); expected a whole number from 1 to 255 levels (8/255 is --eps 8, 0.2 of the range --eps 51)")
    }
    if let steps, steps < 1 { throw ValidationError("--steps is \(steps); expected at least 1") }
    if let stepSize, !(stepSize > 0 && stepSize.isFinite) {
      throw ValidationError("--step-size is \(stepSize); expected a number above 0")
    }
    if let confidence, !(0...1).contains(confidence) {
      throw ValidationError("--confidence is \(confidence); expected a probability from 0 to 1")
    }
    if let limit, limit < 1 { throw ValidationError("--limit is \(limit); expected at least 1") }
    if let picture, !picture.lowercased().hasSuffix(".png") {
      throw ValidationError("'\(picture)' should end in .png; other formats would change the pixels")
    }
    if fooling != nil {
      try refuse(
        "is for pictures; --fooling begins with noise", target.map { _ in "--target" }, smallest ? "--smallest" : nil)
      try refuse("is for pictures; --fooling begins with noise", randomStart ? "--random-start" : nil)
    }
    if smallest, confidence != nil {
      throw ValidationError("--smallest asks when the class changes; leave --confidence out")
    }
    if source?.hasSuffix(".npy") == true {
      throw ValidationError(
        "changes are made to pixels, and written as a picture; give a JPEG or PNG file, not a tensor")
    }
  }

  private func refuse(_ why: String, _ options: String?...) throws {
    if let option = options.compactMap(\.self).first { throw ValidationError("\(option) \(why)") }
  }

  func run() throws {
    let isData = source.map(FileSystem.isDirectory) ?? false
    if isData {
      try refuse(
        "is for one picture, not for a data set", picture.map { _ in "--picture" }, output.save.map { _ in "--save" },
        smallest ? "--smallest" : nil, tables.plain ? "--plain" : nil)
    } else {
      try refuse(
        "is for a data set, not for one picture", pictures.map { _ in "--pictures" }, limit.map { _ in "--limit" },
        split.map { _ in "--split" })
    }
    try output.check()
    if let picture { try FileSystem.checkFile(picture, overwrite: output.force) }
    let model = try model.load()
    Interruption.await()
    if isData, let source { try runData(source, model) } else { try runPicture(model) }
  }

  /// - Throws: `ZooError.classNotFound` or `.classAmbiguous`.
  func options(for model: Model) throws -> Adversary.Options {
    var options = Adversary.Options()
    if let fooling {
      options = .fooling(
        try Classification.index(of: fooling, labels: model.labels, count: model.answer.classes), seed: seed)
    }
    if let target {
      options.target = try Classification.index(of: target, labels: model.labels, count: model.answer.classes)
    }
    if let eps { options.epsilon = Int(eps) } else if smallest { options.epsilon = 255 }
    if let steps { options.steps = steps }
    if let confidence { options.confidence = confidence }
    options.stepSize = stepSize
    options.startsAtRandom = randomStart
    options.seed = seed
    return options
  }

  /// `gradient sign, one step of 51 levels`, `up to 20 steps of 1 level`
  static func words(steps: Int, size: Double) -> String {
    let digits = size.rounded() == size ? 0 : 2
    let levels = "\(NumberFormat.fixed(size, digits)) \(size == 1 ? "level" : "levels")"
    return steps == 1 ? "gradient sign, one step of \(levels)" : "up to \(steps) steps of \(levels)"
  }
}
