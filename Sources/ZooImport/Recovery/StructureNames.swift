import ZooGraph
import ZooTensor

/// Names for the nodes of a graph whose own say nothing, from their places and their kinds: the chain is cut where all paths
/// meet, and what lies between two cuts is a block.
struct StructureNames {
  private let graph: Graph
  private let readers: [Int]
  /// Paths for all nodes; empty until `names` has run.
  private var paths: [String]

  /// A stretch of the chain that one name stands for.
  private struct Element {
    var range: Range<Int>
    /// `nil` for a layer between blocks.
    var block: String?
  }

  init(_ graph: Graph) {
    self.graph = graph
    var readers = Array(graph.nodes.indices)
    for (index, node) in graph.nodes.enumerated() where !node.isTrainingOnly {
      for input in node.inputs { readers[input.index] = index }
    }
    self.readers = readers
    paths = graph.nodes.map(\.name)
  }

  /// Whether most layers with weights have names such as `n1`, `Conv_12`, `node_13` or `12`.
  static func areMeaningless(_ graph: Graph) -> Bool {
    let names = graph.nodes.filter { !$0.parameters.isEmpty }.map { node in (node.name, node.operation.kind) }
    let generated = names.filter { name, kind in
      let digits = name.reversed().prefix { $0.isNumber }.count
      guard digits > 0, digits < 10 else { return false }
      var stem = name.dropLast(digits).lowercased()
      let isCounted = stem.last == "_"
      while stem.last == "_" { stem.removeLast() }
      if ["", "n", "op", "node", "layer", "module"].contains(stem) { return true }
      let plain = stem.filter { $0.isLetter }
      guard isCounted, stem == plain || stem == "conv2d" else { return false }
      let words = ["conv", "convd", "gemm", "matmul", "batchnorm", "batchnormalization", "bn", "onnxconv", "dense"]
      return words.contains(plain) || plain == kind.word.filter(\.isLetter) || kind.synonyms.contains(plain)
    }
    return !names.isEmpty && generated.count * 2 > names.count
  }

  /// The paths of all nodes; `nil` when a node for training only stands among the others of a block.
  mutating func names() -> [String]? {
    guard graph.nodes.count > 1 else { return nil }
    var elements = cuts()
    absorbRight(&elements)
    absorbSqueezes(&elements)
    elements = separable(elements)
    elements = likeResiduals(elements)
    elements = sides(betweenBlocks(elements))
    if elements.contains(where: { $0.block != nil }) {
      nameStages(elements)
    } else {
      nameChain(elements)
    }
    return paths
  }

  private func operation(_ index: Int) -> Operation { graph.nodes[index].operation }

  private func word(_ index: Int) -> String { operation(index).kind.word }

  private func words(_ range: Range<Int>) -> String { range.map(word).joined(separator: " ") }

  private func family(_ index: Int) -> OperationKind.Family { operation(index).kind.family }

  // MARK: The chain

  /// Single layers, and what lies between two places where all paths meet.
  private func cuts() -> [Element] {
    var elements: [Element] = []
    // The last reader of any value before the node.
    var reach = readers[0]
    var start = 1
    for index in 1..<graph.nodes.count {
      let isSide = graph.nodes[index].isTrainingOnly && start == index
      if reach <= index || isSide {
        let range = start..<index + 1
        elements.append(Element(range: range, block: range.count > 1 ? kind(of: range) : nil))
        start = index + 1
      }
      reach = max(reach, readers[index])
    }
    if start < graph.nodes.count { elements.append(Element(range: start..<graph.nodes.count, block: nil)) }
    return elements
  }

  private func kind(of range: Range<Int>) -> String {
    let last = range.upperBound - 1
    switch operation(last) {
    case .join(let join, _, _): return join.takesGates ? "gate" : "stage"
    case .concat:
      if graph.nodes[last].inputs.contains(where: { $0.index < range.lowerBound }) { return "dense" }
      return range.contains { word($0) == "slice" } ? "stage" : "inception"
    default: return "part"
    }
  }

  /// A function after a sum, and the shuffle after a concatenation, belong to the block.
  private func absorbRight(_ elements: inout [Element]) {
    var result: [Element] = []
    for element in elements {
      if let last = result.last, last.block == "stage" || last.block == "inception", element.block == nil,
        element.range.count == 1
      {
        let (before, index) = (last.range.upperBound - 1, element.range.lowerBound)
        let isFunction = word(before) == "add" && family(index) == .activation
        if isFunction || word(before) == "concat" && word(index) == "channel_shuffle" {
          result[result.count - 1].range = last.range.lowerBound..<index + 1
          if !isFunction { result[result.count - 1].block = "stage" }
          continue
        }
      }
      result.append(element)
    }
    elements = result
  }

  /// A convolution and its function before all branches of one kind belong to them: fire modules.
  private func absorbSqueezes(_ elements: inout [Element]) {
    func squeeze(before place: Int) -> Int? {
      guard place >= 2, elements[place].block == "inception" else { return nil }
      let (first, second) = (elements[place - 2], elements[place - 1])
      guard first.block == nil, second.block == nil, word(first.range.lowerBound) == "conv",
        family(second.range.lowerBound) == .activation
      else { return nil }
      return first.range.lowerBound
    }
    let places = elements.indices.filter { elements[$0].block == "inception" }
    guard places.count > 1, places.allSatisfy({ squeeze(before: $0) != nil }) else { return }
    var result: [Element] = []
    for (place, element) in elements.enumerated() {
      if let start = squeeze(before: place) {
        result.removeLast(2)
        result.append(Element(range: start..<element.range.upperBound, block: "fire"))
      } else {
        result.append(element)
      }
    }
    elements = result
  }

  private func isDepthwise(_ index: Int) -> Bool {
    guard case .convolution(let layer) = operation(index), let input = graph.nodes[index].inputs.first else {
      return false
    }
    return layer.groups > 1 && layer.groups == graph.nodes[input.index].shape.channels
      && layer.groups == layer.outputChannels
  }

  private func isPointwise(_ index: Int) -> Bool {
    guard case .convolution(let layer) = operation(index) else { return false }
    return layer.kernel == Extent(1) && layer.groups == 1
  }

  /// Depthwise convolutions of the chain with the 1×1 convolutions around them.
  private func separable(_ elements: [Element]) -> [Element] {
    var result: [Element] = []
    var place = 0
    /// A layer of the chain of the family.
    func isPlain(_ place: Int, _ family: OperationKind.Family) -> Bool {
      elements.indices.contains(place) && elements[place].block == nil && elements[place].range.count == 1
        && self.family(elements[place].range.lowerBound) == family
    }
    while place < elements.count {
      let element = elements[place]
      guard element.block == nil, element.range.count == 1, isDepthwise(element.range.lowerBound) else {
        result.append(element)
        place += 1
        continue
      }
      var end = place + 1
      if isPlain(end, .normalization) { end += 1 }
      if isPlain(end, .activation) { end += 1 }
      if elements.indices.contains(end), elements[end].block == "gate" { end += 1 }
      guard isPlain(end, .convolution), isPointwise(elements[end].range.lowerBound) else {
        result.append(element)
        place += 1
        continue
      }
      end += 1
      if isPlain(end, .normalization) { end += 1 }
      if isPlain(end, .activation) { end += 1 }
      // What widens the channels before.
      var start = result.count
      func isLoose(_ place: Int, _ family: OperationKind.Family) -> Bool {
        place >= 0 && result[place].block == nil && self.family(result[place].range.lowerBound) == family
      }
      var back = result.count - 1
      if isLoose(back, .activation) { back -= 1 }
      if isLoose(back, .normalization) { back -= 1 }
      if isLoose(back, .convolution), isPointwise(result[back].range.lowerBound) { start = back }
      let first = start < result.count ? result[start].range.lowerBound : element.range.lowerBound
      result.removeSubrange(start...)
      result.append(Element(range: first..<elements[end - 1].range.upperBound, block: "stage"))
      place = end
    }
    return result
  }

  /// Stretches of the chain with the layers of a residual block, but for the sum.
  private func likeResiduals(_ elements: [Element]) -> [Element] {
    var chains: Set<[String]> = []
    for element in elements where element.block == "stage" && word(element.range.upperBound - 1) == "add" {
      let inner = element.range.dropLast()
      guard inner.count >= 4,
        inner.dropFirst().allSatisfy({ graph.nodes[$0].inputs.map(\.index) == [$0 - 1] })
      else { continue }
      chains.insert(inner.map(word))
    }
    guard !chains.isEmpty, chains.count <= 16 else { return elements }
    let patterns = chains.sorted { ($1.count, $1.joined()) < ($0.count, $0.joined()) }
    var result: [Element] = []
    var place = 0
    while place < elements.count {
      let pattern = patterns.first { pattern in
        place + pattern.count <= elements.count
          && pattern.indices.allSatisfy { offset in
            let element = elements[place + offset]
            return element.block == nil && element.range.count == 1 && word(element.range.lowerBound) == pattern[offset]
          }
      }
      guard let pattern else {
        result.append(elements[place])
        place += 1
        continue
      }
      let range = elements[place].range.lowerBound..<elements[place + pattern.count - 1].range.upperBound
      result.append(Element(range: range, block: "stage"))
      place += pattern.count
    }
    return result
  }

  /// What stands between blocks in the same way several times, such as transitions.
  private func betweenBlocks(_ elements: [Element]) -> [Element] {
    var stretches: [Range<Int>] = []
    var start: Int?
    for (place, element) in elements.enumerated() {
      if element.block == nil {
        if start == nil, place > 0 { start = place }
      } else {
        if let first = start, place - first > 1 { stretches.append(first..<place) }
        start = nil
      }
    }
    var counts: [String: Int] = [:]
    func key(_ stretch: Range<Int>) -> String {
      words(elements[stretch.lowerBound].range.lowerBound..<elements[stretch.upperBound - 1].range.upperBound)
    }
    for stretch in stretches { counts[key(stretch), default: 0] += 1 }
    var result: [Element] = []
    var place = 0
    for stretch in stretches where counts[key(stretch), default: 0] > 1 {
      result += elements[place..<stretch.lowerBound]
      let range =
        elements[stretch.lowerBound].range.lowerBound..<elements[stretch.upperBound - 1].range.upperBound
      result.append(Element(range: range, block: "transition"))
      place = stretch.upperBound
    }
    return result + elements[place...]
  }

  /// Chains for training only, such as auxiliary classifiers.
  private func sides(_ elements: [Element]) -> [Element] {
    var result: [Element] = []
    for element in elements {
      let node = graph.nodes[element.range.lowerBound]
      if node.isTrainingOnly, let last = result.last, graph.nodes[last.range.lowerBound].isTrainingOnly,
        node.inputs.map(\.index) == [element.range.lowerBound - 1]
      {
        result[result.count - 1] = Element(range: last.range.lowerBound..<element.range.upperBound, block: "aux")
      } else {
        result.append(element)
      }
    }
    return result
  }

  // MARK: Names

  /// Layers of a chain: `features` up to the pooling before the first fully connected layer, and `classifier`.
  private mutating func nameChain(_ elements: [Element]) {
    let nodes = Array(1..<graph.nodes.count)
    let dense = nodes.first { family($0) == .dense } ?? nodes.count + 1
    var split = dense
    while split > 1, [.pooling, .other].contains(family(split - 1)) || isIdle(split - 1) { split -= 1 }
    // The last pooling with windows of its own belongs to the features.
    while split < dense, family(split) == .pooling, word(split).hasSuffix("_pool"), !isWhole(split) { split += 1 }
    var scope = Scope()
    for (number, index) in (1..<split).enumerated() { paths[index] = "features.\(number)" }
    var number = 0
    for index in split..<graph.nodes.count {
      if index < dense, !isIdle(index) {
        paths[index] = scope.name(for: graph.nodes[index].operation.kind)
      } else {
        paths[index] = "classifier.\(number)"
        number += 1
      }
    }
  }

  private func isIdle(_ index: Int) -> Bool { word(index) == "dropout" }

  private func isWhole(_ index: Int) -> Bool {
    ["global_average_pool", "global_max_pool", "adaptive_average_pool", "adaptive_max_pool"].contains(word(index))
  }

  private mutating func nameStages(_ elements: [Element]) {
    var top = Scope()
    let isLoneDense = elements.filter { $0.block == nil && family($0.range.lowerBound) == .dense }.count == 1
    var numbers: [String: (stage: Int, place: Int)] = [:]
    var previous: (block: String, range: Range<Int>)?
    for element in elements {
      guard let block = element.block else {
        for index in element.range {
          let kind = operation(index).kind
          paths[index] = kind == .fullyConnected && isLoneDense ? kind.word : top.name(for: kind)
        }
        previous = nil
        continue
      }
      var number = numbers[block] ?? (0, 0)
      let isNew = previous.map { $0.block != block || differs($0.range, element.range, block) } ?? true
      number = isNew ? (number.stage + 1, 0) : (number.stage, number.place + 1)
      numbers[block] = number
      let isAlone = ["transition", "gate", "part", "aux"].contains(block)
      let prefix = isAlone ? "\(block)\(number.stage)" : "\(block)\(number.stage).\(number.place)"
      nameBlock(element.range, prefix)
      previous = isAlone ? nil : (block, element.range)
    }
  }

  /// Whether a block begins a new stage.
  private func differs(_ before: Range<Int>, _ range: Range<Int>, _ block: String) -> Bool {
    let shapes = (graph.nodes[before.upperBound - 1].shape, graph.nodes[range.upperBound - 1].shape)
    let grows = block == "dense" || block == "inception" || block == "fire"
    return shapes.0.dimensions.dropFirst() != shapes.1.dimensions.dropFirst()
      || !grows && shapes.0.channels != shapes.1.channels
  }

  private mutating func nameBlock(_ range: Range<Int>, _ prefix: String) {
    var scope = Scope()
    let gate = gate(in: range)
    let shortcut = shortcut(in: range)
    let isSeparable = range.contains { isDepthwise($0) && gate?.contains($0) != true }
    var isBefore = true
    var last = ""
    var inner = Scope()
    for index in range {
      let kind = operation(index).kind
      if let gate, gate.contains(index) {
        if kind == .convolution || kind == .fullyConnected {
          paths[index] = "\(prefix).se.fc\(inner.count("fc"))"
        } else {
          paths[index] = "\(prefix).se.\(inner.name(for: kind))"
        }
        continue
      }
      if let shortcut, shortcut.contains(index) {
        paths[index] = "\(prefix).shortcut.\(index - shortcut.lowerBound)"
        continue
      }
      guard kind.hasWeights, isSeparable else {
        paths[index] = "\(prefix).\(scope.name(for: kind))"
        continue
      }
      if kind == .convolution {
        last = isDepthwise(index) ? "depthwise" : isBefore ? "expand" : "project"
        if isDepthwise(index) { isBefore = false }
        let count = scope.count(last)
        if count > 1 { last += "\(count)" }
        paths[index] = "\(prefix).\(last)"
      } else if kind == .batchNorm, !last.isEmpty, scope.count("\(last)_bn") == 1 {
        paths[index] = "\(prefix).\(last)_bn"
      } else {
        paths[index] = "\(prefix).\(scope.name(for: kind))"
      }
    }
  }

  /// The nodes from a global pooling to the multiplication with what is made of it.
  private func gate(in range: Range<Int>) -> Range<Int>? {
    guard let end = range.last(where: { operation($0).kind.takesGates }),
      let start = range.first(where: { $0 < end && (word($0) == "global_average_pool" || word($0) == "mean") })
    else { return nil }
    let inputs = Set(
      (start...end).flatMap { graph.nodes[$0].inputs.map(\.index) }.filter { $0 < start })
    return inputs.count == 1 ? start..<end + 1 : nil
  }

  /// The nodes of the shorter way to a sum, when they stand together; `nil` where what the block reads is added itself.
  private func shortcut(in range: Range<Int>) -> Range<Int>? {
    guard let sum = range.last(where: { word($0) == "add" }), graph.nodes[sum].inputs.count == 2 else { return nil }
    let ways = graph.nodes[sum].inputs.map { way(to: $0.index, in: range) }
    guard let way = ways.compactMap(\.self).min(by: { $0.count < $1.count }),
      ways.contains(where: { $0.map { $0.count > way.count } ?? true }), let first = way.first, let end = way.last,
      end - first == way.count - 1
    else { return nil }
    return first..<end + 1
  }

  /// The nodes that make a value of what the block reads, one after the other; `nil` where they are more than a shortcut
  /// has, which is a pooling, a convolution and its norm, or no chain.
  private func way(to value: Int, in range: Range<Int>) -> [Int]? {
    var way: [Int] = []
    var index = value
    while index >= range.lowerBound {
      guard way.count < 3, graph.nodes[index].inputs.count == 1 else { return nil }
      way.append(index)
      index = graph.nodes[index].inputs[0].index
    }
    return way.reversed()
  }

  /// The names of a group, which are counted.
  private struct Scope {
    private var counts: [String: Int] = [:]

    mutating func count(_ name: String) -> Int {
      counts[name, default: 0] += 1
      return counts[name, default: 1]
    }

    /// `conv1`, `bn2`; without weights as the language has it: `relu`, `relu_2`.
    mutating func name(for kind: OperationKind) -> String {
      guard kind.hasWeights else {
        let count = count(kind.word)
        return count == 1 ? kind.word : "\(kind.word)_\(count)"
      }
      let word = kind == .batchNorm ? "bn" : kind.word
      return "\(word)\(count(word))"
    }
  }
}
