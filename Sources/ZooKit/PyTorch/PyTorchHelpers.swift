import ZooGraph
import ZooTensor

/// An attribute of a layer in Python.
enum PyTorchAttribute: Hashable {
  case scalar(PythonValue)
  /// Height and width.
  case extent(PythonValue, PythonValue)
  /// Top, left, bottom and right.
  case padding([PythonValue])
  case samePadding
  case choice(String)

  init(_ value: OperationAttribute.Value) {
    switch value {
    case .integer(let value): self = .scalar(.integer(value))
    case .number(let value): self = .scalar(.number(value))
    case .boolean(let value): self = .scalar(.boolean(value))
    case .extent(let extent): self = .extent(.integer(extent.height), .integer(extent.width))
    case .padding(.same): self = .samePadding
    case .padding(.fixed(let sides)):
      self = .padding([sides.top, sides.left, sides.bottom, sides.right].map { .integer($0) })
    case .choice(let text): self = .choice(text)
    }
  }

  var isConstant: Bool {
    switch self {
    case .scalar(let value): value.isConstant
    case .extent(let height, let width): height.isConstant && width.isConstant
    case .padding(let sides): sides.allSatisfy(\.isConstant)
    case .samePadding, .choice: true
    }
  }

  /// As an argument: a number, or one for each side of a window.
  var text: String {
    switch self {
    case .scalar(let value): value.text
    case .extent(let height, let width): height == width ? height.text : tuple
    case .padding(let sides) where sides[0] == sides[1]: sides[0].text
    case .padding(let sides): "(\(sides[0].text), \(sides[1].text))"
    case .samePadding: "\"same\""
    case .choice(let text): PythonText.literal(text)
    }
  }

  /// Always one number for each side.
  var tuple: String {
    if case .extent(let height, let width) = self { return "(\(height.text), \(width.text))" }
    return text
  }
}

/// A layer whose code is wanted.
struct PyTorchLayer {
  let kind: OperationKind
  let attributes: [String: PyTorchAttribute]
  /// The code of its inputs.
  var inputs: [String]
  /// The code of its path.
  let path: String
  /// For each node that the layer became, the ranks of what it reads.
  let ranks: [[Int]]
  /// The shapes of the weights of these nodes.
  let features: Set<Shape>

  subscript(_ name: String) -> PyTorchAttribute { attributes[name] ?? .choice("") }

  func scalar(_ name: String) -> PythonValue {
    if case .scalar(let value)? = attributes[name] { value } else { .integer(0) }
  }

  func choice(_ name: String) -> String { if case .choice(let text)? = attributes[name] { text } else { "" } }
}

/// What a module has beside its blocks: a method for each kind of layer with weights, and functions for what PyTorch does not have.
struct PyTorchHelpers {
  /// The defaults of the definition that are constants, by the word of the kind.
  var defaults: [String: [String: PyTorchAttribute]] = [:]
  /// Whether paths are counted while the module runs.
  var usesNumbers = false
  /// The methods that are called, with those of their arguments that are ever given.
  private(set) var methods: [String: Set<String>] = [:]
  private(set) var functions: Set<String> = []
  /// Whether a batch norm reads a vector.
  private(set) var normalizesVectors = false

  /// The code of a layer; `absorbs`: whether what it alone reads may be computed in its place.
  mutating func code(for layer: PyTorchLayer) throws -> (text: String, absorbs: Bool) {
    let x = layer.inputs.first ?? "x"
    switch layer.kind.word {
    case "conv":
      let read = padded(layer)
      return try (call(layer, read.text, padding: read.padding), true)
    case "locally_connected":
      functions.insert("LocallyConnected")
      let read = padded(layer, always: true)
      methods["locally_connected", default: []].insert("bias")
      let bias = layer.scalar("bias") == .boolean(true) ? "" : ", bias=\(layer["bias"].text)"
      return (
        "self.locally_connected(\(read.text), \(layer.path), \(layer["out"].text), \(layer["kernel"].tuple), "
          + "\(layer["stride"].tuple)\(bias))", false
      )
    case "transposed_conv":
      guard case .padding(let sides) = layer["padding"] else { throw Irregular() }
      if sides[0] == sides[2], sides[1] == sides[3] {
        return try (call(layer, x, padding: layer["padding"]), true)
      }
      let whole = try call(layer, x)
      let cuts = [sides[1], sides[3], sides[0], sides[2]].map { $0 == .integer(0) ? "0" : "-\($0.text(within: .atom))" }
      return ("F.pad(\(whole), (\(cuts.joined(separator: ", "))))", false)
    case "fc":
      let isVector = !layer.ranks.isEmpty && layer.ranks.allSatisfy { $0.first == 1 }
      let read = isVector ? x : "\(x).flatten(1)"
      if layer.features.count == 1, let shape = layer.features.first {
        let bias = layer.scalar("bias") == .boolean(true) ? "" : ", bias=\(layer["bias"].text)"
        return ("self.get(\(layer.path), lambda: nn.Linear(\(shape[1]), \(layer["out"].text)\(bias)))(\(read))", true)
      }
      return try (call(layer, read), true)
    case "batch_norm":
      if layer.ranks.contains(where: { $0.first == 1 }) { normalizesVectors = true }
      return try (call(layer, x), true)
    case let word where PyTorchMethod.all[word] != nil: return try (call(layer, x), true)
    default: return try (plain(layer, x), !layer.kind.joins)
    }
  }

  /// The code of what a layer with a window reads, and the padding that is left for it.
  private mutating func padded(
    _ layer: PyTorchLayer, always: Bool = false
  ) -> (text: String, padding: PyTorchAttribute?) {
    let x = layer.inputs.first ?? "x"
    switch layer["padding"] {
    case .padding(let sides) where sides.allSatisfy { $0 == .integer(0) }: return (x, nil)
    case .padding(let sides) where !always && sides[0] == sides[2] && sides[1] == sides[3]:
      return (x, layer["padding"])
    case .padding(let sides): return ("F.pad(\(x), \(Self.around(sides)))", nil)
    default: return (same(layer, x), nil)
    }
  }

  /// TensorFlow's padding.
  private mutating func same(_ layer: PyTorchLayer, _ x: String, value: String? = nil) -> String {
    functions.insert("same")
    let dilation = layer.attributes["dilation"].flatMap { $0.text == "1" ? nil : ", dilation=\($0.tuple)" } ?? ""
    let value = value.map { ", value=\($0)" } ?? ""
    return "same(\(x), \(layer["kernel"].tuple), \(layer["stride"].tuple)\(dilation)\(value))"
  }

  /// Left, right, top and bottom, as `F.pad` has them.
  private static func around(_ sides: [PythonValue]) -> String {
    "(\([sides[1], sides[3], sides[0], sides[2]].map(\.text).joined(separator: ", ")))"
  }

  /// The call of the method of a layer's kind. `padding`: the padding that is left for the layer.
  private mutating func call(
    _ layer: PyTorchLayer, _ x: String, padding: PyTorchAttribute? = nil
  ) throws -> String {
    let word = layer.kind.word
    guard let method = PyTorchMethod.all[word] else { throw Irregular() }
    if let function = method.function { functions.insert(function) }
    var arguments = [x, layer.path] + method.required.map { layer[$0].text }
    var given = methods[word] ?? []
    for name in method.optional.map(\.name) {
      if name == "padding" {
        guard let padding, padding.text != "0" else { continue }
        arguments.append("padding=\(padding.text)")
      } else {
        guard layer[name].text != standard(of: name, word) else { continue }
        arguments.append("\(name)=\(layer[name].text)")
      }
      given.insert(name)
    }
    methods[word] = given
    return "self.\(word)(\(arguments.joined(separator: ", ")))"
  }

  /// What an attribute of the kind with this word is where a call does not give it.
  func standard(of name: String, _ kind: String) -> String {
    if let given = defaults[kind]?[name] { return given.text }
    guard case .value(let value)? = OperationKind(word: kind)?.attribute(name)?.standard else { return "" }
    return PyTorchAttribute(value).text
  }

  // MARK: Layers without weights

  private mutating func plain(_ layer: PyTorchLayer, _ x: String) throws -> String {
    switch layer.kind.word {
    case "max_pool", "average_pool": return pool(layer, x)
    case "global_average_pool": return "F.adaptive_avg_pool2d(\(x), 1)"
    case "adaptive_average_pool": return "F.adaptive_avg_pool2d(\(x), \(layer["out"].text))"
    case "global_max_pool": return "F.adaptive_max_pool2d(\(x), 1)"
    case "adaptive_max_pool": return "F.adaptive_max_pool2d(\(x), \(layer["out"].text))"
    case "mean":
      switch layer.choice("over") {
      case "space": return "\(x).mean((2, 3))"
      case "height": return "\(x).mean(2, keepdim=True)"
      default: return "\(x).mean(3, keepdim=True)"
      }
    case "pad":
      guard case .padding(let sides) = layer["padding"] else { throw Irregular() }
      let mode = layer.choice("mode")
      return "F.pad(\(x), \(Self.around(sides))\(mode == "zero" ? "" : ", mode=\(PythonText.literal(mode))"))"
    case "upsample": return try upsample(layer, x)
    case "gelu_tanh": return "F.gelu(\(x), approximate=\"tanh\")"
    case "tanh", "sigmoid": return "torch.\(layer.kind.word)(\(x))"
    case "clamp": return "torch.clamp(\(x), \(layer["lower"].text), \(layer["upper"].text))"
    case "lrn":
      var alpha = layer.scalar("alpha")
      if layer.choice("convention") == "sum" {
        alpha = try .combined(.times, alpha, layer.scalar("size"), isDecimal: true)
      }
      return "F.local_response_norm(\(x), \(layer["size"].text), alpha=\(alpha.text), beta=\(layer["beta"].text), "
        + "k=\(layer["k"].text))"
    case "dropout": return "F.dropout(\(x), \(layer["probability"].text), self.training)"
    case "softmax": return "F.softmax(\(x), 1)"
    case "concat": return "torch.cat([\(layer.inputs.joined(separator: ", "))], 1)"
    case "add":
      var terms = layer.inputs
      if layer["stochastic_depth"].text != "0" {
        methods["drop", default: []].formUnion([])
        terms[0] = "self.drop(\(terms[0]), \(layer["stochastic_depth"].text))"
      }
      return terms.joined(separator: " + ")
    case "multiply": return try product(layer)
    case "flatten": return "\(x).flatten(1)"
    case "slice":
      let first = layer.scalar("first")
      let end = try PythonValue.combined(.plus, first, layer.scalar("channels"), isDecimal: false)
      return "\(x)[:, \(first == .integer(0) ? "" : first.text):\(end.text)]"
    case "channel_shuffle": return "F.channel_shuffle(\(x), \(layer["groups"].text))"
    case "subsample":
      guard case .extent(let height, let width) = layer["stride"] else { throw Irregular() }
      let kept = "\(x)[:, :, ::\(height.text), ::\(width.text)]"
      let (before, after) = (layer["channels_before"].text, layer["channels_after"].text)
      return before == "0" && after == "0" ? kept : "F.pad(\(kept), (0, 0, 0, 0, \(before), \(after)))"
    // PyTorch's functions have the names that definitions have, and take their numbers in the same order.
    case let word where layer.kind.family == .activation:
      return "F.\(word)(\(([x] + layer.kind.attributes.map { layer[$0.name].text }).joined(separator: ", ")))"
    default: throw Irregular()
    }
  }

  private mutating func pool(_ layer: PyTorchLayer, _ x: String) -> String {
    let isMaximum = layer.kind.word == "max_pool"
    let function = isMaximum ? "F.max_pool2d" : "F.avg_pool2d"
    let (kernel, stride) = (layer["kernel"], layer["stride"])
    let counts = isMaximum || layer.scalar("count_padding") == .boolean(true)
    let step = stride == kernel ? "" : ", stride=\(stride.text)"
    guard case .padding(let sides) = layer["padding"] else {
      let values = "\(function)(\(same(layer, x, value: isMaximum ? "-torch.inf" : nil)), \(kernel.text)\(step))"
      let ones = same(layer, "torch.ones_like(\(x))")
      return counts ? values : "\(values) / \(function)(\(ones), \(kernel.text)\(step))"
    }
    let ceil = layer.choice("rounding") == "floor" ? "" : ", ceil_mode=True"
    // PyTorch pads both sides alike, by half a window at most.
    var isOrdinary = sides.allSatisfy { $0 == .integer(0) }
    if sides[0] == sides[2], sides[1] == sides[3], case .integer(let top) = sides[0],
      case .integer(let left) = sides[1],
      case .extent(.integer(let height), .integer(let width)) = kernel, 2 * top <= height, 2 * left <= width
    {
      isOrdinary = true
    }
    if isOrdinary {
      let isPadded = layer["padding"].text != "0"
      let padding = isPadded ? ", padding=\(layer["padding"].text)" : ""
      let excluded = isPadded && !counts ? ", count_include_pad=\(layer["count_padding"].text)" : ""
      return "\(function)(\(x), \(kernel.text)\(step)\(padding)\(ceil)\(excluded))"
    }
    let name = isMaximum ? "max_pool" : "average_pool"
    functions.insert(name)
    let counted = isMaximum || layer["count_padding"].text == "True" ? "" : ", counts=\(layer["count_padding"].text)"
    return "\(name)(\(x), \(kernel.text), \(stride.tuple), \(Self.around(sides))\(ceil)\(counted))"
  }

  private func upsample(_ layer: PyTorchLayer, _ x: String) throws -> String {
    guard case .extent(let height, let width) = layer["out"], case .extent(let down, let across) = layer["factor"]
    else { throw Irregular() }
    var size = "scale_factor=\(layer["factor"].text)"
    if layer["out"].text != "0" {
      guard height.isConstant, width.isConstant else { throw Irregular() }
      let rows = height == .integer(0) ? "\(x).shape[2] * \(down.text(within: .atom))" : height.text
      let columns = width == .integer(0) ? "\(x).shape[3] * \(across.text(within: .atom))" : width.text
      size = "size=(\(rows), \(columns))"
    }
    let mode = PythonText.literal(layer.choice("mode"))
    let corners = layer["align_corners"].text
    return "F.interpolate(\(x), \(size), mode=\(mode)\(corners == "False" ? "" : ", align_corners=\(corners)"))"
  }

  /// Gates of one number for each channel are maps of one position.
  private func product(_ layer: PyTorchLayer) throws -> String {
    let factors = try layer.inputs.enumerated().map { index, factor in
      let needs = Set(
        layer.ranks.map { ranks in index < ranks.count && ranks[index] == 1 && (ranks.max() ?? 1) > 1 })
      guard needs.count <= 1 else { throw Irregular() }
      return needs.contains(true) ? "\(factor)[:, :, None, None]" : factor
    }
    return factors.joined(separator: " * ")
  }
}
