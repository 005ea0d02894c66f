/// What a file says about how a layer is called, the best first.
struct ONNXLayerNames: Hashable {
  /// The name of its weight without the role: the path that the layer had in the program.
  var weight: String?
  /// The path of the module that it was in, which may hold others.
  var module: String?
  /// The node's.
  var node: String?
  /// What the operation is called, for a layer with no name of its own.
  var word: String
  /// Whether the file says which module the layer is in, be it none but the network itself.
  var tellsModule = true
}

extension ONNXLayerNames {
  /// What checkpoints call the tensors of a layer, after its own name and a dot or a slash.
  private static let roles: Set<String> = [
    "weight", "bias", "running_mean", "running_var", "gamma", "beta", "kernel", "scale", "moving_mean",
    "moving_variance", "depthwise_kernel", "pointwise_kernel", "W", "b", "w", "mean", "var", "variance", "slope",
    "alpha", "layer_scale", "num_batches_tracked", "w_0", "b_0", "w_1", "w_2",
  ]

  private static let fusions = ["ConvBnFusion_W_", "ConvMulFusion_W_"]

  /// The path of the layer that a tensor's name tells; `nil` for a name that an exporter made up.
  static func path(ofTensor name: String) -> String? {
    // What ONNX Runtime puts before the names of weights that took in what follows the layer.
    for prefix in fusions where name.hasPrefix(prefix) { return path(ofTensor: String(name.dropFirst(prefix.count))) }
    // What exporters put around names.
    guard !name.hasPrefix("onnx::"), !name.contains("::") else { return nil }
    guard let dot = name.lastIndex(where: { $0 == "." || $0 == "/" }), dot != name.startIndex else { return nil }
    let role = name[dot...].dropFirst()
    guard roles.contains(String(role.prefix { $0 != ":" })) else { return nil }
    let path = String(name[..<dot])
    return path.contains(where: { $0.isLetter || $0.isNumber }) ? path : nil
  }
}

/// Gives layers names that are paths, no two of them alike.
struct ONNXLayerNaming {
  private var taken: Set<String> = ["input"]

  /// Names in the order of the layers.
  ///
  /// A layer has the name of its weight where no other layer's begins with it, else that of its module where the module has
  /// only layers of its kind and none below it, else its module's and what it does; where the file has neither, the node's own.
  /// `inputs`: the places of the layers that each one reads; `hasWeights`: whether each has weights.
  static func names(
    _ layers: [ONNXLayerNames], inputs: [[Int]], hasWeights: [Bool], prefersNodes: Bool
  ) -> [String] {
    let layers =
      prefersNodes
      ? layers : ONNXModuleGuess.placed(placed(layers, inputs), inputs: inputs, hasWeights: hasWeights)
    var naming = ONNXLayerNaming()
    var words: [String: Set<String>] = [:]
    var containers: Set<String> = []
    for layer in layers {
      let path = prefersNodes ? layer.node : layer.weight ?? layer.module
      guard let path else { continue }
      words[path, default: []].insert(layer.weight == nil ? layer.word : "")
      containers.addParents(of: path)
    }
    return layers.map { layer in
      let candidate: String
      if prefersNodes, let node = layer.node {
        candidate = node
      } else if let weight = layer.weight {
        // A weight of a module that has others in it, as ConvNeXt's blocks scale what they end with.
        candidate = containers.contains(weight) ? "\(weight).\(layer.word)" : weight
      } else if let module = layer.module {
        let isLeaf = words[module]?.count == 1 && !containers.contains(module)
        candidate = isLeaf ? module : "\(module).\(layer.word)"
      } else if let node = layer.node, !node.isMadeUp {
        candidate = node
      } else {
        candidate = layer.word
      }
      return naming.take(candidate.asPath(otherwise: layer.word))
    }
  }

  /// With modules for layers of which the file does not tell it, as an exporter's optimiser leaves them: where all are that
  /// read them, and what else is made in the same way of the same value.
  private static func placed(_ layers: [ONNXLayerNames], _ inputs: [[Int]]) -> [ONNXLayerNames] {
    func isLost(_ layer: ONNXLayerNames) -> Bool {
      layer.weight == nil && layer.module == nil && !layer.tellsModule && layer.node?.isMadeUp != false
    }
    guard layers.contains(where: isLost), layers.contains(where: { $0.module != nil }) else { return layers }
    var containers: Set<String> = []
    for layer in layers { (layer.weight ?? layer.module).map { containers.addParents(of: $0) } }
    var readers = [[Int]](repeating: [], count: layers.count)
    var siblings: [Sibling: [Int]] = [:]
    for (index, layer) in layers.enumerated() {
      for input in inputs[index] { readers[input].append(index) }
      if isLost(layer) { siblings[Sibling(inputs: inputs[index], word: layer.word), default: []].append(index) }
    }
    var result = layers
    for places in siblings.values.sorted(by: { $0[0] > $1[0] }) {
      var common: [Substring]?
      for reader in places.flatMap({ readers[$0] }) {
        guard let path = result[reader].module ?? result[reader].weight else { continue }
        var parts = path.split(separator: ".")
        if !containers.contains(path) { parts = Array(parts.dropLast()) }
        common = zip(common ?? parts, parts).prefix { $0 == $1 }.map(\.0)
      }
      guard let common, !common.isEmpty else { continue }
      for place in places { result[place].module = common.joined(separator: ".") }
    }
    return result
  }

  /// What layers have in common that are parts of one value.
  private struct Sibling: Hashable {
    var inputs: [Int]
    var word: String
  }

  /// The name, with a number after it if it is taken.
  private mutating func take(_ name: String) -> String {
    if taken.insert(name).inserted { return name }
    var number = (next[name] ?? 1) + 1
    while !taken.insert("\(name)_\(number)").inserted { number += 1 }
    next[name] = number
    return "\(name)_\(number)"
  }

  private var next: [String: Int] = [:]
}

extension Set<String> {
  fileprivate mutating func addParents(of path: String) {
    var rest = path[...]
    while let dot = rest.lastIndex(of: ".") {
      rest = rest[..<dot]
      if !insert(String(rest)).inserted { break }
    }
  }
}

extension String {
  /// Whether PyTorch's exporters made the name of a node that is in no module: `/Add_1`, `node_add_1`, `Conv_12`.
  fileprivate var isMadeUp: Bool {
    hasPrefix("node_") || hasPrefix("/") && !dropFirst().contains("/")
  }

  /// A path: components of letters, digits, `_`, `-` and `/` with dots between them, not longer than definitions allow.
  fileprivate func asPath(otherwise word: String) -> String {
    var name = self
    if let colon = name.lastIndex(of: ":"), name[colon...].dropFirst().allSatisfy(\.isNumber) {
      name = String(name[..<colon])
    }
    let components = name.utf8.split(separator: UInt8(ascii: ".")).map { component in
      String(
        decoding: component.map { byte in
          let isLetter = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & 0xDF)
          let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          return isLetter || isDigit || "_-/".utf8.contains(byte) ? byte : UInt8(ascii: "_")
        }, as: UTF8.self
      ).trimmingSlashes
    }.filter { !$0.isEmpty }
    let path = components.joined(separator: ".")
    return path.isEmpty ? word : String(path.suffix(240)).trimmingDots
  }

  private var trimmingSlashes: String {
    var rest = self[...]
    while rest.first == "/" { rest = rest.dropFirst() }
    while rest.last == "/" { rest = rest.dropLast() }
    return String(rest)
  }

  private var trimmingDots: String {
    var rest = self[...]
    while rest.first == "." { rest = rest.dropFirst() }
    return String(rest)
  }
}
