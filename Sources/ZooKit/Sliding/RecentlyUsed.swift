/// The values that were used last, up to a number.
struct RecentlyUsed<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let capacity: Int
  /// The one used last comes last.
  private var entries: [(key: Key, value: Value)] = []

  init(capacity: Int) {
    self.capacity = capacity
  }

  var values: [Value] { entries.map(\.value) }

  mutating func value(for key: Key) -> Value? {
    guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
    let entry = entries.remove(at: index)
    entries.append(entry)
    return entry.value
  }

  mutating func insert(_ value: Value, for key: Key) {
    entries.removeAll { $0.key == key }
    entries.append((key, value))
    if entries.count > capacity { entries.removeFirst() }
  }
}
