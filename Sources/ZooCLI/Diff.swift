import ArgumentParser
import ZooKit

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare the weights in two files, or what two networks compute.",
    discussion: """
      A and B are checkpoints of any kind that zoo reads: archives, packages,
      .pth, .safetensors, folders. Tensors are compared by name, as numbers
      where their types differ; the largest differences come first.

      The same means the same names, types, shapes and bits. With --tolerance,
      types do not matter, and numbers may differ by so much of the largest
      magnitude in A's tensor. Metadata are compared and never count.
      Exit status 1 when A and B differ.

      With --activations A and B are networks: A a model that `zoo import` reads,
      or a MODEL with its weights, B a MODEL. Both run in double precision on
      X.npy, their layers are put beside each other by what they read and do,
      and the first one whose values differ is named, with its place in B's
      definition. With --values, A's are those of its own framework: the script
      that `zoo import --script A.onnx` prints stores them. Values may differ by
      --tolerance (1e-4) of the largest magnitude in A's.

        zoo diff resnet18-f37072fd.pth resnet18.zoow
        zoo diff before.zoow after.zoow --only 'layer4.*' --tolerance 1e-6
        zoo diff --activations net.onnx net.yaml --input x.npy
        zoo diff --activations net.onnx net.yaml --input x.npy --values v.npz
      """)

  @Argument(help: ArgumentHelp("The first checkpoint.", valueName: "A"), completion: .file()) var first: String
  @Argument(help: ArgumentHelp("The second checkpoint.", valueName: "B"), completion: .file()) var second: String
  @Option(help: ArgumentHelp("Only the tensors whose names fit; may be given several times.", valueName: "GLOB"))
  var only: [String] = []
  @Option(help: ArgumentHelp("What may differ, as a part of the largest magnitude in A's tensor.", valueName: "X"))
  var tolerance: Double?
  @Option(help: ArgumentHelp("Threads to use. Default: one per processor.", valueName: "N")) var threads: Int?
  @Flag(help: "Print every tensor that differs, or the layers' values, not the first 20.") var all = false
  @Flag(help: "Compare what two networks compute, layer by layer.") var activations = false
  @Option(
    help: ArgumentHelp("What the networks compute: a float32 tensor, CHW or NCHW.", valueName: "X.npy"),
    completion: .file(extensions: ["npy"]))
  var input: String?
  @Option(
    help: ArgumentHelp(
      "A's values for the input, as the script of `zoo import --script` stores them.", valueName: "V.npz"),
    completion: .file(extensions: ["npz"]))
  var values: String?
  @Option(
    name: [.customShort("w"), .customLong("weights")],
    help: ArgumentHelp("B's weights. Default: as for every MODEL.", valueName: "WEIGHTS"), completion: .file())
  var weights: String?
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if let tolerance, !(tolerance >= 0 && tolerance.isFinite) {
      throw ValidationError("--tolerance is \(tolerance); expected a number that is not negative")
    }
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); expected at least 1") }
    try tables.check(json: json)
    if activations {
      guard input != nil else { throw ValidationError("--activations needs what the networks compute: --input X.npy") }
      guard only.isEmpty, threads == nil else {
        throw ValidationError("--only and --threads are for weights; leave them out with --activations")
      }
    } else if input != nil || values != nil || weights != nil {
      throw ValidationError(
        "--input, --values and --weights are for networks; add --activations to compare what they compute")
    }
  }

  func run() throws {
    if activations { return try compareActivations() }
    let (before, after) = (try open(first), try open(second))
    var progress = Progress("Comparing", total: before.byteCount)
    let difference: CheckpointDifference
    do {
      defer { progress.finish() }
      difference = try before.difference(from: after, only: only, threads: threads) { done, _ in progress.update(done) }
    }
    let isSame = difference.isSame(within: tolerance)
    if json {
      try Console.json(DiffAnswer(difference, first, second, tolerance: tolerance))
    } else if tables.plain {
      DiffReport.table(of: difference).print(plain: true)
    } else {
      DiffReport(difference, before, after, tolerance: tolerance, isComplete: all).lines.forEach(Console.result)
    }
    if !isSame { throw Reported(status: .negative) }
  }

  private func compareActivations() throws {
    let comparison = try ActivationComparison(
      first, second, weights: weights.map(WeightSource.init(argument:)) ?? .automatic,
      input: NumPyFile.read(input ?? ""), recorded: values, tolerance: tolerance ?? 1e-4)
    if json {
      try Console.json(ActivationAnswer(comparison, first, second))
    } else if tables.plain {
      ActivationReport.table(of: comparison.layers).print(plain: true)
    } else {
      ActivationReport(comparison, first, second, isComplete: all).lines.forEach(Console.result)
    }
    if !comparison.isSame { throw Reported(status: .negative) }
  }

  private func open(_ path: String) throws -> Checkpoint {
    do {
      return try Checkpoint.openWeights(path)
    } catch ZooError.modelForWeights {
      throw ValidationError(
        "'\(path)' is a model, and diff compares weights; give two checkpoints, such as .zoow, .pth or .safetensors files"
      )
    }
  }
}
