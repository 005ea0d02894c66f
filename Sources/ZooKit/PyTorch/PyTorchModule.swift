import ZooGraph
import ZooSpec
import ZooTensor

/// The methods of a module, before they are text.
struct PyTorchModule {
  private let helpers: PyTorchHelpers
  private let methods: [(function: PythonFunction, names: PythonNames)]

  /// From the definition. Throws `Irregular`.
  init(_ network: Network, _ inference: Graph, _ outputs: [Output]) throws {
    var writer = PyTorchWriter(network.definition, graph: inference)
    writer.ranks = inference.inputRanks
    try writer.write(answers: outputs.map(\.name))
    (helpers, methods) = (writer.helpers, writer.methods)
  }

  /// Node by node.
  init(flat graph: Graph, _ outputs: [Output]) throws {
    var helpers = PyTorchHelpers()
    var function = PythonFunction()
    function.header = "def forward(self, x):"
    var values: [Int] = []
    let ranks = graph.inputRanks
    for node in graph.nodes {
      if case .input = node.operation {
        values.append(function.input)
        continue
      }
      let kind = node.operation.kind
      let attributes = kind.attributes.map { ($0.name, PyTorchAttribute($0.value(of: node.operation))) }
      let layer = PyTorchLayer(
        kind: kind, attributes: Dictionary(attributes) { first, _ in first },
        inputs: node.inputs.map { PythonFunction.value(values[$0.index]) }, path: PythonText.literal(node.name),
        ranks: [ranks[node.name] ?? []], features: Set(node.parameter(.weight).map { [$0.shape] } ?? []))
      let value = function.value(hint: node.name)
      let code = try helpers.code(for: layer)
      function.statements.append(.assign(value, code.text, absorbs: code.absorbs))
      values.append(value)
    }
    function.statements.append(
      .result(outputs.map { PythonFunction.value(values[$0.value.index]) }.joined(separator: ", ")))
    self.helpers = helpers
    methods = [(function, PythonNames(PythonText.taken))]
  }

  /// The source.
  func text(className: String, card: PyTorchCard, input: Shape) -> String {
    var lines = card.lines
    if helpers.usesNumbers { lines += ["import itertools", ""] }
    lines += ["import torch", "import torch.nn.functional as F", "from torch import nn"]
    for function in helpers.functionLines { lines += ["", ""] + function }
    let size = (["1"] + input.dimensions.map(String.init)).joined(separator: ", ")
    lines += [
      "", "", "class \(className)(nn.Module):",
      "    @torch.no_grad()",
      "    def __init__(self):",
      "        super().__init__()",
      "        self.eval()(torch.zeros(\(size)))  # makes the layers, each where it is first called",
      "        self.train()",
      "",
      "    def get(self, path, make):",
      "        parent, (*groups, name) = self, path.split(\".\")",
      "        for group in groups:",
      "            parent = parent._modules.setdefault(group, nn.Module())",
      "        if name not in parent._modules:",
      "            parent._modules[name] = make().train(self.training)",
      "        return parent._modules[name]",
    ]
    for method in helpers.methodLines { lines += [""] + method.flatMap { PythonFunction.wrapped("    " + $0) } }
    for method in methods { lines += [""] + method.function.lines(indent: 4, names: method.names) }
    return lines.map { $0.allSatisfy { $0 == " " } ? "" : $0 }.joined(separator: "\n") + "\n"
  }
}

extension Graph {
  /// For each node by its name, the number of dimensions of what it reads.
  fileprivate var inputRanks: [String: [Int]] {
    Dictionary(nodes.map { node in (node.name, node.inputs.map { self[$0].shape.rank }) }) { first, _ in first }
  }
}

/// What a module's docstring says.
struct PyTorchCard {
  let network: Network
  let preprocess: Preprocessing?
  let className: String
  let weightsFile: String
  let outputs: [(output: Output, shape: Shape)]
  let answer: Answer

  var lines: [String] {
    let card = network.card
    var title = PythonText.words(card.title ?? network.name)
    if let paper = card.paper {
      title += ": \(PythonText.words(paper.title))\(Self.facts(paper))"
    }
    let dimensions = network.input.dimensions.map(String.init).joined(separator: ", ")
    var words = "Input: float32 [N, \(dimensions)]"
    words +=
      preprocess.map { ", \(PythonText.words($0.description))" }
      ?? "; the definition does not say how pictures become it"
    let function = answer.isApplied ? "after \(answer.function.rawValue)" : "before \(answer.function.rawValue)"
    words += ". Output: \(answer.classes) class scores, \(function)"
    if outputs.count > 1 {
      let all = outputs.map { output, shape in
        "\(PythonText.words(output.name)) [N, \(shape.dimensions.map(String.init).joined(separator: ", "))]"
      }
      words += "; all: " + all.joined(separator: ", ")
    }
    let lines = Self.wrapped("\"\"\"\(title). Written by `zoo export`.") + [""] + Self.wrapped(words + ".")
    let file = PythonText.literal(PythonText.words(weightsFile))
    return lines + [
      "",
      "    model = \(className)()",
      "    model.load_state_dict(safetensors.torch.load_file(\(file)))  # pip install safetensors",
      "    model.eval()",
      "\"\"\"",
    ]
  }

  /// ` (He, Zhang, Ren, Sun, 2015)`
  private static func facts(_ paper: Card.Paper) -> String {
    let facts = [paper.authors.map(PythonText.words), paper.year.map(String.init)].compactMap(\.self)
    return facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))"
  }

  /// Lines of at most 120 characters.
  private static func wrapped(_ text: String) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > 120 {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return lines + [line]
  }
}
