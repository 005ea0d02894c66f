import ZooGraph
import ZooSpec

/// Which groups number their layers in a way that is known only when the module runs, and which blocks take part.
struct PyTorchNumbering {
  /// Stands for every block that only a parameter names.
  static let anyBlock = ""

  let network: NetworkSyntax
  /// The blocks whose layers are counted in the group that uses them: they are given the iterator of its paths.
  private(set) var countedBlocks: Set<String> = []

  init(_ network: NetworkSyntax) {
    self.network = network
    var groups: [[LayerSyntax]] = []
    func visit(_ layers: [LayerSyntax]) {
      for case .sequential(let children) in layers.map(\.body) {
        groups.append(children)
        visit(children)
      }
    }
    visit(network.layers)
    for block in network.blocks.values { visit(block.layers) }
    for group in groups where needsIterator(group, isCertain: { $0.condition == nil }) { count(group) }
  }

  private mutating func count(_ layers: [LayerSyntax]) {
    for layer in layers where layer.isSplicedUse {
      guard case .use(let use) = layer.body else { continue }
      if case .literal(.string(let name)) = use.block.value {
        guard let block = network.blocks[name], countedBlocks.insert(name).inserted else { continue }
        count(block.layers)
      } else {
        countedBlocks.insert(Self.anyBlock)
        for (name, block) in network.blocks where countedBlocks.insert(name).inserted { count(block.layers) }
      }
    }
  }

  /// The blocks that are named as arguments of others.
  var passedBlocks: Set<String> {
    var names: Set<String> = []
    func visit(_ term: Term) {
      switch term {
      case .literal(.string(let name)): names.insert(name)
      case .list(let items): for item in items { visit(item.value) }
      case .literal, .expression: break
      }
    }
    func visit(_ layers: [LayerSyntax]) {
      for layer in layers {
        switch layer.body {
        case .operation: break
        case .sequential(let children): visit(children)
        case .use(let use): for argument in use.arguments + use.firstArguments { visit(argument.value.value) }
        }
      }
    }
    visit(network.layers)
    for block in network.blocks.values { visit(block.layers) }
    return names.filter { network.blocks[$0] != nil }
  }

  /// Whether a layer has to have a number after one of which it is not known whether, or how often, it is there.
  func needsIterator(_ layers: [LayerSyntax], isCertain: (LayerSyntax) -> Bool) -> Bool {
    var isUnknown = false
    for layer in layers {
      if layer.isSplicedUse || layer.repetition != nil {
        isUnknown = true
        if needsNumber(layer, depth: 0) { return true }
      } else if isUnknown, needsNumber(layer, depth: 0) {
        return true
      } else if !isCertain(layer) {
        isUnknown = true
      }
    }
    return false
  }

  /// Whether the layer's path is its number, or those of layers of the block that it uses are.
  private func needsNumber(_ layer: LayerSyntax, depth: Int) -> Bool {
    guard layer.name == nil, depth < 40 else { return false }
    switch layer.body {
    case .operation(let kind, _): return kind.hasPath
    case .sequential: return true
    case .use(let use):
      if case .literal(.string(let name)) = use.block.value {
        return network.blocks[name]?.layers.contains { needsNumber($0, depth: depth + 1) } ?? false
      }
      return network.blocks.values.contains { $0.layers.contains { needsNumber($0, depth: depth + 1) } }
    }
  }
}
