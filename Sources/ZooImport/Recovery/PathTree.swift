import ZooGraph

/// A layer of a graph, or a group of layers that stand together and whose paths begin alike.
final class PathTree {
  /// The part of the path below the group around, with dots where groups in between have been dissolved.
  var name: String
  /// Places in `Graph.nodes`.
  let range: Range<Int>
  /// In the order of the graph; empty for a layer.
  var children: [PathTree]
  /// Whether it is a stretch of layers whose numbers are those of the group around, and so has no name.
  let isRun: Bool
  /// Whether the items are numbered, and whether it is one that a number names without being told.
  private(set) var isNumbered = false
  private(set) var isImplied = false
  /// What it becomes, once its layers have.
  var item: Item?

  var isLayer: Bool { children.isEmpty }
  /// How many groups lie within each other, this one included.
  private(set) var height = 0

  init(name: String, range: Range<Int>, children: [PathTree] = [], isRun: Bool = false) {
    self.name = name
    self.range = range
    self.children = children
    self.isRun = isRun
    height = children.isEmpty ? 0 : 1 + (children.map(\.height).max() ?? 0)
  }

  /// Finds out which of the trees need no name. At the top there are no numbers.
  static func number(_ trees: [PathTree], in source: RecoverySource) {
    for tree in trees where !tree.isLayer { tree.number(in: source) }
  }

  /// `isPlaced`: its own name is its number in the group around, where it may go without one.
  private func number(in source: RecoverySource, isPlaced: Bool = false) {
    var positions: [Int] = []
    var position = 0
    for tree in children {
      positions.append(position)
      position += tree.isRun ? tree.range.count : 1
    }
    let free = source.numbersGroups && !isRun ? freeLayers(in: source) : []
    let numbered = children.indices.filter { index in
      let tree = children[index]
      return tree.isRun || tree.name == "\(positions[index])"
        || free.contains(index) && tree.name.allSatisfy(\.isNumber)
    }.count
    isNumbered = isRun || isPlaced || numbered * 2 >= children.count || children.allSatisfy { !$0.isLayer }
    let names = Set(children.map(\.name))
    for index in free where isNumbered {
      let name = "\(positions[index])"
      if !names.contains(name) { children[index].name = name }
    }
    for (tree, position) in zip(children, positions) {
      let isPlaced = tree.name == "\(position)" && isNumbered
      if !tree.isLayer { tree.number(in: source, isPlaced: isPlaced && source.numbersGroups) }
      // A group whose items have names of their own is named too: it may be one of a block.
      tree.isImplied = isNumbered && (isRun || tree.isRun || isPlaced && (tree.isLayer || tree.isNumbered))
    }
  }

  /// The layers without weights that nothing but the next item reads, so that it does not matter what they are called.
  private func freeLayers(in source: RecoverySource) -> Set<Int> {
    Set(
      children.indices.filter { index in
        let tree = children[index]
        let place = tree.range.lowerBound
        guard tree.isLayer, source.graph.nodes[place].parameters.isEmpty, !source.graph.nodes[place].isTrainingOnly,
          !source.graph.outputs.contains(where: { $0.value.index == place })
        else { return false }
        guard index + 1 < children.count else { return true }
        let next = children[index + 1]
        let reader = source.graph.nodes[next.range.lowerBound]
        return source.lastReader[place] > place && source.lastReader[place] < next.range.upperBound
          && !reader.isTrainingOnly && !(next.isLayer && reader.operation.kind.joins)
      })
  }

  /// Whether it is a group most of whose items have names rather than numbers.
  var hasNames: Bool {
    !isLayer && children.filter { $0.name.allSatisfy(\.isNumber) }.count * 2 < children.count
  }

  /// This tree with a group's name before its own.
  func prefixed(by name: String) -> PathTree {
    self.name = "\(name).\(self.name)"
    return self
  }
}

/// What recovery knows about a graph: paths, and who reads what.
struct RecoverySource {
  let graph: Graph
  /// For each node; the input's is not used.
  let paths: [String]
  /// Whether a group whose name is its number in the group around goes without one, and so has its items in a `sequential`.
  let numbersGroups: Bool
  /// The place of the last node that reads the node's value; the node's own when there is none.
  let lastReader: [Int]

  /// Groups deeper than this are not looked for.
  static let maximumDepth = 24

  init(graph: Graph, paths: [String], numbersGroups: Bool) {
    self.graph = graph
    self.paths = paths
    self.numbersGroups = numbersGroups
    var lastReader = Array(graph.nodes.indices)
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { lastReader[input.index] = index }
    }
    self.lastReader = lastReader
  }

  /// The one value from without that the nodes read, when nothing but the last of them is read without: they can be a group
  /// then.
  func input(of range: Range<Int>) -> Int? {
    guard let first = range.first else { return nil }
    let isTrainingOnly = graph.nodes[first].isTrainingOnly
    var input: Int?
    for index in range {
      let node = graph.nodes[index]
      guard node.isTrainingOnly == isTrainingOnly, index == range.upperBound - 1 || lastReader[index] < range.upperBound
      else { return nil }
      for value in node.inputs where value.index < range.lowerBound {
        guard input == nil || input == value.index else { return nil }
        input = value.index
      }
    }
    return input
  }

  /// The tree of all nodes but the input.
  func trees() -> [PathTree] {
    let parts = paths.map { $0.split(separator: ".", omittingEmptySubsequences: false) }
    let trees = trees(in: 1..<graph.nodes.count, depth: 0, parts)
    let result = withRuns(closed(trees), isTop: true)
    PathTree.number(result, in: self)
    return result
  }

  private func trees(in range: Range<Int>, depth: Int, _ parts: [[Substring]]) -> [PathTree] {
    func isLayer(_ index: Int) -> Bool { parts[index].count <= depth + 1 || depth >= Self.maximumDepth }
    // What does not stand together is no group.
    var stretches: [Substring: Int] = [:]
    for index in range {
      let head = parts[index][depth]
      if isLayer(index) || index == range.lowerBound || isLayer(index - 1) || parts[index - 1][depth] != head {
        stretches[head, default: 0] += 1
      }
    }
    var result: [PathTree] = []
    var index = range.lowerBound
    while index < range.upperBound {
      let head = parts[index][depth]
      if isLayer(index) || stretches[head] != 1 {
        let name = parts[index][depth...].joined(separator: ".")
        result.append(PathTree(name: name, range: index..<index + 1))
        index += 1
        continue
      }
      var end = index + 1
      while end < range.upperBound, !isLayer(end), parts[end][depth] == head { end += 1 }
      result.append(
        PathTree(name: String(head), range: index..<end, children: trees(in: index..<end, depth: depth + 1, parts)))
      index = end
    }
    return result
  }

  /// Without the groups that read several values, or of which more than the last value is read.
  private func closed(_ trees: [PathTree]) -> [PathTree] {
    var result: [PathTree] = []
    for tree in trees {
      guard !tree.isLayer else {
        result.append(tree)
        continue
      }
      let children = closed(tree.children)
      let isNumber = tree.name == "\(result.count)" || numbersGroups && tree.name.allSatisfy(\.isNumber)
      if input(of: tree.range) == nil || !isNumber && (children.count == 1 || children.allSatisfy(\.hasNames)) {
        result += children.map { $0.prefixed(by: tree.name) }
      } else {
        result.append(PathTree(name: tree.name, range: tree.range, children: children))
      }
    }
    return result
  }

  /// With runs: a convolution, its norm and its activation in a group that numbers its layers.
  private func withRuns(_ trees: [PathTree], isTop: Bool) -> [PathTree] {
    let numbered = trees.enumerated().filter { $1.name == "\($0)" }.count
    let isNumbered = !isTop && numbered == trees.count
    var result: [PathTree] = []
    var index = 0
    while index < trees.count {
      let tree = trees[index]
      if isNumbered {
        let length = runLength(trees[index...])
        let range = tree.range.lowerBound..<trees[index + length - 1].range.upperBound
        if length > 1, length < trees.count, input(of: range) != nil {
          let run = PathTree(name: tree.name, range: range, children: Array(trees[index..<index + length]), isRun: true)
          result.append(run)
          index += length
          continue
        }
      }
      result.append(
        tree.isLayer
          ? tree
          : PathTree(name: tree.name, range: tree.range, children: withRuns(tree.children, isTop: false)))
      index += 1
    }
    return result
  }

  private func runLength(_ trees: ArraySlice<PathTree>) -> Int {
    func kind(_ tree: PathTree) -> OperationKind? {
      tree.isLayer ? graph.nodes[tree.range.lowerBound].operation.kind : nil
    }
    guard let first = trees.first, kind(first) == .convolution else { return 1 }
    var length = 1
    var wanted: [OperationKind.Family] = [.normalization, .activation]
    for tree in trees.dropFirst() {
      guard let family = kind(tree)?.family, let position = wanted.firstIndex(of: family),
        graph.nodes[tree.range.lowerBound].inputs.map(\.index) == [tree.range.lowerBound - 1]
      else { break }
      wanted.removeFirst(position + 1)
      length += 1
    }
    return length
  }
}
