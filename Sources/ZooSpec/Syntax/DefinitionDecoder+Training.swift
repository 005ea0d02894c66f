extension DefinitionDecoder {
  /// The most bytes that the keys and values of a recipe have together, those that aliases repeat counted each time.
  static let maximumRecipeSize = 1 << 16

  /// Checks what a recipe is whatever its fields mean: a mapping of names, not longer than anyone writes.
  mutating func training(_ node: YAMLNode) -> (card: Card.Training, node: YAMLNode)? {
    guard case .mapping(let pairs) = node.content else {
      report(node, .key("train"), .mapping)
      return nil
    }
    var room = Self.maximumRecipeSize
    guard node.takes(from: &room) else {
      report(node, .key("train"), .shortMapping(limit: Self.maximumRecipeSize))
      return nil
    }
    let wrong = pairs.filter { !$0.name.isIdentifier }
    for pair in wrong { report(pair.key, .parameter(pair.name), .identifier) }
    guard wrong.isEmpty else { return nil }
    return (Card.Training(lines: pairs.map { "\($0.name): \($0.value.flowText)" }), node)
  }
}

extension YAMLNode {
  /// Takes the bytes of all scalars from what is left, and one for each node.
  ///
  /// - Returns: whether there was enough.
  fileprivate func takes(from room: inout Int) -> Bool {
    room -= 1 + (text?.utf8.count ?? 0)
    guard room >= 0 else { return false }
    switch content {
    case .scalar: return true
    case .sequence(let items):
      for item in items where !item.takes(from: &room) { return false }
    case .mapping(let pairs):
      for pair in pairs where !(pair.key.takes(from: &room) && pair.value.takes(from: &room)) { return false }
    }
    return true
  }
}
