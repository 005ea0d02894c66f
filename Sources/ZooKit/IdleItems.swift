/// Things kept for their next use, within bounds of number and size: the oldest go first, the newest always stays.
package struct IdleItems<Item> {
  package let maximumCount: Int
  package let maximumSize: Int
  private var items: [(item: Item, size: Int)] = []

  package init(maximumCount: Int, maximumSize: Int) {
    self.maximumCount = maximumCount
    self.maximumSize = maximumSize
  }

  package var count: Int { items.count }

  /// The newest that fits, which is idle no longer.
  package mutating func take(where fits: (Item) -> Bool) -> Item? {
    items.lastIndex { fits($0.item) }.map { items.remove(at: $0).item }
  }

  /// - Returns: what is not kept any longer.
  package mutating func give(_ item: Item, size: Int) -> [Item] {
    items.append((item, size))
    var dropped: [Item] = []
    while items.count > 1, items.count > maximumCount || items.reduce(0, { $0 + $1.size }) > maximumSize {
      dropped.append(items.removeFirst().item)
    }
    return dropped
  }

  /// - Returns: all of them, none of which is kept any longer.
  package mutating func removeAll() -> [Item] {
    defer { items = [] }
    return items.map(\.item)
  }
}
