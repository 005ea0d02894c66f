import ArgumentParser
import ZooKit

struct Pack: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put a checkpoint into a compressed archive that can be verified.",
    discussion: """
      IN is a .pth, .th, .safetensors or .zoow file, F.pth#KEY for one of
      several dictionaries of tensors in it, or a folder of .npy files. With
      -m names and shapes are matched with the model, and its definition and
      labels are stored too. The file's name, size and SHA-256 are stored
      always; nothing that depends on the day or the machine is.

      Without --dtype every number keeps its bits. With it all floating-point
      tensors, those of batch norms too, are rounded to the nearest number of
      that type; a number that is too large for it is an error. zoo computes
      in float32 whatever the type.

        zoo pack resnet18-f37072fd.pth -m resnet18 -o resnet18.zoow
        zoo pack resnet18-f37072fd.pth --dtype bfloat16 -o small.zoow
        zoo pack resnet18-f37072fd.pth -m my-cats.yaml --head new -o cats.zoow
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "IN"), completion: .file()) var input: String
  @Option(
    name: .short, help: ArgumentHelp("The archive to write.", valueName: "OUT.zoow"),
    completion: .file(extensions: ["zoow"]))
  var output: String
  @Option(name: .shortAndLong, help: .model, completion: .model) var model: String?
  @OptionGroup var loading: LoadingOptions
  @Option(
    help: ArgumentHelp("Store floating-point tensors as float32, float16 or bfloat16.", valueName: "TYPE"),
    transform: Pack.elementType)
  var dtype: ElementType?
  @Option(help: ArgumentHelp("The terms under which the weights may be used.", valueName: "TEXT")) var license: String?
  @Option(
    help: ArgumentHelp("A pair to store with the weights; may be given several times.", valueName: "KEY=VALUE"))
  var metadata: [String] = []
  @Flag(help: "Replace OUT.zoow if it exists.") var force = false
  @Flag(help: "Print what became of every tensor.") var verbose = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if loading.isGiven, model == nil { throw ValidationError("--partial and --head need a model: pass -m MODEL") }
    _ = try pairs()
    if ![".zoow", ".zoo"].contains(where: output.lowercased().hasSuffix) {
      throw ValidationError(
        "'\(output)': pack writes an archive, which ends in .zoow; `zoo unpack` and `zoo export` write other kinds")
    }
  }

  private static func elementType(_ text: String) throws -> ElementType {
    guard let type = ElementType(rawValue: text), Packing.storedTypes.contains(type) else {
      throw ValidationError("'\(text)' is not a type to store weights in; expected float32, float16 or bfloat16")
    }
    return type
  }

  /// What `--metadata` says.
  private func pairs() throws -> [String: String] {
    var pairs: [String: String] = [:]
    for text in metadata {
      guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
        throw ValidationError("--metadata '\(text)' is not a key, '=' and a value")
      }
      let key = String(text[..<sign])
      if let prefix = Packing.reservedPrefixes.first(where: key.hasPrefix) {
        throw ValidationError("--metadata '\(key)': keys that begin with '\(prefix)' are written by zoo alone")
      }
      guard pairs.updateValue(String(text[text.index(after: sign)...]), forKey: key) == nil else {
        throw ValidationError("--metadata '\(key)' is given twice")
      }
    }
    return pairs
  }

  func run() throws {
    try FileSystem.checkFile(output, overwrite: force)
    let packing = try reportingMismatch(verbose) {
      try Packing(
        input: input, model: model,
        options: Packing.Options(
          elementType: dtype, license: license, metadata: pairs(), loading: loading.options))
    }
    if let model { packing.network?.mentionOrigin(calledAs: model) }
    var progress = Progress("Packing", total: packing.byteCount)
    let identifier: ContentIdentifier
    do {
      defer { progress.finish() }
      identifier = try packing.write(to: output, overwrite: force) { done, _ in progress.update(done) }
    }
    let size = FileSystem.size(of: output)
    let ratio = packing.byteCount == 0 ? 1 : Double(size) / Double(packing.byteCount)
    loading.mention(packing.report)
    packing.mentionStaleLabels()
    if json {
      try Console.json(
        Answer(
          input: input, output: output, tensors: packing.tensorCount, bytes: packing.byteCount, packedBytes: size,
          content: "\(identifier)", dtype: dtype?.rawValue, metadata: packing.metadata.mapValues(MetadataText.short),
          report: packing.report.map(MatchAnswer.init)))
      return
    }
    if let report = packing.report { Console.result(verbose ? "\(report)\n" : "\(report.summary)") }
    Console.result(
      "\(packing.tensorCount) tensors, \(NumberFormat.bytes(packing.byteCount)) packed into \(NumberFormat.bytes(size)) (\(NumberFormat.fixed(ratio, 3)))"
    )
    if let dtype, !packing.convertedTypes.isEmpty {
      let types = packing.convertedTypes.map(\.rawValue).joined(separator: ", ")
      Console.result("stored as \(dtype.rawValue), rounded to the nearest; was \(types)")
    }
    Console.result("content \(identifier)")
    Console.message("Wrote \(output)")
  }

  private struct Answer: Encodable {
    var schema = "zoo.pack/1"
    var input: String
    var output: String
    var tensors: Int
    var bytes: Int
    var packedBytes: Int
    var content: String
    /// What `--dtype` asked for.
    var dtype: String?
    /// Long texts are given as how long they are.
    var metadata: [String: String]
    var report: MatchAnswer?
  }
}
