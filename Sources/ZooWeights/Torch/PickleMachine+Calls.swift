import ZooTensor

/// What Python's and PyTorch's names stand for.
extension PickleMachine {
  mutating func symbol(_ module: String, _ name: String) throws(WeightsProblem) -> PickleSymbol {
    if let symbol = PickleSymbol(module: module, name: name) { return symbol }
    guard max(module.utf8.count, name.utf8.count) < Self.maximumNameLength else {
      throw unexpected("a name of less than \(Self.maximumNameLength) bytes")
    }
    let printable = "\(module).\(name)".unicodeScalars.map { $0.isControl ? "\u{FFFD}" : $0 }
    var text = ""
    text.unicodeScalars.append(contentsOf: printable)
    let (isNew, kept) = knownUnknowns.insert(text)
    if isNew {
      guard unknownNames.count < Self.maximumNames else { throw .pickle(.tooMuch(.names, offset: opcodeOffset)) }
      unknownNames.append((kept, opcodeOffset))
    }
    return .unknown(kept)
  }

  /// `('storage', type, key, device, number of elements)`, and in files from before 1.6 a sixth: `None`, or the part of the
  /// storage that is meant.
  mutating func persistent(_ identifier: Value) throws(WeightsProblem) -> Value {
    if let references {
      guard case .string(let key) = identifier, let value = references[key] else {
        throw unexpected("the key of a tensor")
      }
      return value
    }
    guard case .tuple(let position) = identifier else { throw unexpected("a tuple that names a storage") }
    let fields = sequences[position]
    guard fields.count == 5 || fields.count == 6, fields[0] == .string("storage"),
      case .symbol(let type) = fields[1], case .string(let key) = fields[2], case .integer(let count) = fields[4],
      count >= 0
    else { throw unexpected("a tuple that names a storage") }
    let view = fields.count == 6 ? try self.view(fields[5], of: count) : 0..<count
    try checkContainers()
    guard storages.count < Self.maximumContainers else { throw .pickle(.tooMuch(.containers, offset: opcodeOffset)) }
    func storage(_ type: ElementType, isUntyped: Bool = false, unsupported: (String, Int)? = nil) -> Storage {
      Storage(
        key: key, elementType: type, elementCount: count, view: view, isUntyped: isUntyped, unsupported: unsupported)
    }
    switch type {
    case .storage(let type): storages.append(storage(type))
    case .untypedStorage: storages.append(storage(.uint8, isUntyped: true))
    case .unsupported(let what, let size): storages.append(storage(.uint8, unsupported: (what, size)))
    case .unknown(let name): storages.append(storage(.uint8, unsupported: ("a tensor in '\(name)'", 0)))
    default: throw unexpected("a tuple that names a storage")
    }
    return .storage(storages.count - 1)
  }

  /// `None`, or `(key, offset, number of elements)`.
  private func view(_ value: Value, of count: Int) throws(WeightsProblem) -> Range<Int> {
    guard value != .none else { return 0..<count }
    guard case .tuple(let position) = value, sequences[position].count == 3,
      case .integer(let offset) = sequences[position][1], case .integer(let length) = sequences[position][2],
      offset >= 0, length >= 0, offset <= count, length <= count - offset
    else { throw unexpected("a part of a storage") }
    return offset..<offset + length
  }

  /// What stands for the result of a call: of an unknown function, or a method of an object, an object.
  mutating func call(_ function: Value, _ arguments: [Value], isConstructor: Bool) throws(WeightsProblem) -> Value {
    switch function {
    case .symbol(.unknown(let name)): return .object(try newObject(called: name, arguments))
    case .symbol(let symbol): return try call(symbol, arguments, isConstructor: isConstructor)
    case .object(let position): return .object(try newObject(called: objects[position].name, arguments))
    default: throw unexpected("a function and its arguments")
    }
  }

  /// What a function makes of a tensor or a storage may be a tensor.
  private mutating func newObject(called name: String, _ arguments: [Value]) throws(WeightsProblem) -> Int {
    let isOfTensors = arguments.contains { value in
      switch value {
      case .tensor, .storage: true
      case .object(let position): objects[position].kind != .other
      default: false
      }
    }
    // Python's own function that makes an object of a class.
    if name.hasSuffix("._reconstructor"), case .symbol(.unknown(let type)) = arguments.first {
      return try newObject(type, of: arguments)
    }
    return try newObject(name, isOfTensors ? .tensor : .other, of: arguments)
  }

  private mutating func call(
    _ symbol: PickleSymbol, _ arguments: [Value], isConstructor: Bool
  ) throws(WeightsProblem) -> Value {
    switch symbol {
    case .dictionary: return try dictionary(of: arguments)
    case .sequence:
      switch arguments.first {
      case .list, .tuple: return arguments[0]
      case nil: return .list(try newSequence([]))
      default: return .object(try newObject("a collection", of: arguments))
      }
    case .rebuildTensor where !isConstructor: return try rebuildTensor(arguments)
    case .rebuildTypedTensor where !isConstructor: return try rebuildTypedTensor(arguments)
    case .rebuildSubclass where !isConstructor: return try rebuildSubclass(arguments)
    case .rebuildFromArray where !isConstructor: return try rebuildFromArray(arguments)
    case .unsupported(let what, _): return .object(try newObject(what, .unsupportedTensor, of: arguments))
    case .parameter,
      .rebuildParameter where !isConstructor:
      switch arguments.first {
      case .tensor?: return arguments[0]
      case .object?: return try dependent(on: arguments[0])
      default: throw unexpected("a tensor")
      }
    case .size:
      guard arguments.count == 1, case .tuple = arguments[0] else { throw unexpected("a tuple of sizes") }
      return arguments[0]
    case .inert(let name): return .object(try newObject(name, of: arguments))
    case .encode where !isConstructor: return try encode(arguments)
    case .bytes:
      if arguments.isEmpty { return .bytes([]) }
      if case .bytes = arguments[0] { return arguments[0] }
      return .object(try newObject("bytes", of: arguments))
    case .numpy(let function): return try call(function, arguments)
    default: throw .pickle(.callNotAllowed("\(symbol)", offset: opcodeOffset))
    }
  }

  /// A dictionary of another's members or of pairs; `defaultdict` is given what makes the members that it lacks, too.
  private mutating func dictionary(of arguments: [Value]) throws(WeightsProblem) -> Value {
    var members: [Value] = []
    for argument in arguments {
      switch argument {
      case .dictionary(let position): members += dictionaries[position].flatMap { [$0.key, $0.value] }
      case .list(let position), .tuple(let position):
        for pair in sequences[position] {
          guard case .tuple(let items) = pair, sequences[items].count == 2 else { throw unexpected("a list of pairs") }
          members += sequences[items]
        }
      case .symbol, .none: break
      default: return .object(try newObject("a dictionary", of: arguments))
      }
      guard members.count <= Self.maximumValues else { throw .pickle(.tooMuch(.values, offset: opcodeOffset)) }
    }
    return try newDictionary(of: members)
  }

  /// The bytes of a text, as pickles of protocol 2 write bytes.
  private mutating func encode(_ arguments: [Value]) throws(WeightsProblem) -> Value {
    guard arguments.count <= 2, case .string(let text)? = arguments.first else { throw unexpected("a string") }
    decodedBytes += text.utf8.count
    guard decodedBytes <= Self.maximumSize else { throw .pickle(.tooMuch(.bytes, offset: opcodeOffset)) }
    switch arguments.dropFirst().first {
    case .string("latin1")?, .string("latin-1")?, .string("iso-8859-1")?:
      var bytes: [UInt8] = []
      bytes.reserveCapacity(text.utf8.count)
      for scalar in text.unicodeScalars {
        guard let byte = UInt8(exactly: scalar.value) else { throw unexpected("text of Latin-1") }
        bytes.append(byte)
      }
      return .bytes(bytes)
    case nil, .string("utf-8")?, .string("utf8")?: return .bytes(Array(text.utf8))
    default: return .object(try newObject("bytes in another encoding", of: arguments))
    }
  }
}

// MARK: - Tensors

extension PickleMachine {
  /// A tensor that cannot be made, because that takes what a Python object would do.
  private mutating func dependent(on value: Value) throws(WeightsProblem) -> Value {
    guard case .object(let position) = value else { throw unexpected("a tensor") }
    let object = objects[position]
    let kind: PickleObject.Kind = object.kind == .unsupportedTensor ? .unsupportedTensor : .tensor
    if case .array = object.kind { return value }
    return .object(try newObject(object.name, kind, of: [value]))
  }

  /// The function, a class, the function's arguments, and attributes. A class may add to what can be done with the
  /// elements, and does not change them.
  private mutating func rebuildSubclass(_ arguments: [Value]) throws(WeightsProblem) -> Value {
    guard (3...4).contains(arguments.count), arguments[0] != .symbol(.rebuildSubclass),
      case .tuple(let inner) = arguments[2]
    else { throw unexpected("a tensor with attributes") }
    let value = try call(arguments[0], sequences[inner], isConstructor: false)
    if case .object = value { return try dependent(on: value) }
    return value
  }

  /// An array, then the type, device and need of a gradient that a tensor of it has.
  private mutating func rebuildFromArray(_ arguments: [Value]) throws(WeightsProblem) -> Value {
    guard arguments.count >= 2, let tensor = tensor(arguments[0]) else {
      guard let first = arguments.first, case .object = first else { throw unexpected("an array") }
      return try dependent(on: first)
    }
    guard arguments[1] == .symbol(.elementType(tensor.storage.elementType)) else {
      return .object(try newObject("a tensor of another type than its array", .unsupportedTensor, of: arguments))
    }
    return arguments[0]
  }

  /// The tensor that a value is, or the array.
  package func tensor(_ value: Value) -> Tensor? {
    switch value {
    case .tensor(let position): return tensors[position]
    case .object(let position):
      if case .array(let tensor) = objects[position].kind { return tensors[tensor] }
      return nil
    default: return nil
    }
  }

  /// `(storage, offset, sizes, strides)`, then whether it has a gradient, hooks, and flags, which must be absent.
  private mutating func rebuildTensor(_ arguments: [Value]) throws(WeightsProblem) -> Value {
    if let object = arguments.prefix(4).first(where: \.isObject) { return try dependent(on: object) }
    guard (4...7).contains(arguments.count), case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1], let sizes = integers(arguments[2]),
      let strides = integers(arguments[3])
    else { throw unexpected("storage, offset, sizes and strides of a tensor") }
    guard sizes.count == strides.count, sizes.count <= Self.maximumRank else {
      throw unexpected("as many strides as sizes, at most \(Self.maximumRank)")
    }
    if let what = storages[storage].unsupported?.what {
      return .object(try newObject(what, .unsupportedTensor))
    }
    guard !storages[storage].isUntyped else { throw unexpected("a storage with a type") }
    // Flags say that the numbers are to be conjugated or negated.
    if arguments.count == 7, case .dictionary(let flags) = arguments[6], !dictionaries[flags].isEmpty {
      return .object(try newObject("a conjugated or negated view", .unsupportedTensor))
    }
    return .tensor(
      try newTensor(Tensor(storage: storages[storage], offset: offset, sizes: sizes, strides: strides)))
  }

  /// `(storage, offset, sizes, strides, whether it has a gradient, hooks, type)`, then flags. The storage has no type.
  private mutating func rebuildTypedTensor(_ arguments: [Value]) throws(WeightsProblem) -> Value {
    if let object = arguments.prefix(4).first(where: \.isObject) { return try dependent(on: object) }
    guard (7...8).contains(arguments.count), case .storage(let position) = arguments[0],
      case .symbol(let type) = arguments[6]
    else { throw unexpected("storage, offset, sizes, strides and type of a tensor") }
    let storage = storages[position]
    let unsupported: String?
    switch type {
    case .unsupported(let what, _): unsupported = what
    case .unknown(let name): unsupported = "a tensor of type \(name)"
    default: unsupported = storage.unsupported?.what
    }
    if let unsupported { return .object(try newObject(unsupported, .unsupportedTensor)) }
    guard case .elementType(let type) = type, storage.isUntyped, storage.elementCount % type.size == 0,
      storage.view == 0..<storage.elementCount
    else { throw unexpected("a storage of whole elements") }
    try checkContainers()
    storages.append(
      Storage(key: storage.key, elementType: type, elementCount: storage.elementCount / type.size))
    let flags = arguments.count == 8 && arguments[7] != .none ? [.boolean(false), .none, arguments[7]] : []
    return try rebuildTensor([.storage(storages.count - 1)] + arguments[1..<4] + flags)
  }

  mutating func newTensor(_ tensor: Tensor) throws(WeightsProblem) -> Int {
    guard tensors.count < ArchiveLayout.maximumTensors else { throw .pickle(.tooMuch(.tensors, offset: opcodeOffset)) }
    tensors.append(tensor)
    return tensors.count - 1
  }

  func integers(_ value: Value) -> [Int]? {
    guard case .tuple(let position) = value else { return nil }
    var numbers: [Int] = []
    for case .integer(let number) in sequences[position] { numbers.append(number) }
    return numbers.count == sequences[position].count ? numbers : nil
  }
}

extension PickleMachine.Value {
  var isObject: Bool {
    if case .object = self { true } else { false }
  }
}
