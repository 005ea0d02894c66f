/// Groups that may become uses of one block: the same operations and connections, but for items that some of them lack.
final class Cluster {
  private(set) var members: [Item]
  private(set) var items: [Merged]
  /// Whether groups around have been compared by it, so that it cannot change any more.
  private(set) var isClosed = false
  private(set) var block: Block?
  /// Whether its block would be used without a name.
  let isUnnamed: Bool
  let isRun: Bool
  let isNumbered: Bool

  /// An item of a block, with the items of the members that it stands for; `nil` for those that lack it.
  struct Merged {
    var items: [Item?]
    var inputs: [Target]
    var children: [Merged]

    var first: Item {
      guard let item = items.lazy.compactMap({ $0 }).first else { preconditionFailure("a merged item stands for none") }
      return item
    }

    var isOptional: Bool { items.contains { $0 == nil } }
  }

  /// `members` have the same signature.
  init(_ members: [Item]) {
    self.members = members
    items = Self.joined(members.map(\.children))
    isUnnamed = members[0].isUnnamed
    isRun = members[0].isRun
    isNumbered = members[0].isNumbered
    for member in members { member.cluster = self }
  }

  private static func joined(_ lists: [[Item]]) -> [Merged] {
    lists[0].indices.map { index in
      let items = lists.map { $0[index] }
      return Merged(
        items: items, inputs: items[0].inputs,
        children: items[0].children.isEmpty ? [] : joined(items.map(\.children)))
    }
  }

  /// Lets its members go, when no group is compared any more.
  func dissolve() {
    for member in members { member.cluster = nil }
  }

  /// Makes a block of it, when it has several members.
  func close(number: Int) {
    guard !isClosed else { return }
    isClosed = true
    for (place, member) in members.enumerated() { member.member = place }
    guard members.count > 1 else { return }
    block = Block(members: members, items: items, number: number)
  }

  // MARK: Merging

  /// The most items of two groups that are compared with each other.
  private static let maximumComparisons = 4096

  /// Takes the members of the other where both are alike enough.
  ///
  /// - Returns: whether it did.
  func merge(_ other: Cluster) -> Bool {
    guard !isClosed, !other.isClosed, isUnnamed == other.isUnnamed, isRun == other.isRun,
      isNumbered == other.isNumbered
    else { return false }
    var merger = Merger(counts: (members.count, other.members.count))
    guard let merged = merger.merge(items, other.items), merger.unmatched <= merger.matched else { return false }
    items = merged
    members += other.members
    for member in other.members { member.cluster = self }
    return true
  }

  private struct Merger {
    let counts: (Int, Int)
    var matched = 0
    var unmatched = 0

    mutating func merge(_ left: [Merged], _ right: [Merged]) -> [Merged]? {
      let pairs = pairs(left, right)
      guard !pairs.isEmpty else { return nil }
      var result: [Merged] = []
      var places = (left: [Int](repeating: 0, count: left.count), right: [Int](repeating: 0, count: right.count))
      var next = (0, 0)
      var origins: [(left: Int?, right: Int?)] = []
      for pair in pairs + [(left.count, right.count)] {
        for index in next.0..<pair.0 { origins.append((index, nil)) }
        for index in next.1..<pair.1 { origins.append((nil, index)) }
        if pair.0 < left.count { origins.append((pair.0, pair.1)) }
        next = (pair.0 + 1, pair.1 + 1)
      }
      for (place, origin) in origins.enumerated() {
        if let index = origin.left { places.left[index] = place }
        if let index = origin.right { places.right[index] = place }
      }
      func moved(_ target: Target, _ places: [Int]) -> Target {
        if case .item(let index) = target { .item(places[index]) } else { .input }
      }
      /// What the target stands for where items are missing.
      func resolved(_ target: Target, isPresent: (Int) -> Bool) -> Target {
        var target = target
        while case .item(let index) = target, index < result.count, !isPresent(index) {
          target = result[index].inputs.first ?? .input
        }
        return target
      }
      /// What the item before ends with, where that is what is read when items are missing.
      func chained(_ target: Target, isPresent: (Int) -> Bool) -> Target {
        let before = Target.item(result.count - 1)
        return !result.isEmpty && resolved(before, isPresent: isPresent) == target ? before : target
      }
      let isLeft = { (index: Int) in origins[index].left != nil }
      let isRight = { (index: Int) in origins[index].right != nil }
      for origin in origins {
        switch origin {
        case (let left?, nil):
          var item = leftItem(left)
          unmatched += weight(item)
          item.inputs = item.inputs.map { moved($0, places.left) }
          if item.inputs.count == 1, !item.first.joins {
            item.inputs = item.inputs.map { chained($0, isPresent: isLeft) }
          }
          item.items += [Item?](repeating: nil, count: counts.1)
          item.children = widened(item.children, before: 0, after: counts.1)
          result.append(item)
        case (nil, let right?):
          var item = rightItem(right)
          unmatched += weight(item)
          item.inputs = item.inputs.map { moved($0, places.right) }
          if item.inputs.count == 1, !item.first.joins {
            item.inputs = item.inputs.map { chained($0, isPresent: isRight) }
          }
          item.items = [Item?](repeating: nil, count: counts.0) + item.items
          item.children = widened(item.children, before: counts.0, after: 0)
          result.append(item)
        case (let left?, let right?):
          var item = leftItem(left)
          let other = rightItem(right)
          guard item.inputs.count == other.inputs.count else { return nil }
          var inputs: [Target] = []
          for (first, second) in zip(item.inputs, other.inputs) {
            let first = moved(first, places.left)
            let second = moved(second, places.right)
            if first == second || resolved(first, isPresent: isRight) == second {
              inputs.append(first)
            } else if resolved(second, isPresent: isLeft) == first {
              inputs.append(second)
            } else {
              return nil
            }
          }
          if item.children.isEmpty {
            matched += weight(item)
          } else {
            guard let children = merge(item.children, other.children) else { return nil }
            item.children = children
          }
          item.inputs = inputs
          item.items += other.items
          result.append(item)
        case (nil, nil): return nil
        }
      }
      let last = Target.item(result.count - 1)
      guard resolved(last, isPresent: isLeft) == .item(places.left[left.count - 1]),
        resolved(last, isPresent: isRight) == .item(places.right[right.count - 1]), areNameable(result)
      else { return nil }
      return result

      func leftItem(_ index: Int) -> Merged { left[index] }
      func rightItem(_ index: Int) -> Merged { right[index] }
    }

    private func widened(_ items: [Merged], before: Int, after: Int) -> [Merged] {
      items.map { item in
        var item = item
        item.items =
          [Item?](repeating: nil, count: before) + item.items + [Item?](repeating: nil, count: after)
        item.children = widened(item.children, before: before, after: after)
        return item
      }
    }

    /// In layers; the use of a block is one thing to a reader, however many there are in it.
    private func weight(_ item: Merged) -> Int {
      if case .use = item.first.body { return min(item.first.range.count, 3) }
      return item.first.range.count
    }

    /// How much two items with the same key have in common.
    private func affinity(_ left: Merged, _ right: Merged) -> Int {
      let slots = zip(left.first.slots, right.first.slots)
      var result = 8 * min(weight(left), weight(right)) + slots.filter { $0 == $1 }.count
      var next = 0
      for field in left.first.fields {
        // Depthwise convolutions go with each other.
        if field.kind == .groups, field.count == 1, next < right.first.slots.count {
          let isOne = (left.first.slots[next] == .integer(1), right.first.slots[next] == .integer(1))
          if isOne.0 == isOne.1 { result += 4 }
        }
        next += field.count
      }
      return result
    }

    /// Items that are read by name must have one name in all members.
    private func areNameable(_ items: [Merged]) -> Bool {
      var current = Target.input
      for (index, item) in items.enumerated() {
        let isPlain = !item.first.joins && item.inputs == [current]
        for case .item(let place) in item.inputs where !isPlain {
          let names = Set(items[place].items.compactMap { $0?.name })
          if names.count != 1 { return false }
        }
        if !item.first.isTrainingOnly { current = .item(index) }
      }
      return true
    }

    /// The longest common subsequence of items with the same key.
    private func pairs(_ left: [Merged], _ right: [Merged]) -> [(Int, Int)] {
      guard left.count * right.count <= Cluster.maximumComparisons else { return [] }
      let keys = (left.map(\.first.key), right.map(\.first.key))
      let width = right.count + 1
      var lengths = [Int](repeating: 0, count: (left.count + 1) * width)
      for row in left.indices.reversed() {
        for column in right.indices.reversed() {
          let isSame = keys.0[row] == keys.1[column]
          let weight = isSame ? affinity(left[row], right[column]) : 0
          lengths[row * width + column] = max(
            lengths[(row + 1) * width + column], lengths[row * width + column + 1],
            isSame ? lengths[(row + 1) * width + column + 1] + weight : 0)
        }
      }
      var pairs: [(Int, Int)] = []
      var (row, column) = (0, 0)
      while row < left.count, column < right.count {
        if keys.0[row] == keys.1[column],
          lengths[row * width + column] == lengths[(row + 1) * width + column + 1]
            + affinity(left[row], right[column])
        {
          pairs.append((row, column))
          row += 1
          column += 1
        } else if lengths[(row + 1) * width + column] >= lengths[row * width + column + 1] {
          row += 1
        } else {
          column += 1
        }
      }
      return pairs
    }
  }
}
