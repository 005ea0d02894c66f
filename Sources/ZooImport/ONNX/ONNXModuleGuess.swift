/// Modules for layers without weights, of a file that has names for its weights and for nothing else: so exporters of PyTorch's
/// wrote before they knew scopes, and so optimisers leave them.
///
/// - A function is where the layer is that it is applied to.
/// - A join is in the innermost module of all that lies between what is joined; where one value is made from the other, between
///   the two.
/// - A pooling of a value that others read too, as branches begin with and gates, is where its own readers are; another is in
///   the innermost module of what it reads and of its readers.
struct ONNXModuleGuess {
  private typealias Path = [Substring]

  private let layers: [ONNXLayerNames]
  private let inputs: [[Int]]
  private let readers: [[Int]]
  /// The modules that are known, for each layer.
  private var modules: [Path?]
  /// The names of layers in their modules, as far as the file has them or a number is free.
  private var names: [Substring?]
  private var taken: Set<String>

  /// Layers are followed this far back from a join.
  private static let maximumReach = 512

  /// The layers with their modules; as they are where the file has modules, or a weight without a name. `inputs`: the places
  /// of the layers that each one reads; `hasWeights`: whether each has weights.
  static func placed(_ layers: [ONNXLayerNames], inputs: [[Int]], hasWeights: [Bool]) -> [ONNXLayerNames] {
    let weights = layers.compactMap(\.weight)
    // Of files that are made to take long: larger graphs are written flat, and deeper modules are no groups.
    guard layers.count <= ReadableDefinition.maximumNodes,
      weights.allSatisfy({ $0.split(separator: ".").count <= RecoverySource.maximumDepth })
    else { return layers }
    guard layers.allSatisfy({ $0.module == nil }), weights.filter({ $0.contains(".") }).count * 2 > weights.count,
      zip(layers, hasWeights).allSatisfy({ $0.weight != nil || !$1 && ($0.node?.isCounted ?? true) })
    else { return layers }
    var guess = ONNXModuleGuess(layers, inputs)
    // What is read by what is not known yet is known a turn later.
    for turn in 0..<4 { guess.visit(isLast: turn == 3) }
    return guess.result
  }

  private init(_ layers: [ONNXLayerNames], _ inputs: [[Int]]) {
    self.layers = layers
    self.inputs = inputs
    var readers = [[Int]](repeating: [], count: layers.count)
    for (layer, values) in inputs.enumerated() {
      for value in values { readers[value].append(layer) }
    }
    self.readers = readers
    taken = []
    modules = []
    names = []
    for layer in layers {
      let path = layer.weight.map { $0.split(separator: ".") }
      modules.append(path?.dropLast())
      names.append(path?.last)
      for count in 0..<(path?.count ?? 0) { taken.insert(path?[...count].joined(separator: ".") ?? "") }
    }
  }

  private mutating func visit(isLast: Bool) {
    for layer in layers.indices where modules[layer] == nil {
      guard let module = module(of: layer) ?? (isLast ? inputs[layer].first.flatMap { modules[$0] } : nil) else {
        continue
      }
      modules[layer] = module
      // Its number in a sequence, where that is the one after the number of what it reads.
      guard inputs[layer].count == 1, let input = inputs[layer].first, modules[input] == module,
        let number = names[input].flatMap({ Int($0) }), number < 1 << 16
      else { continue }
      let path = (module + ["\(number + 1)"]).joined(separator: ".")
      if taken.insert(path).inserted { names[layer] = "\(number + 1)" }
    }
  }

  private func module(of layer: Int) -> Path? {
    guard let input = inputs[layer].first else { return [] }
    if inputs[layer].count > 1 { return moduleOfJoin(layer) }
    let word = layers[layer].word
    guard word.hasSuffix("_pool") || ["mean", "flatten", "slice"].contains(word) else { return modules[input] }
    let known = readers[layer].compactMap { modules[$0] }
    guard !known.isEmpty || readers[layer].isEmpty else { return nil }
    if readers[input].count > 1 { return Self.common(known) }
    return modules[input].map { Self.common(known + [$0]) }
  }

  private func moduleOfJoin(_ layer: Int) -> Path? {
    let values = Set(inputs[layer])
    guard let first = values.min() else { return nil }
    var between: Set<Int> = []
    var made: Set<Int> = []
    var waiting = Array(values)
    while let value = waiting.popLast(), between.count <= Self.maximumReach {
      for input in inputs[value] where input >= first {
        if values.contains(input) {
          made.insert(input)
        } else if between.insert(input).inserted {
          waiting.append(input)
        }
      }
    }
    let ends = values.subtracting(made)
    let inner = made.isEmpty ? [] : between
    let known = ends.union(inner).sorted().compactMap { modules[$0] }
    return known.isEmpty ? nil : Self.common(known)
  }

  /// What all begin with.
  private static func common(_ paths: [Path]) -> Path {
    guard var result = paths.first else { return [] }
    for path in paths.dropFirst() { result = zip(result, path).prefix { $0 == $1 }.map(\.0) }
    return result
  }

  private var result: [ONNXLayerNames] {
    layers.indices.map { layer in
      var names = layers[layer]
      guard names.weight == nil, let module = modules[layer] else { return names }
      let path = module + (self.names[layer].map { [$0] } ?? [])
      names.module = path.isEmpty ? nil : path.joined(separator: ".")
      names.node = nil
      return names
    }
  }
}

extension String {
  /// Whether it is an operator's name and a number, as in `Relu_5`, or says less.
  fileprivate var isCounted: Bool {
    let parts = drop { $0 == "/" }.split(separator: "_", omittingEmptySubsequences: false)
    return isEmpty || parts.count == 2 && ONNXImporter.operators[String(parts[0])] != nil && Int(parts[1]) != nil
  }
}
