import ZooGraph
import ZooTensor

/// Finds what repeats in a graph: blocks with parameters, and the layers that use them.
struct Recovery {
  /// How much is folded; less where more does not give the same graph.
  enum Folding: CaseIterable {
    /// Groups that differ in a few layers are one block.
    case similar
    /// Only groups of the same layers are one block.
    case equal
    /// There are groups, and no blocks.
    case none
  }

  let source: RecoverySource
  let folding: Folding
  let defaults: RecoveryDefaults
  let comments: [String: String]
  private(set) var blocks: [Block] = []
  /// What the items of the network are called, by the node that they end with.
  private(set) var names: [Int: String] = [:]
  private var clusters: [Cluster] = []

  /// The most clusters that a new one is compared with.
  private static let maximumComparisons = 24

  init(source: RecoverySource, folding: Folding, comments: [String: String]) {
    self.source = source
    self.folding = folding
    self.comments = comments
    defaults = RecoveryDefaults(source.graph)
  }

  /// The items of the network, with the blocks that they use left in `blocks`; `nil` when a layer reads what no item ends with.
  mutating func items() -> [Template]? {
    // Members of a cluster hold it as it holds them.
    defer { for cluster in clusters { cluster.dissolve() } }
    let trees = source.trees()
    var groups: [[PathTree]] = []
    func visit(_ tree: PathTree) {
      tree.children.forEach(visit)
      guard !tree.isLayer else { return }
      while groups.count < tree.height { groups.append([]) }
      groups[tree.height - 1].append(tree)
    }
    trees.forEach(visit)
    for level in groups {
      for tree in level { closeClusters(of: tree) }
      var found: [String: [Item]] = [:]
      var order: [String] = []
      for tree in level {
        guard let input = source.input(of: tree.range), let item = group(tree, input: input) else { return nil }
        tree.item = item
        guard folding != .none, !item.isStage else { continue }
        let key = "\(item.isUnnamed)\(item.isRun)\(item.isNumbered)\(item.contents)"
        if found[key] == nil { order.append(key) }
        found[key, default: []].append(item)
      }
      let new = order.map { Cluster(found[$0] ?? []) }
      guard folding == .similar else {
        clusters += new
        continue
      }
      for cluster in new where !isMerged(cluster) { clusters.append(cluster) }
      mergeAgain()
    }
    for tree in trees { close(tree) }
    guard let items = items(of: trees, input: 0, group: nil) else { return nil }
    for item in items { names[item.range.upperBound - 1] = item.name }
    var templates = items.map { Template($0) }
    inline(&templates)
    return templates
  }

  // MARK: Groups

  private func isMerged(_ cluster: Cluster) -> Bool {
    clusters.filter { !$0.isClosed && $0 !== cluster }.suffix(Self.maximumComparisons).contains { $0.merge(cluster) }
  }

  /// What a cluster has taken in may make it like one before it.
  private mutating func mergeAgain() {
    var isChanged = true
    while isChanged {
      isChanged = false
      for place in clusters.indices.reversed() where !clusters[place].isClosed {
        let cluster = clusters.remove(at: place)
        if isMerged(cluster) {
          isChanged = true
        } else {
          clusters.insert(cluster, at: place)
        }
      }
    }
  }

  private mutating func closeClusters(of tree: PathTree) {
    for child in tree.children { close(child) }
  }

  private mutating func close(_ tree: PathTree) {
    guard let cluster = tree.item?.cluster, !cluster.isClosed else { return }
    cluster.close(number: blocks.count)
    if let block = cluster.block {
      blocks.append(block)
    }
  }

  private func group(_ tree: PathTree, input: Int) -> Item? {
    let item = Item(.group, name: tree.name, range: tree.range)
    item.isRun = tree.isRun
    item.isNumbered = tree.isNumbered
    item.isImplied = tree.isImplied
    item.isTrainingOnly = source.graph.nodes[tree.range.lowerBound].isTrainingOnly
    item.channelsIn = source.graph.nodes[input].shape.channels
    item.channelsOut = source.graph.nodes[tree.range.upperBound - 1].shape.channels
    guard let children = items(of: tree.children, input: input, group: item) else { return nil }
    item.children = children
    return item
  }

  private func items(of trees: [PathTree], input: Int, group: Item?) -> [Item]? {
    var ends: [Int: Int] = [:]
    var items: [Item] = []
    for tree in trees {
      let item: Item
      let values: [Int]
      if tree.isLayer {
        let node = source.graph.nodes[tree.range.lowerBound]
        item = Item(.layer(node.operation.kind), name: tree.name, range: tree.range)
        (item.fields, item.slots) = node.operation.fields(defaults)
        item.isTrainingOnly = node.isTrainingOnly && group?.isTrainingOnly != true
        item.comment = comments[node.name]
        values = node.inputs.map(\.index)
      } else {
        guard let group = tree.item, let input = source.input(of: tree.range) else { return nil }
        item = used(group)
        values = [input]
      }
      for value in values {
        if let place = ends[value] {
          item.inputs.append(.item(place))
        } else if value == input {
          item.inputs.append(.input)
        } else {
          return nil
        }
      }
      item.isImplied = tree.isImplied
      ends[tree.range.upperBound - 1] = items.count
      items.append(item)
    }
    if group?.isTrainingOnly == true { items.forEach { $0.isTrainingOnly = false } }
    name(items, in: group)
    return items
  }

  /// The group, or the use of the block that it is a member of.
  private func used(_ group: Item) -> Item {
    guard let block = group.cluster?.block else { return group }
    let item = Item(.use(block), name: group.name, range: group.range)
    (item.fields, item.slots) = block.fieldsAndSlots(member: group.member)
    item.isTrainingOnly = group.isTrainingOnly
    item.channelsIn = group.channelsIn
    item.channelsOut = group.channelsOut
    item.isRun = group.isRun
    return item
  }

  /// Finds out which items need no name, where they are not numbered.
  private func name(_ items: [Item], in group: Item?) {
    if group?.isNumbered == true { return }
    // As `Namer` names layers without weights: after their operations, where that is free.
    var candidates = Set(items.indices.filter { isAutomatic(items[$0]) })
    var isStable = false
    for _ in 0..<8 where !isStable {
      isStable = true
      let reserved = Set(items.indices.filter { !candidates.contains($0) }.map { items[$0].name })
      var counts: [String: Int] = [:]
      for index in items.indices where candidates.contains(index) {
        let word = items[index].word
        var name = ""
        repeat {
          counts[word, default: 0] += 1
          name = counts[word] == 1 ? word : "\(word)_\(counts[word, default: 1])"
        } while reserved.contains(name)
        if name != items[index].name {
          candidates.remove(index)
          isStable = false
        }
      }
    }
    if !isStable { candidates = [] }
    for index in candidates { items[index].isImplied = true }
  }

  private func isAutomatic(_ item: Item) -> Bool {
    guard case .layer(let kind) = item.body, !kind.hasWeights, item.name.hasPrefix(kind.word) else { return false }
    let rest = item.name.dropFirst(kind.word.count)
    return rest.isEmpty || rest.first == "_" && rest.dropFirst().allSatisfy(\.isNumber)
  }

  // MARK: Inlining

  /// Writes blocks where they are used when that is one place, or none.
  private mutating func inline(_ templates: inout [Template]) {
    while true {
      var uses = [Int](repeating: 0, count: blocks.count)
      func count(_ items: [Template]) {
        for item in items {
          if let block = item.block { uses[block.number] += 1 }
          count(item.children)
        }
      }
      count(templates)
      for block in blocks.reversed() where uses[block.number] > 0 { count(block.items) }
      let places = Dictionary(uniqueKeysWithValues: blocks.map { ($0.number, $0) })
      let lone = Set(
        places.keys.filter { number in
          let block = places[number]
          return uses[number] == 1 || uses[number] < 3 && block?.isRun == true || block?.isInexpressible == true
        })
      var isChanged = false
      func replaced(_ items: [Template]) -> [Template] {
        var result: [Template] = []
        var moved: [Int] = []
        for var item in items {
          item.inputs = item.inputs.map { target in
            if case .item(let index) = target { .item(moved[index]) } else { .input }
          }
          item.children = replaced(item.children)
          // A run that stands alone is no block to begin with.
          let group = item.isGroup && item.isRun && item.condition == nil ? item : nil
          let use = item.block.flatMap { lone.contains($0.number) ? inlined(item, $0) : nil }
          if let inlined = use ?? group {
            isChanged = true
            if inlined.isRun {
              let base = result.count
              for var child in inlined.children {
                child.inputs = child.inputs.flatMap { target in
                  if case .item(let index) = target { [Target.item(base + index)] } else { item.inputs }
                }
                result.append(child)
              }
              moved.append(result.count - 1)
              continue
            }
            item = inlined
          }
          result.append(item)
          moved.append(result.count - 1)
        }
        return result
      }
      templates = replaced(templates)
      for block in blocks where uses[block.number] > 0 { block.items = replaced(block.items) }
      if !isChanged {
        blocks = blocks.filter { uses[$0.number] > 0 }
        var counts: [String: Int] = [:]
        for block in blocks {
          let count = counts[block.name, default: 0] + 1
          counts[block.name] = count
          if count > 1 { block.name += "_\(count)" }
        }
        return
      }
    }
  }

  private func inlined(_ use: Template, _ block: Block) -> Template? {
    if use.condition != nil, block.isRun { return nil }
    var terms: [Field.Parameter: Term] = [:]
    for (field, values) in use.arguments {
      guard let parameter = field.parameter, let term = values.first else { return nil }
      guard !term.dependsOnInput || use.inputs == [.input] else { return nil }
      terms[parameter] = term
    }
    var group = use
    group.body = .group
    group.arguments = []
    group.isNumbered = block.isNumbered
    group.isRun = block.isRun
    group.children = block.items.map { $0.replacing(terms) }
    return group
  }
}
