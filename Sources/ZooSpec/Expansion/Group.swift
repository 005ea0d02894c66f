import ZooGraph

/// A group of layers while it is expanded: what it can name, what it is called, and the value that its next layer reads.
final class Group {
  /// `$in` in it is what the group reads.
  let environment: Environment
  let scope: Scope
  /// Shared with the blocks whose layers belong to the group.
  let numbering: Numbering
  /// The group's path with a dot after it; empty for the file's layers.
  let prefix: String
  let isTrainingOnly: Bool
  /// The value of the last layer that is no side branch; `nil` when it is broken.
  var current: NodeID?
  /// The value of the last layer.
  var previous: NodeID?

  init(
    environment: Environment, scope: Scope, numbering: Numbering, prefix: String, isTrainingOnly: Bool, input: NodeID?
  ) {
    self.environment = environment
    self.scope = scope
    self.numbering = numbering
    self.prefix = prefix
    self.isTrainingOnly = isTrainingOnly
    current = input
    previous = input
    scope.names.define("input", input, isSkipped: false)
  }

  /// The group's path.
  var path: String { String(prefix.dropLast()) }
}

/// The names that the layers of a group can use.
final class Scope {
  /// The values that names stand for; the name of a skipped layer gives way to a layer that is there.
  struct Names {
    private var values: [String: NodeID?] = [:]
    private var skipped: Set<String> = []

    subscript(name: String) -> NodeID?? { values[name] }

    var all: [String] { Array(values.keys) }

    mutating func define(_ name: String, _ value: NodeID?, isSkipped: Bool) {
      if isSkipped, values[name] != nil, !skipped.contains(name) { return }
      if isSkipped { skipped.insert(name) } else { skipped.remove(name) }
      values.updateValue(value, forKey: name)
    }
  }

  var names = Names()
  /// Whether a broken use of a block leaves names unknown, so that none can be said to be missing.
  var hasUnknownNames = false
  /// The group around, when its names are visible; a block sees only its own.
  let parent: Scope?

  init(parent: Scope?) {
    self.parent = parent
  }

  /// Takes the names of a block whose layers belong to the group.
  func adopt(_ other: Scope) {
    for name in other.names.all where name != "input" {
      if let value = other.names[name] { names.define(name, value, isSkipped: false) }
    }
  }
}

/// The naming of one group, shared with the blocks spliced into it.
final class Numbering {
  let isSequential: Bool
  /// The names that the group's layers are given in the file.
  private let reserved: Set<String>
  private var next = 0
  private var taken: Set<String> = ["input"]
  private var counts: [String: Int] = [:]

  init(isSequential: Bool, reserved: Set<String> = []) {
    self.isSequential = isSequential
    self.reserved = reserved
  }

  /// The number of the next layer of a sequential group, in which named layers count too.
  func nextNumber() -> Int {
    defer { next += 1 }
    return next
  }

  /// `relu`, `relu_2`, `relu_3`…, whichever is free.
  func automaticName(_ word: String) -> String {
    while true {
      let count = counts[word, default: 0] + 1
      counts[word] = count
      let name = count == 1 ? word : "\(word)_\(count)"
      if !reserved.contains(name), taken.insert(name).inserted { return name }
    }
  }
}
