import ArgumentParser
import ZooKit

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Read another framework's network into a definition and an archive.",
    discussion: """
      IN is a model in ONNX (.onnx; opset 7 to 28, as PyTorch's exporters,
      tf2onnx and others write it), of Caffe's (.prototxt with its .caffemodel),
      of darknet's (.cfg with its .weights), of Keras's (.keras, .h5) or of
      ConvNetJS's (.json). What repeats in it becomes a block, each decision is
      said as a note, and what zoo has nothing for is refused by name, all of
      it at once.

      Few files say how pictures become their input, so that it has to be said:
      --preprocessing imagenet for torchvision's classifiers, caffe or tf for
      those of these frameworks, none for a network that takes tensors only.

      --check compares the answer for IN.npy with OUT.npy, which the network's
      own framework gave for it, before anything is written: an output, or the
      scores before a softmax at the end.

      --script prints a program in Python instead, which needs NumPy and ONNX
      Runtime and stores what each node of a model in ONNX computes; `zoo diff
      --activations` compares that with a definition, and names the first layer
      that differs.

        zoo import resnet50.onnx -o resnet50.yaml --preprocessing imagenet
        zoo infer cat.jpg -m resnet50.yaml -w resnet50.zoow
        zoo import pnet.prototxt -o pnet.yaml --preprocessing none
        zoo import --script resnet50.onnx > activations.py
      """)

  @Argument(
    help: ArgumentHelp("A model of another framework's.", valueName: "IN"),
    completion: .file(extensions: ["onnx", "prototxt", "caffemodel", "cfg", "json", "keras", "h5", "hdf5"]))
  var source: String?
  @Argument(
    help: ArgumentHelp(
      "The weights of a .prototxt or a .cfg. Default: the file beside it that is called alike.", valueName: "IN-WEIGHTS"
    ),
    completion: .file(extensions: ["caffemodel", "weights"]))
  var sourceWeights: String?
  @Option(
    name: .short, help: ArgumentHelp("The definition to write.", valueName: "NAME.yaml"),
    completion: .file(extensions: ["yaml"]))
  var output: String?
  @Option(
    help: ArgumentHelp("The archive to write. Default: NAME.zoow beside the definition.", valueName: "NAME.zoow"),
    completion: .file(extensions: ["zoow"]))
  var weights: String?
  @OptionGroup var input: InputOption
  @Option(help: "How pictures become the input, where the file does not say.")
  var preprocessing: NetworkImport.PreprocessingChoice?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("An input and the answer that the network's own framework gave.", valueName: "IN.npy OUT.npy"),
    completion: .file(extensions: ["npy"]))
  var check: [String] = []
  @Option(
    help: ArgumentHelp("The largest difference that --check allows, relative to the largest number.", valueName: "X"))
  var tolerance = 1e-4
  @Flag(help: "Print a script that stores the values of a model's nodes, for `zoo diff --activations`; import nothing.")
  var script = false
  @Flag(help: "Replace the files if they exist.") var force = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if script {
      guard output == nil, weights == nil, sourceWeights == nil, check.isEmpty, preprocessing == nil,
        input.shape == nil,
        !force, !json
      else {
        throw ValidationError("--script prints a program and imports nothing; give it a model in ONNX, or nothing else")
      }
      return
    }
    guard source != nil else { throw ValidationError("Missing expected argument '<IN>'") }
    guard let output else { throw ValidationError("Missing expected argument '-o <NAME.yaml>'") }
    guard check.isEmpty || check.count == 2 else {
      throw ValidationError("--check takes two files, the input and the answer: --check IN.npy OUT.npy")
    }
    guard tolerance > 0, tolerance.isFinite else { throw ValidationError("--tolerance is a number above 0") }
    try asArguments {
      try ConversionFiles.checkName(output)
      if let weights, !weights.hasSuffix(".zoow") { throw ZooError.fileName(weights, endings: [".zoow"]) }
    }
  }

  func run() throws {
    if script { return Console.raw(Array(try ActivationScript.text(for: source).utf8)) }
    guard let source, let output else { return }
    try NetworkImport.checkNames(output, archive: weights, overwrite: force)
    let imported = try NetworkImport(
      source, weights: sourceWeights, name: Self.stem(of: output), input: input.shape, preprocessing: preprocessing)
    var agreement: NetworkImport.Agreement?
    if check.count == 2 {
      let found = try imported.check(inputPath: check[0], outputPath: check[1])
      agreement = found
      // What is not a number agrees with nothing.
      guard found.difference <= tolerance else {
        try report(imported, found, isWritten: false)
        throw Reported(status: .negative)
      }
    }
    try imported.write(to: output, archive: weights, overwrite: force)
    try report(imported, agreement, isWritten: true)
  }

  /// What the network is called: as its definition's file.
  private static func stem(of output: String) -> String {
    let name = output.split(separator: "/").last.map(String.init) ?? output
    return String(name.prefix(upTo: name.lastIndex(of: ".") ?? name.endIndex))
  }

  private func report(_ imported: NetworkImport, _ agreement: NetworkImport.Agreement?, isWritten: Bool) throws {
    guard let output else { return }
    let archive = imported.weights == nil ? nil : weights ?? NetworkImport.archivePath(for: output)
    let notes = imported.imported.notes
    if json {
      let answer = Answer(
        source: imported.path, model: imported.network.name, definition: output, weights: archive, isWritten: isWritten,
        layers: imported.network.graph.nodes.count - 1, lines: imported.definition.lineCount,
        parameters: imported.network.totals.parameters,
        difference: agreement.map { $0.difference.isFinite ? $0.difference : nil } ?? nil,
        comparedLayer: agreement?.layer,
        notes: notes.map { Answer.Note(place: $0.place, node: $0.node, text: $0.text) })
      try Console.json(answer)
    } else {
      let layers = imported.network.graph.nodes.count - 1
      Console.result(
        "\(imported.network.name): \(layers) layers in \(imported.definition.lineCount) lines, \(NumberFormat.grouped(imported.network.totals.parameters)) parameters"
      )
      for note in notes { Console.result("  \(note.place): \(note.text)") }
      if let agreement {
        let text = NumberFormat.scientific(agreement.difference)
        let place = agreement.isBeforeSoftmax ? ", which is what the softmax reads," : ""
        Console.result(
          "check: the answers of \(agreement.layer)\(place) differ by at most \(text) of the largest number")
      }
    }
    guard isWritten else {
      Console.message(
        "Nothing is written: the answers differ by more than \(NumberFormat.scientific(tolerance)) of the largest number"
      )
      return
    }
    if archive == nil { Console.message("note: there are no weights, and no archive is written") }
    Console.message("Wrote \(output)\(archive.map { " and \($0)" } ?? "")")
    Console.message("Next: zoo build \(output)\(archive.map { " -w \($0)" } ?? "")")
  }

  private struct Answer: Encodable {
    var schema = "zoo.import/1"
    var source: String?
    var model: String
    var definition: String
    var weights: String?
    var isWritten: Bool
    var layers: Int
    var lines: Int
    var parameters: Int
    var difference: Double?
    var comparedLayer: String?
    var notes: [Note]

    struct Note: Encodable {
      var place: String
      var node: String?
      var text: String
    }
  }
}

extension NetworkImport.PreprocessingChoice: ExpressibleByArgument {}
