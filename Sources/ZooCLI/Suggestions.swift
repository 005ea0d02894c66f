import ArgumentParser
import ZooKit

/// The parser's complaint; where it is about a command or an option that does not exist, with what was meant.
func suggestingCommand(_ error: any Error) -> any Error {
  var arguments = Zoo.arguments[...]
  let wantsHelp = arguments.first == "help"
  if wantsHelp { arguments = arguments.dropFirst() }
  guard let first = arguments.first else { return error }
  guard !first.hasPrefix("-") else { return wantsHelp ? error : suggestingOption(error, Zoo.self) }
  guard let command = Zoo.commands.first(where: { Zoo.word(of: $0) == first }) else {
    return first == "help" ? error : ValidationError(unknownCommand(first, after: arguments.dropFirst()))
  }
  let kinds = Zoo.subcommands(of: command.configuration)
  if !kinds.isEmpty, command.configuration.defaultSubcommand == nil || wantsHelp,
    let second = arguments.dropFirst().first,
    !second.hasPrefix("-")
  {
    guard let kind = kinds.first(where: { Zoo.word(of: $0) == second }) else {
      return ValidationError(unknownKind(second, of: first, among: kinds.map { Zoo.word(of: $0) }))
    }
    return suggestingOption(error, kind)
  }
  return suggestingOption(error, command)
}

/// What to say of a command that does not exist.
///
/// - Parameters:
///   - word: what stands where a command should
///   - rest: the arguments after it
/// - Returns: a sentence, or lines with the commands that it may mean.
private func unknownCommand(_ word: String, after rest: ArraySlice<String>) -> String {
  let names = Zoo.commands.map { Zoo.word(of: $0) }
  let isFile = FileSystem.exists(word)
  if ["help", "version"].contains(word.lowercased()) {
    return "no command '\(word)'; it is zoo --\(word.lowercased())"
  }
  let meant = CommandSynonyms.commands(for: word).filter { names.contains($0.name) || $0.name == "help" }
  if !isFile, !meant.isEmpty {
    let lines = meant.map { "  zoo \($0.name.padded(to: 12))  \($0.purpose)" }
    return (["no command '\(word)'; what it may mean here is"] + lines).joined(separator: "\n")
  }
  let near = word.near(among: names)
  if !isFile, let nearest = near.first { return "no command '\(word)' (did you mean '\(nearest)'?)" }
  // A file or a model in the place of a command.
  let path = word.lowercased()
  func ends(_ endings: String) -> Bool { endings.split(separator: " ").contains { path.hasSuffix(".\($0)") } }
  if ends("jpg jpeg png npy gif webp bmp heic tif tiff") {
    return "no command '\(word)'; to classify a picture: zoo infer \(word)"
  }
  if ends("yaml yml zoo") || Catalogue.modelName(for: word) != nil {
    return "no command '\(word)'; to see a model: zoo show \(word), to check what it costs: zoo build \(word)"
  }
  if ends("zoow pth pt safetensors h5 caffemodel npz onnx") {
    return "no command '\(word)'; to see what a file of weights holds: zoo show \(word)"
  }
  if isFile { return "no command '\(word)', which is a file or a folder; to classify pictures: zoo infer \(word)" }
  return "no command '\(word)'; zoo --help lists all"
}

private func unknownKind(_ word: String, of command: String, among kinds: [String]) -> String {
  let meant = CommandSynonyms.kinds[word.lowercased()].map { [$0] }?.filter(kinds.contains) ?? []
  guard let nearest = (meant + word.near(among: kinds)).first else {
    return "zoo \(command) has no '\(word)'; there are \(kinds.joined(separator: ", "))"
  }
  return "zoo \(command) has no '\(word)' (did you mean '\(nearest)'?)"
}

/// Adds to the complaint about an option that a command does not have which of its options is called so elsewhere.
private func suggestingOption(_ error: any Error, _ command: any ParsableCommand.Type) -> any Error {
  let message = Zoo.message(for: error)
  if let expected = expectedValue(message) { return ValidationError("\(message); expected \(expected)") }
  let start = "Unknown option '"
  guard message.hasPrefix(start), let end = message.dropFirst(start.count).firstIndex(of: "'") else { return error }
  let word = String(message.dropFirst(start.count)[..<end])
  let help = Zoo.helpMessage(for: command, columns: 200)
  guard let meant = CommandSynonyms.options[word]?.first(where: { help.contains($0.mark) }) else { return error }
  return ValidationError("Unknown option '\(word)'; \(meant.words)")
}

/// What a value must be that the parser could not read, by the name that the help has for it; `nil` for other complaints.
private func expectedValue(_ message: String) -> String? {
  guard message.hasPrefix("The value '"), message.hasSuffix(">'"),
    let name = message.dropLast(2).split(separator: "<").last
  else { return nil }
  switch name {
  case "N", "K", "PX", "U": return "a whole number, such as 5"
  case "X", "S": return "a number, such as 0.5"
  default: return nil
  }
}

extension Zoo {
  /// How to get the help of the command that the arguments name.
  static var helpCall: String {
    var words = ["zoo"]
    var known = commands
    for argument in arguments {
      guard let command = known.first(where: { word(of: $0) == argument }) else { break }
      words.append(argument)
      known = subcommands(of: command.configuration)
    }
    return words.joined(separator: " ") + " --help"
  }

  /// All commands, in the order of the help.
  static var commands: [any ParsableCommand.Type] { subcommands(of: configuration) }

  fileprivate static func subcommands(of configuration: CommandConfiguration) -> [any ParsableCommand.Type] {
    configuration.subcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
  }

  /// How a command is called.
  fileprivate static func word(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? command._commandName
  }
}

/// What other programs call the things that zoo does.
enum CommandSynonyms {
  struct Meaning {
    let name: String
    let purpose: String
  }

  /// The commands that a word may mean, likeliest first; those that this program does not have are in it, too.
  static func commands(for word: String) -> [Meaning] {
    let plain = word.lowercased().filter { $0 != "-" && $0 != "_" }
    return (table.first { $0.words.split(separator: " ").contains { $0 == plain } }?.meanings ?? []).map {
      Meaning(name: $0, purpose: purposes[$0] ?? "")
    }
  }

  private static let purposes = [
    "infer": "classify pictures: zoo infer cat.jpg -m resnet18",
    "show": "the card of a model, or what a file of weights holds",
    "build": "check a definition; its layers with shapes, parameters and MACs",
    "graph": "a picture of a network",
    "list": "the catalogue of models",
    "layers": "what layers a definition can have",
    "pull": "fetch the published weights of a model",
    "pack": "any checkpoint (.pth, .safetensors, .npy, ...) into an archive",
    "unpack": "an archive into .npy, .npz or .safetensors",
    "export": "ONNX, or a folder for others",
    "convert-fc": "fully connected layers as convolutions, so that a network slides",
    "verify": "recheck every byte of an archive",
    "diff": "compare the weights of two files",
    "eval": "measure a model on labelled pictures",
    "bench": "how fast a model runs here",
    "run": "very many pictures in parts, by any number of workers",
    "merge": "one file of the parts of zoo run",
    "status": "how far zoo run is",
    "train": "train from scratch",
    "finetune": "train from weights, with a new head",
    "features": "CNN codes of pictures, into a file",
    "fit": "a linear classifier on codes",
    "vis": "pictures of what a network sees",
    "report": "all about one picture on a page",
    "check-gradients": "numerical against analytic gradients",
    "doctor": "what this machine offers",
    "completions": "completion for your shell",
    "help": "all commands; zoo help COMMAND says more",
    "schema": "the JSON Schema of definitions",
  ]

  private static let table: [(words: String, meanings: [String])] = [
    ("predict classify recognize recognise run inference label guess forward detect caption", ["infer"]),
    ("info describe inspect card about details metadata cat", ["show", "build"]),
    (
      "summary summarize params parameters flops macs count stats size shape shapes check compile lint validate",
      ["build", "show"]
    ),
    ("download fetch get install weights add clone", ["pull", "list"]),
    ("convert import load transform translate", ["pack", "export", "convert-fc"]),
    ("save write onnx tojson deploy publish", ["export", "pack"]),
    ("extract embed embedding embeddings encode codes", ["features", "unpack"]),
    ("unzip dump", ["unpack"]),
    ("zip compress archive quantize", ["pack"]),
    ("models catalog catalogue ls all available search find", ["list"]),
    ("layer op ops operation operations operators modules reference", ["layers"]),
    ("draw plot picture render dot svg netron diagram", ["graph", "vis"]),
    (
      "visualize visualise explain heatmap saliency gradcam attribution interpret show-filters filters",
      ["vis", "report"]
    ),
    ("evaluate test accuracy score metrics measure", ["eval", "bench"]),
    ("benchmark time speed profile latency throughput perf", ["bench"]),
    ("batch bulk shard slurm kubernetes parallel cluster distributed worker job", ["run"]),
    ("join combine gather collect", ["merge"]),
    ("progress eta monitor", ["status"]),
    ("learn training teach start new init create", ["train", "build"]),
    ("tune finetuning transfer retrain adapt", ["finetune"]),
    ("compare cmp", ["diff"]),
    ("checksum hash sha256 integrity", ["verify"]),
    ("svm probe classifier linear", ["fit"]),
    ("gradcheck gradients", ["check-gradients"]),
    ("env system hardware cpu selftest", ["doctor"]),
    ("autocomplete completion bash zsh fish", ["completions"]),
    ("slide sliding fcn fullyconvolutional", ["convert-fc", "infer"]),
    ("man manual docs usage commands", ["help"]),
  ]

  /// Kinds of `vis` under other names.
  static let kinds = [
    "gradcam": "cam", "grad-cam": "cam", "heatmap": "occlusion", "gradient": "saliency", "gradients": "saliency",
    "backprop": "guided", "kernels": "filters", "weights": "filters", "features": "activations", "maps": "activations",
    "embedding": "tsne", "umap": "tsne", "deepdream": "invert", "inversion": "invert", "fgsm": "adversarial",
    "attack": "adversarial",
  ]

  /// Options under other names: what a command's help must have for the words to fit.
  static let options: [String: [(mark: String, words: String)]] = {
    let top = [("--top", "--top K prints the K best answers")]
    let output = [(" -o", "-o names what is written")]
    let batch = [("--batch", "--batch N is the images of a run")]
    let rate = [("--lr", "--lr X is the learning rate")]
    let image = [("IMAGE", "a picture is named without an option: zoo infer cat.jpg")]
    let processor = [("", "zoo computes on the processor alone; --threads N says with how many threads")]
    let size = [("--input", "--input CxHxW is the shape of what is fed in, such as 3x224x224")]
    let table: [(String, [(String, String)])] = [
      ("-k --k --top-k --top5 --top1 -n --num --count", top),
      ("--output --out --output-file --save --save-to -O", output),
      ("-b --batch-size --batchsize --bs", batch), ("--learning-rate --learning_rate --eta", rate),
      ("-i --image --images --file --picture --img --source", image),
      ("--gpu --cuda --device --cpu --mps --fp16 --half", processor),
      ("--size --shape --img-size --input-size --resolution --imgsz", size),
      (
        "--checkpoint --ckpt --pretrained --state-dict --model-weights",
        [("--weights", "-w WEIGHTS names a checkpoint")]
      ),
      (
        "--arch --net --network --architecture -a",
        [("--model", "-m MODEL names the network"), ("MODEL", "a model is named without an option")]
      ),
      ("-e --epoch --num-epochs", [("--epochs", "--epochs N says how often every picture is seen")]),
      ("-d --dataset --data-dir --root --train-dir", [("--data", "--data DATA names the folder with the data")]),
      ("-j --workers --num-workers --jobs --num-threads -t", [("--threads", "--threads N says with how many threads")]),
      ("-f --overwrite -y --yes", [("--force", "--force replaces what is there")]),
      ("--resume-from", [("--resume", "--resume goes on in the folder of the run")]),
      (
        "--format --tsv --csv --porcelain",
        [("--plain", "--plain prints a table with tabs, --json JSON"), ("--json", "--json prints JSON")]
      ),
    ]
    var options: [String: [(mark: String, words: String)]] = [:]
    for (words, meanings) in table {
      for word in words.split(separator: " ") { options[String(word)] = meanings.map { (mark: $0.0, words: $0.1) } }
    }
    return options
  }()
}
