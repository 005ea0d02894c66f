import ArgumentParser
import ZooKit

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare the weights in two files.",
    discussion: """
      A and B are checkpoints of any kind that zoo reads: archives, packages,
      .pth, .safetensors, folders. Tensors are compared by name, as numbers
      where their types differ; the largest differences come first.

      The same means the same names, types, shapes and bits. With --tolerance,
      types do not matter, and numbers may differ by so much of the largest
      magnitude in A's tensor. Metadata are compared and never count.
      Exit status 1 when A and B differ.

        zoo diff resnet18-f37072fd.pth resnet18.zoow
        zoo diff before.zoow after.zoow --only 'layer4.*' --tolerance 1e-6
      """)

  @Argument(help: ArgumentHelp("The first checkpoint.", valueName: "A"), completion: .file()) var first: String
  @Argument(help: ArgumentHelp("The second checkpoint.", valueName: "B"), completion: .file()) var second: String
  @Option(help: ArgumentHelp("Only the tensors whose names fit; may be given several times.", valueName: "GLOB"))
  var only: [String] = []
  @Option(help: ArgumentHelp("What may differ, as a part of the largest magnitude in A's tensor.", valueName: "X"))
  var tolerance: Double?
  @Option(help: ArgumentHelp("Threads to use. Default: one per processor.", valueName: "N")) var threads: Int?
  @Flag(help: "Print every tensor that differs, not the first 20.") var all = false
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if let tolerance, !(tolerance >= 0 && tolerance.isFinite) {
      throw ValidationError("--tolerance is \(tolerance); expected a number that is not negative")
    }
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads); expected at least 1") }
    try tables.check(json: json)
  }

  func run() throws {
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
