import ArgumentParser
import ZooKit

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Make one file of the parts of zoo run.",
    discussion: """
      The file's bytes, and so its SHA-256, depend on the pictures, the model
      and the options of zoo run alone: not on the workers, how many there were
      and how often they had to begin again.

      When parts are missing or damaged, they are listed, as numbers of parts
      and as the numbers of the workers that they belong to, to be pasted after
      sbatch; the status is 65.

        zoo merge answers
        zoo merge codes -o pets.npy
        sbatch --array=3,7-9 run.sbatch
      """)

  @Argument(help: ArgumentHelp("The folder of the run.", valueName: "DIR"), completion: .directory) var folder: String
  @Option(
    name: .short,
    help: ArgumentHelp("Where to write the rows. Default: merged.jsonl, .csv or .npy in DIR.", valueName: "FILE"),
    completion: .file())
  var output: String?
  @OptionGroup var tables: TableOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws { try tables.check(json: json) }

  func run() throws {
    let folder = try WorkFolder(folder)
    let merge = try WorkMerge(folder)
    var progress = Progress("Merging", total: folder.record.partCount)
    let files: [WorkMerge.File]
    do {
      defer { progress.finish() }
      files = try merge.write(to: output) { progress.update($0) }
    }
    if json {
      return try Console.json(
        Answer(
          folder: folder.path, pictures: folder.record.count, errors: merge.errors,
          files: files.map { Answer.File(path: $0.path, bytes: $0.bytes, sha256: $0.sha256) },
          evaluation: merge.evaluationAnswer))
    }
    if let result = merge.evaluation {
      EvaluationReport.print(
        result, weights: folder.record.weights, data: folder.record.data, plain: tables.plain)
    }
    if tables.plain { return }
    for (kind, count) in merge.errors.sorted(by: { $0.key < $1.key }) {
      Console.result("\(NumberFormat.grouped(count)) without an answer: \(kind)")
    }
    for file in files { Console.result("\(file.sha256)  \(file.path)") }
  }

  private struct Answer: Encodable {
    struct File: Encodable {
      var path: String
      var bytes: Int
      var sha256: String
    }

    var schema = "zoo.merge/1"
    var folder: String
    var pictures: Int
    /// How many of them have no answer, by the kind of what is wrong.
    var errors: [String: Int]
    var files: [File]
    var evaluation: EvaluationAnswer?
  }
}
