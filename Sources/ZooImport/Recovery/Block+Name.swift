import ZooGraph

extension Block {
  /// What the field calls such a block, or what its layers are.
  func plainName() -> String {
    var summary = Summary()
    summary.add(items)
    return summary.name ?? Self.stem(of: example)
  }

  /// A name of a group without its number.
  private static func stem(of name: String) -> String {
    let last = name.split(separator: ".").last.map(String.init) ?? ""
    var stem = String(last.prefix { $0.isASCII && ($0.isLetter || $0 == "_") })
    while stem.hasSuffix("_") { stem.removeLast() }
    return stem.isIdentifier ? stem.lowercased() : "block"
  }

  /// The layers of a block and of the blocks that it uses.
  private struct Summary {
    var words: [String] = []
    var convolutions = 0
    var depthwise = 0
    var activations: [String] = []
    var norms = 0
    /// Whether channels are normalised at each position by itself.
    var normalizesPositions = false
    var joinedInputs = 0
    var hasDense = false
    var isGated = false
    var hasProjection = false

    mutating func add(_ items: [Template], depth: Int = 0, isOptional: Bool = false) {
      for item in items where depth < 16 {
        let isOptional = isOptional || item.condition != nil
        switch item.body {
        case .group: add(item.children, depth: depth + 1, isOptional: isOptional)
        case .use(let block):
          var terms: [Field.Parameter: Term] = [:]
          for (field, values) in item.arguments {
            if let parameter = field.parameter { terms[parameter] = values.first }
          }
          add(block.items.map { $0.replacing(terms) }, depth: depth + 1, isOptional: isOptional)
        case .layer(let kind):
          words.append(kind.word)
          switch kind.family {
          case .convolution:
            convolutions += 1
            if isOptional, item.inputs == [.input] { hasProjection = true }
            func term(_ key: String) -> Term? { item.arguments.first { $0.field.key == key }?.terms.first }
            if let groups = term("groups"), groups == term("out"), groups != .literal(.integer(1)) { depthwise += 1 }
          case .activation: if !activations.contains(kind.word) { activations.append(kind.word) }
          case .normalization:
            norms += 1
            if case .normalization(let norm)? = kind.operation({ _ in nil }), norm.groups == nil {
              normalizesPositions = true
            }
          default: break
          }
          if kind == .concat, item.inputs.contains(.input) { joinedInputs += 1 }
          if kind == .fullyConnected { hasDense = true }
          if kind.takesGates { isGated = true }
        }
      }
    }

    var name: String? {
      func has(_ word: String) -> Bool { words.contains(word) }
      if has("add") {
        if depthwise > 0 { return normalizesPositions ? "convnext" : "inverted_residual" }
        let main = convolutions - (isGated ? 2 : 0) - (hasProjection ? 1 : 0)
        return main == 3 ? "bottleneck" : main == 2 ? "basic" : "residual"
      }
      if isGated, convolutions == 2 || hasDense { return "squeeze_excite" }
      if isGated, depthwise > 0 { return "inverted_residual" }
      if has("channel_shuffle") { return "shuffle_unit" }
      if has("concat") {
        if joinedInputs > 0, words.filter({ $0 == "concat" }).count == 1 { return "dense_layer" }
        return convolutions == 3 && norms == 0 ? "fire" : "inception"
      }
      if hasDense { return convolutions > 0 ? "auxiliary" : nil }
      if convolutions == 1, words.count > 1 {
        if words.first != "conv", words.contains(where: { $0.hasSuffix("_pool") }) { return "transition" }
        guard words.first == "conv", words.count <= 4 else { return nil }
        let function = activations.isEmpty ? [] : [activations.count == 1 ? activations[0] : "act"]
        return (["conv"] + (norms > 0 ? ["norm"] : []) + function).joined(separator: "_")
      }
      if depthwise == 1, convolutions == 2 { return "separable" }
      if depthwise == 1, convolutions == 3 { return "inverted_residual" }
      return nil
    }
  }
}
