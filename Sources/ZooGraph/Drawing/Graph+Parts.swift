extension Graph {
  /// The nodes in parts: one for each node without a key, and one for all nodes of the same key. Parts come in an order in which each
  /// reads only from earlier ones.
  ///
  /// Where one part would both feed another and read from it, because what its nodes compute leaves it and comes back, the nodes of that
  /// key make several parts, so that a picture has no loop that the network does not have.
  func parts(by keys: [String?]) -> [[NodeID]] {
    var parts: [[NodeID]] = []
    var partOf = [Int](repeating: 0, count: nodes.count)
    var sources: [Set<Int>] = []
    var open: [String: Int] = [:]

    func reads(_ part: Int, from target: Int) -> Bool {
      var (pending, seen): ([Int], Set<Int>) = ([part], [part])
      while let next = pending.popLast() {
        if next == target { return true }
        for source in sources[next] where seen.insert(source).inserted { pending.append(source) }
      }
      return false
    }

    for id in ids {
      let inputs = Set(self[id].inputs.map { partOf[$0.index] })
      if let key = keys[id.index], let part = open[key],
        !inputs.contains(where: { $0 != part && reads($0, from: part) })
      {
        parts[part].append(id)
        sources[part].formUnion(inputs.subtracting([part]))
        partOf[id.index] = part
      } else {
        partOf[id.index] = parts.count
        if let key = keys[id.index] { open[key] = parts.count }
        parts.append([id])
        sources.append(inputs)
      }
    }
    return topologicalOrder(sources).map { parts[$0] }
  }
}

/// The numbers in an order in which each comes after its sources; of those that may come next, the least.
private func topologicalOrder(_ sources: [Set<Int>]) -> [Int] {
  var readers = [[Int]](repeating: [], count: sources.count)
  for (part, sources) in sources.enumerated() {
    for source in sources { readers[source].append(part) }
  }
  var missing = sources.map(\.count)
  // In descending order.
  var ready = missing.indices.filter { missing[$0] == 0 }.reversed() as [Int]
  var order: [Int] = []
  while let next = ready.popLast() {
    order.append(next)
    for reader in readers[next] {
      missing[reader] -= 1
      guard missing[reader] == 0 else { continue }
      ready.insert(reader, at: ready.firstIndex { $0 < reader } ?? ready.endIndex)
    }
  }
  return order
}
