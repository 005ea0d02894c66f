import ZooTensor

/// Finds the dictionary of tensors that a PyTorch file means: the file itself, or one that it holds among other things, as
/// training scripts write them.
struct TorchDictionaries {
  struct Found {
    var tensors: [(name: String, tensor: PickleMachine.Tensor)]
    /// What else there is beside it, by name, with the Python objects in it.
    var skipped: [String]
  }

  private typealias Value = PickleMachine.Value
  private typealias Member = (key: Value, value: Value)

  private struct Place {
    let path: [Value]
    let position: Int
  }

  let root: PickleMachine.Value
  let machine: PickleMachine

  /// Under these keys a training script keeps the weights among other things.
  private static let wrappers: Set<String> = [
    "state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params", "state_dict_ema",
    "ema_state_dict", "model_ema", "ema", "params_ema", "ema_model",
  ]
  /// Keys with these in them hold tensors that are no weights.
  private static let others = ["optim", "sched", "scaler", "rng", "callback", "loop", "loader"]
  private static let maximumDepth = 16
  private static let maximumListed = 32

  /// `path`: keys with dots between them.
  func find(_ path: String?) throws(WeightsProblem) -> Found {
    var base: [Value] = []
    var start = root
    if let path {
      guard let chosen = resolve(path[...], in: root, depth: 0), isContainer(chosen.value) else {
        let there = candidates(in: root, at: []).map(text)
        throw .torch(.noDictionary(path, nearest: path.nearestTensor(among: there), there: there))
      }
      (base, start) = (chosen.path, chosen.value)
    }
    let candidates = candidates(in: start, at: base)
    guard let place = candidates.first else { throw nothing(in: start) }
    guard candidates.dropFirst().allSatisfy({ isSame($0.position, place.position) }) else {
      throw .torch(.severalDictionaries(candidates.map(text)))
    }
    return try Found(tensors: tensors(place), skipped: skipped(beside: place))
  }

  // MARK: Where tensors are

  /// The dictionaries of weights that a value may mean, each once.
  private func candidates(in value: Value, at path: [Value]) -> [Place] {
    // Numbers that a script keeps as tensors, such as a loss, count only where there is nothing else.
    for acceptsAll in [false, true] {
      var search = Search(distances: distances(acceptingAll: acceptsAll))
      candidates(in: value, at: path, &search)
      if !search.found.isEmpty { return search.found }
    }
    return []
  }

  private struct Search {
    /// How many dictionaries deep the nearest weights lie below each container that holds some.
    let distances: [Value: Int]
    var visited: Set<Value> = []
    var found: [Place] = []
  }

  private func candidates(in value: Value, at path: [Value], _ search: inout Search) {
    guard isContainer(value), let distance = search.distances[value], path.count <= Self.maximumDepth,
      search.found.count < Self.maximumListed, search.visited.insert(value).inserted
    else { return }
    var members = members(of: value).filter {
      isContainer($0.value) && search.distances[$0.value] != nil && !isOther($0)
    }
    let known = members.filter { member in
      if case .string(let key) = member.key { Self.wrappers.contains(key) } else { false }
    }
    if !known.isEmpty {
      members = known
    } else if distance == 0, case .dictionary(let position) = value {
      return search.found.append(Place(path: path, position: position))
    }
    for member in members { candidates(in: member.value, at: path + [member.key], &search) }
  }

  /// For each container the number of containers between it and the nearest tensors, at most `maximumDepth`. Computed
  /// from the inside out, because containers may contain themselves. `acceptsAll`: whether single numbers, integers and
  /// what cannot be read count too.
  private func distances(acceptingAll acceptsAll: Bool) -> [Value: Int] {
    var distances: [Value: Int] = [:]
    for (position, members) in machine.dictionaries.enumerated() {
      let hasWeights = members.contains { member in
        guard let tensor = machine.tensor(member.value) else { return acceptsAll && isRefused(member.value) }
        return acceptsAll || (tensor.storage.elementType.isFloatingPoint && tensor.sizes.contains { $0 > 1 })
      }
      if hasWeights { distances[.dictionary(position)] = 0 }
    }
    let containers =
      machine.dictionaries.indices.map { Value.dictionary($0) }
      + machine.sequences.indices.flatMap { [Value.list($0), .tuple($0)] }
    for depth in 1...Self.maximumDepth {
      let reached = containers.filter { container in
        distances[container] == nil
          && members(of: container).contains {
            isContainer($0.value) && distances[$0.value] == depth - 1 && !isOther($0)
          }
      }
      guard !reached.isEmpty else { break }
      for container in reached { distances[container] = depth }
    }
    return distances
  }

  /// Whether a member is the state of an optimiser or of something else that is no network.
  private func isOther(_ member: Member) -> Bool {
    if case .string(let key) = member.key {
      let key = key.lowercased()
      if Self.others.contains(where: key.contains) { return true }
    }
    guard case .dictionary(let position) = member.value else { return false }
    let keys = machine.dictionaries[position].lazy.map(\.key)
    return keys.contains(.string("param_groups")) && keys.contains(.string("state"))
  }

  private func isContainer(_ value: Value) -> Bool {
    switch value {
    case .dictionary, .list, .tuple: true
    default: false
    }
  }

  private func members(of value: Value) -> [Member] {
    switch value {
    case .dictionary(let position): machine.dictionaries[position]
    case .list(let position), .tuple(let position):
      machine.sequences[position].enumerated().map { (key: .integer($0), value: $1) }
    default: []
    }
  }

  /// Whether two dictionaries are one, or hold the same tensors under the same names.
  private func isSame(_ left: Int, _ right: Int) -> Bool {
    if left == right { return true }
    let (left, right) = (machine.dictionaries[left], machine.dictionaries[right])
    return left.count == right.count
      && zip(left, right).allSatisfy { $0.key == $1.key && isSame($0.value, $1.value) }
  }

  private func isSame(_ left: Value, _ right: Value) -> Bool {
    if left == right { return true }
    guard let left = machine.tensor(left), let right = machine.tensor(right) else { return false }
    return left == right
  }

  /// What lies where a path of keys leads, which may have dots in them; the longest key that is there counts.
  private func resolve(_ path: Substring, in value: Value, depth: Int) -> (path: [Value], value: Value)? {
    guard depth <= Self.maximumDepth else { return nil }
    var members: [String: Member] = [:]
    for member in self.members(of: value) {
      let name = name(member.key)
      if path == name || path.hasPrefix(name + ".") { members[name] = member }
    }
    for (name, member) in members.sorted(by: { $0.key.utf8.count > $1.key.utf8.count }) {
      if path == name { return ([member.key], member.value) }
      if let rest = resolve(path.dropFirst(name.count + 1), in: member.value, depth: depth + 1) {
        return ([member.key] + rest.path, rest.value)
      }
    }
    return nil
  }

  // MARK: What is found

  private func tensors(_ place: Place) throws(WeightsProblem) -> [(name: String, tensor: PickleMachine.Tensor)] {
    var tensors: [(name: String, tensor: PickleMachine.Tensor)] = []
    for (key, value) in machine.dictionaries[place.position] {
      if let tensor = machine.tensor(value) {
        guard case .string(let name) = key else { throw .torch(.nameNotText(name(key))) }
        tensors.append((name, tensor))
      } else if case .object(let position) = value {
        let object = machine.objects[position]
        switch object.kind {
        case .tensor, .emptyArray: throw .torch(.tensorOfPythonObject(name(key), object: object.name))
        case .unsupportedTensor: throw .torch(.unsupportedTensor(name(key), what: object.name))
        case .other, .numberType, .array: break
        }
      }
    }
    return tensors
  }

  /// Whether a value is a tensor that cannot be read.
  private func isRefused(_ value: Value) -> Bool {
    guard case .object(let position) = value else { return false }
    switch machine.objects[position].kind {
    case .tensor, .emptyArray, .unsupportedTensor: return true
    case .other, .numberType, .array: return false
    }
  }

  /// What is beside the dictionary and beside those around it, and what is in it and is no tensor. Python objects that no
  /// name leads to, such as a function that was called for what it does, are named at the end.
  private func skipped(beside place: Place) -> [String] {
    var skipped: [String] = []
    var mentioned: Set<String> = []
    var visited: Set<Value> = []
    func skip(_ member: Member) {
      let objects = pythonNames(in: member.value, &visited)
      mentioned.formUnion(objects)
      let listed = objects.prefix(3).joined(separator: ", ") + (objects.count > 3 ? ", …" : "")
      skipped.append(name(member.key) + (objects.isEmpty ? "" : " (\(listed))"))
    }
    var value = root
    for key in place.path {
      let members = members(of: value)
      for member in members where member.key != key { skip(member) }
      value = members.last { $0.key == key }?.value ?? .none
    }
    for member in machine.dictionaries[place.position] where machine.tensor(member.value) == nil { skip(member) }
    let rest = machine.unknownNames.filter { !mentioned.contains($0.name) }
    skipped += rest.prefix(Self.maximumListed).map { "Python object \($0.name)" }
    return skipped
  }

  /// The Python names in a value that mean nothing to zoo, but for those in what was visited before.
  private func pythonNames(in value: Value, _ visited: inout Set<Value>) -> [String] {
    var names: [String] = []
    var pending = [value]
    while let next = pending.popLast() {
      switch next {
      case .symbol(.unknown(let name)): if !names.contains(name) { names.append(name) }
      case .object(let position) where visited.insert(next).inserted:
        let object = machine.objects[position]
        if machine.knownUnknowns.contains(object.name), !names.contains(object.name) { names.append(object.name) }
        pending += object.parts.reversed()
      case .dictionary where visited.insert(next).inserted,
        .list where visited.insert(next).inserted,
        .tuple where visited.insert(next).inserted:
        pending += members(of: next).reversed().map(\.value)
      default: break
      }
      guard names.count < Self.maximumListed, pending.count < PickleMachine.maximumValues else { break }
    }
    return names
  }

  /// Why there is nothing to read: a Python object in its place, or what is there instead.
  private func nothing(in start: Value) -> WeightsProblem {
    // A whole model holds its tensors.
    var visited: Set<Value> = []
    for object in machine.objects where machine.knownUnknowns.contains(object.name) {
      guard holdsTensors(object, &visited) else { continue }
      let offset = machine.unknownNames.first { $0.name == object.name }?.offset
      return .pickle(.nameNotAllowed(object.name, offset: offset ?? object.offset))
    }
    if let (name, offset) = machine.unknownNames.first { return .pickle(.nameNotAllowed(name, offset: offset)) }
    guard isContainer(start) else { return .torch(.notADictionary) }
    return .torch(.noTensors(keys: members(of: start).prefix(8).map { name($0.key) }))
  }

  private func holdsTensors(_ object: PickleObject, _ visited: inout Set<Value>) -> Bool {
    var pending = object.parts
    while let next = pending.popLast() {
      switch next {
      case .tensor, .storage: return true
      case .object, .dictionary, .list, .tuple:
        guard visited.insert(next).inserted else { continue }
        if case .object(let position) = next { pending += machine.objects[position].parts }
        pending += members(of: next).map(\.value)
      default: break
      }
    }
    return false
  }

  // MARK: Words

  private func text(_ place: Place) -> String { place.path.map(name).joined(separator: ".") }

  private func name(_ key: PickleMachine.Value) -> String {
    switch key {
    case .string(let text): text
    case .integer(let number): "\(number)"
    default: "?"
    }
  }
}
