/// What `repeat` comes to: how often, and with which values.
struct Repetitions {
  var count = 1
  /// Whether there is an index.
  var isRepeated = false
  /// The lists, each of `count` items, with the place of what is written for them.
  var lists: [(name: Located<String>, place: Located<Term>, values: [ScalarValue])] = []

  /// The environment of one repetition, with its index `i` and its item of each list.
  func environment(_ index: Int, in environment: Environment) -> Environment {
    guard isRepeated else { return environment }
    var result = environment
    for list in lists { result.local[list.name.value] = list.values[index] }
    result.local["i"] = .integer(index)
    return result
  }

  /// The items as arguments of a block.
  func arguments(_ index: Int) -> [String: ArgumentSyntax] {
    var arguments: [String: ArgumentSyntax] = [:]
    for list in lists {
      var place = list.place
      if case .list(let items) = place.value { place = items[index] }
      arguments[list.name.value] = ArgumentSyntax(
        name: list.name, value: place.map { _ in .literal(list.values[index]) })
    }
    return arguments
  }
}

extension Expander {
  /// - Returns: `nil` when `repeat` or the name cannot be worked out; that has been complained about.
  mutating func repetitions(of layer: LayerSyntax, _ environment: Environment) -> Repetitions? {
    guard let repetition = layer.repetition else { return Repetitions() }
    var result = Repetitions(isRepeated: true)
    switch repetition {
    case .count(let term):
      let range = 0...Self.maximumRepetitions
      guard let count = integer(term, range, subject: .key("repeat"), environment) else { return nil }
      result.count = count
    case .lists(let lists):
      guard !lists.isEmpty else { return nil }
      for list in lists {
        guard let value = value(list.value, environment) else { return nil }
        guard case .list(let values) = value, values.count <= Self.maximumRepetitions else {
          report(
            list.value.diagnostic(
              mismatch(list.value, value, subject: .parameter(list.name.value), expected: .column)))
          return nil
        }
        if let first = result.lists.first, first.values.count != values.count {
          let fault = DefinitionFault.listsDiffer(
            first.name.value, count: first.values.count, other: list.name.value, otherCount: values.count)
          report(list.value.diagnostic(fault))
          return nil
        }
        result.count = values.count
        result.lists.append((list.name, list.value, values))
      }
    }
    if let name = layer.name, name.value.literal != nil {
      report(name.diagnostic(.indexNeeded(name.value.text)))
      return nil
    }
    return result
  }
}

extension Term {
  /// The parameters that it names.
  var names: Set<String> {
    switch self {
    case .literal: []
    case .expression(let expression): expression.names
    case .list(let items): items.reduce(into: []) { $0.formUnion($1.value.names) }
    }
  }
}
