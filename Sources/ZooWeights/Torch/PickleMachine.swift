import ZooTensor

/// Reads the pickles that `torch.save` writes.
///
/// A pickle is a program for a small stack machine that can call any Python function it names. This machine knows a dozen
/// names, looks nothing up, calls nothing and builds nothing but the values below; whatever else a pickle asks for is an
/// error that says what it was. Containers are numbered, not nested, so that neither cycles nor depth can hurt.
package struct PickleMachine {
  package enum Value: Hashable, Sendable {
    case none
    case boolean(Bool)
    case integer(Int)
    case float(Double)
    case string(String)
    case bytes([UInt8])
    /// A position in `sequences`, as is that of a list; sets are lists here.
    case tuple(Int)
    case list(Int)
    /// A position in `dictionaries`.
    case dictionary(Int)
    case symbol(PickleSymbol)
    /// A position in `storages`.
    case storage(Int)
    /// A position in `tensors`.
    case tensor(Int)
    /// A device or another value that says nothing about tensors.
    case opaque
  }

  package struct Storage: Hashable, Sendable {
    package let key: String
    package let elementType: ElementType
    package let elementCount: Int
    /// The elements that tensors may use: all, or those of the part that another storage is of this one.
    package let view: Range<Int>
    /// Whether the number of elements is one of bytes, whose type the tensors give.
    let isUntyped: Bool

    package init(
      key: String, elementType: ElementType, elementCount: Int, view: Range<Int>? = nil, isUntyped: Bool = false
    ) {
      self.key = key
      self.elementType = elementType
      self.elementCount = elementCount
      self.view = view ?? 0..<elementCount
      self.isUntyped = isUntyped
    }
  }

  package struct Tensor: Hashable, Sendable {
    package let storage: Storage
    /// In elements, from the beginning of the storage's view.
    package let offset: Int
    package let sizes: [Int]
    package let strides: [Int]
  }

  static let maximumSize = 64 << 20
  private static let maximumStack = 1 << 20
  private static let maximumMemo = 1 << 20
  private static let maximumContainers = 1 << 20
  private static let maximumMarks = 256
  static let maximumNesting = 64
  static let maximumRank = 64

  package private(set) var sequences: [[Value]] = []
  package private(set) var dictionaries: [[(key: Value, value: Value)]] = []
  package private(set) var tensors: [Tensor] = []
  private(set) var storages: [Storage] = []

  private var reader: ByteReader
  private let base: Int
  private var opcodeOffset = 0
  private var stack: [Value] = []
  private var marks: [Int] = []
  private var memo: [Int: Value] = [:]
  private var depths: (sequences: [Int], dictionaries: [Int]) = ([], [])
  /// What persistent identifiers stand for, where they are keys; `nil` where they describe storages.
  private var references: [String: Value]?

  /// - Parameter base: where `bytes` begin in the file, for error messages.
  package init(_ bytes: [UInt8], base: Int = 0) {
    reader = ByteReader(bytes)
    self.base = base
  }

  /// A pickle in which tensors and storages that are described elsewhere stand as their keys.
  init(_ bytes: [UInt8], base: Int, tensors: [String: Tensor], storages: Set<String>) {
    self.init(bytes, base: base)
    var references: [String: Value] = [:]
    for key in storages { references[key] = .opaque }
    for (key, tensor) in tensors {
      references[key] = .tensor(self.tensors.count)
      self.tensors.append(tensor)
    }
    self.references = references
  }

  /// The number of bytes read so far.
  var position: Int { reader.position }

  /// Runs one pickle and returns the value it leaves. Memory and stack are fresh for each; containers keep their numbers.
  package mutating func run() throws(WeightsProblem) -> Value {
    stack = []
    marks = []
    memo = [:]
    while true {
      opcodeOffset = base + reader.position
      guard let opcode = reader.integer(UInt8.self) else { throw .pickle(.cutShort(offset: opcodeOffset)) }
      if opcode == UInt8(ascii: ".") { return try pop() }
      try execute(opcode)
      guard stack.count <= Self.maximumStack else { throw .pickle(.tooMuch(.stack, offset: opcodeOffset)) }
    }
  }
}

// MARK: - Opcodes

extension PickleMachine {
  private mutating func execute(_ opcode: UInt8) throws(WeightsProblem) {
    switch UnicodeScalar(opcode) {
    case "\u{80}":
      let version = try read(UInt8.self)
      guard (2...5).contains(version) else { throw .pickle(.unsupportedProtocol(Int(version))) }
    case "\u{95}":
      // A frame only says how much may be read at once.
      _ = try read(UInt64.self)
    case "(":
      guard marks.count < Self.maximumMarks else { throw .pickle(.tooMuch(.marks, offset: opcodeOffset)) }
      marks.append(stack.count)
    case "0": _ = try pop()
    case "1": _ = try popToMark()
    case "2": stack.append(try top())
    case "N": stack.append(.none)
    case "\u{88}": stack.append(.boolean(true))
    case "\u{89}": stack.append(.boolean(false))
    case "I": stack.append(try textInteger())
    case "J": stack.append(.integer(Int(Int32(bitPattern: try read(UInt32.self)))))
    case "K": stack.append(.integer(Int(try read(UInt8.self))))
    case "M": stack.append(.integer(Int(try read(UInt16.self))))
    case "\u{8A}": stack.append(.integer(try longInteger(Int(try read(UInt8.self)))))
    case "\u{8B}": stack.append(.integer(try longInteger(Int(try read(UInt32.self)))))
    case "G":
      let bits = try read(UInt64.self).byteSwapped
      stack.append(.float(Double(bitPattern: bits)))
    case "X", "T": stack.append(.string(try text(Int(try read(UInt32.self)))))
    case "\u{8C}", "U": stack.append(.string(try text(Int(try read(UInt8.self)))))
    case "\u{8D}": stack.append(.string(try text(try readLength())))
    case "B": stack.append(.bytes(try bytes(Int(try read(UInt32.self)))))
    case "C": stack.append(.bytes(try bytes(Int(try read(UInt8.self)))))
    case "\u{8E}": stack.append(.bytes(try bytes(try readLength())))
    case ")": stack.append(.tuple(try newSequence([])))
    case "\u{85}": stack.append(.tuple(try newSequence(try pop(1))))
    case "\u{86}": stack.append(.tuple(try newSequence(try pop(2))))
    case "\u{87}": stack.append(.tuple(try newSequence(try pop(3))))
    case "t": stack.append(.tuple(try newSequence(try popToMark())))
    case "]", "\u{8F}": stack.append(.list(try newSequence([])))
    case "\u{91}": stack.append(.list(try newSequence(try popToMark())))
    case "}": stack.append(.dictionary(try newDictionary()))
    case "a": try append(try pop(1))
    case "e", "\u{90}": try append(try popToMark())
    case "s": try setItems(try pop(2))
    case "u": try setItems(try popToMark())
    case "q": try memoize(Int(try read(UInt8.self)))
    case "r": try memoize(Int(try read(UInt32.self)))
    case "\u{94}": try memoize(memo.count)
    case "h": stack.append(try recall(Int(try read(UInt8.self))))
    case "j": stack.append(try recall(Int(try read(UInt32.self))))
    case "c":
      let module = try line()
      stack.append(.symbol(try symbol(module, try line())))
    case "\u{93}":
      let names = try pop(2)
      guard case .string(let module) = names[0], case .string(let name) = names[1] else {
        throw unexpected("two strings that name a function")
      }
      stack.append(.symbol(try symbol(module, name)))
    case "Q": stack.append(try persistent(try pop()))
    case "R", "\u{81}":
      let operands = try pop(2)
      guard case .symbol(let symbol) = operands[0], case .tuple(let arguments) = operands[1] else {
        throw unexpected("a function and its arguments")
      }
      stack.append(try call(symbol, sequences[arguments], isConstructor: opcode == 0x81))
    case "b":
      let state = try pop()
      switch try top() {
      case .dictionary:
        // Attributes of the Python object, such as a state_dict's version numbers.
        break
      case .tensor:
        // Whether an old parameter has a gradient, and its hooks; anything else could replace its elements.
        guard case .tuple(let position) = state, sequences[position].allSatisfy(\.isFlag) else {
          throw unexpected("the flags of a parameter")
        }
      default: throw unexpected("a dictionary whose attributes are set")
      }
    default: throw .pickle(.unknownOpcode(opcode, offset: opcodeOffset))
    }
  }

  private func unexpected(_ expected: String) -> WeightsProblem {
    .pickle(.unexpectedValue(expected: expected, offset: opcodeOffset))
  }

  // MARK: Reading

  private mutating func read<Number: FixedWidthInteger & UnsignedInteger>(
    _ type: Number.Type
  ) throws(WeightsProblem) -> Number {
    guard let value = reader.integer(type) else { throw .pickle(.cutShort(offset: opcodeOffset)) }
    return value
  }

  private mutating func readLength() throws(WeightsProblem) -> Int {
    Int(clamping: try read(UInt64.self))
  }

  private mutating func bytes(_ count: Int) throws(WeightsProblem) -> [UInt8] {
    guard let bytes = reader.slice(count) else { throw .pickle(.cutShort(offset: opcodeOffset)) }
    return Array(bytes)
  }

  private mutating func text(_ count: Int) throws(WeightsProblem) -> String {
    guard let text = String(utf8: try bytes(count)) else { throw .pickle(.notUTF8(offset: opcodeOffset)) }
    return text
  }

  private mutating func line() throws(WeightsProblem) -> String {
    var line: [UInt8] = []
    while let byte = reader.integer(UInt8.self) {
      if byte == 0x0A {
        guard let text = String(utf8: line) else { throw .pickle(.notUTF8(offset: opcodeOffset)) }
        return text
      }
      guard line.count < 256 else { throw unexpected("a name of less than 256 bytes") }
      line.append(byte)
    }
    throw .pickle(.cutShort(offset: opcodeOffset))
  }

  /// Two's complement, little-endian, any number of bytes of which eight can be used.
  private mutating func longInteger(_ count: Int) throws(WeightsProblem) -> Int {
    let bytes = try bytes(count)
    guard count <= 8 else { throw .pickle(.integerTooLarge(offset: opcodeOffset)) }
    var value: UInt64 = bytes.last.map { $0 >= 0x80 ? .max : 0 } ?? 0
    for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
    return Int(Int64(bitPattern: value))
  }

  /// A number in decimal digits, as Python 2 writes those of more than 32 bits; 00 and 01 are booleans.
  private mutating func textInteger() throws(WeightsProblem) -> Value {
    let text = try line()
    if text == "00" || text == "01" { return .boolean(text == "01") }
    guard let number = Int(text) else { throw .pickle(.integerTooLarge(offset: opcodeOffset)) }
    return .integer(number)
  }

  // MARK: Stack and memory

  private mutating func pop() throws(WeightsProblem) -> Value {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw .pickle(.stackUnderflow(offset: opcodeOffset))
    }
    return value
  }

  private mutating func pop(_ count: Int) throws(WeightsProblem) -> [Value] {
    guard stack.count - (marks.last ?? 0) >= count else { throw .pickle(.stackUnderflow(offset: opcodeOffset)) }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(WeightsProblem) -> [Value] {
    guard let mark = marks.popLast() else { throw .pickle(.stackUnderflow(offset: opcodeOffset)) }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private func top() throws(WeightsProblem) -> Value {
    guard stack.count > (marks.last ?? 0), let value = stack.last else {
      throw .pickle(.stackUnderflow(offset: opcodeOffset))
    }
    return value
  }

  private mutating func memoize(_ key: Int) throws(WeightsProblem) {
    guard memo.count < Self.maximumMemo else { throw .pickle(.tooMuch(.memory, offset: opcodeOffset)) }
    memo[key] = try top()
  }

  private func recall(_ key: Int) throws(WeightsProblem) -> Value {
    guard let value = memo[key] else { throw .pickle(.notInMemory(key, offset: opcodeOffset)) }
    return value
  }

  // MARK: Containers

  private func depth(_ value: Value) -> Int {
    switch value {
    case .tuple(let position), .list(let position): depths.sequences[position]
    case .dictionary(let position): depths.dictionaries[position]
    default: 0
    }
  }

  /// One more than the deepest of `values`, if that is not too deep.
  private func nesting(_ values: [Value]) throws(WeightsProblem) -> Int {
    let deepest = values.reduce(0) { max($0, depth($1)) }
    guard deepest < Self.maximumNesting else { throw .pickle(.tooMuch(.nesting, offset: opcodeOffset)) }
    return deepest + 1
  }

  private func checkContainers() throws(WeightsProblem) {
    guard sequences.count + dictionaries.count < Self.maximumContainers else {
      throw .pickle(.tooMuch(.containers, offset: opcodeOffset))
    }
  }

  private mutating func newSequence(_ values: [Value]) throws(WeightsProblem) -> Int {
    try checkContainers()
    depths.sequences.append(try nesting(values))
    sequences.append(values)
    return sequences.count - 1
  }

  private mutating func newDictionary() throws(WeightsProblem) -> Int {
    try checkContainers()
    depths.dictionaries.append(1)
    dictionaries.append([])
    return dictionaries.count - 1
  }

  private mutating func append(_ values: [Value]) throws(WeightsProblem) {
    guard case .list(let position) = try top() else { throw unexpected("a list to add to") }
    depths.sequences[position] = max(depths.sequences[position], try nesting(values))
    sequences[position] += values
  }

  private mutating func setItems(_ values: [Value]) throws(WeightsProblem) {
    guard case .dictionary(let position) = try top(), values.count % 2 == 0 else {
      throw unexpected("a dictionary to add to")
    }
    depths.dictionaries[position] = max(depths.dictionaries[position], try nesting(values))
    for pair in stride(from: 0, to: values.count, by: 2) {
      dictionaries[position].append((values[pair], values[pair + 1]))
    }
  }
}

// MARK: - What PyTorch's names stand for

extension PickleMachine {
  private func symbol(_ module: String, _ name: String) throws(WeightsProblem) -> PickleSymbol {
    guard let symbol = PickleSymbol(module: module, name: name) else {
      throw .pickle(.nameNotAllowed("\(module).\(name)", offset: opcodeOffset))
    }
    return symbol
  }

  /// `('storage', type, key, device, number of elements)`, and in files from before 1.6 a sixth: `None`, or the part of the
  /// storage that is meant.
  private mutating func persistent(_ identifier: Value) throws(WeightsProblem) -> Value {
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
    switch type {
    case .storage(let type):
      storages.append(Storage(key: key, elementType: type, elementCount: count, view: view))
    case .untypedStorage:
      storages.append(Storage(key: key, elementType: .uint8, elementCount: count, view: view, isUntyped: true))
    case .unsupported(let what): throw .pickle(.unsupportedTensor(what, offset: opcodeOffset))
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

  private mutating func call(
    _ symbol: PickleSymbol, _ arguments: [Value], isConstructor: Bool
  ) throws(WeightsProblem) -> Value {
    switch symbol {
    case .orderedDictionary:
      let position = try newDictionary()
      guard let first = arguments.first else { return .dictionary(position) }
      guard arguments.count == 1, case .list(let pairs) = first else { throw unexpected("a list of pairs") }
      for pair in sequences[pairs] {
        guard case .tuple(let items) = pair, sequences[items].count == 2 else { throw unexpected("a list of pairs") }
        dictionaries[position].append((sequences[items][0], sequences[items][1]))
      }
      return .dictionary(position)
    case .rebuildTensor where !isConstructor: return try rebuildTensor(arguments)
    case .rebuildTypedTensor where !isConstructor: return try rebuildTypedTensor(arguments)
    case .rebuildSubclass where !isConstructor:
      // The function, a class that adds nothing to the elements, the function's arguments, and attributes.
      guard arguments.count == 4, case .symbol(let function) = arguments[0], function != .rebuildSubclass,
        arguments[1] == .symbol(.tensor) || arguments[1] == .symbol(.parameter), case .tuple(let inner) = arguments[2]
      else { throw unexpected("a tensor with attributes") }
      return try call(function, sequences[inner], isConstructor: false)
    case .unsupported(let what): throw .pickle(.unsupportedTensor(what, offset: opcodeOffset))
    case .parameter,
      .rebuildParameter where !isConstructor:
      guard let first = arguments.first, case .tensor = first else { throw unexpected("a tensor") }
      return first
    case .size:
      guard arguments.count == 1, case .tuple = arguments[0] else { throw unexpected("a tuple of sizes") }
      return arguments[0]
    case .device: return .opaque
    case .encode where !isConstructor:
      guard case .string(let text) = arguments.first else { throw unexpected("a string") }
      return .bytes(Array(text.utf8))
    default: throw .pickle(.callNotAllowed("\(symbol)", offset: opcodeOffset))
    }
  }

  /// `(storage, offset, sizes, strides)`, then whether it has a gradient, hooks, and flags, which must be absent.
  private mutating func rebuildTensor(_ arguments: [Value]) throws(WeightsProblem) -> Value {
    guard (4...7).contains(arguments.count), case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1], let sizes = integers(arguments[2]),
      let strides = integers(arguments[3])
    else { throw unexpected("storage, offset, sizes and strides of a tensor") }
    guard sizes.count == strides.count, sizes.count <= Self.maximumRank else {
      throw unexpected("as many strides as sizes, at most \(Self.maximumRank)")
    }
    guard !storages[storage].isUntyped else { throw unexpected("a storage with a type") }
    // Flags say that the numbers are to be conjugated or negated.
    if arguments.count == 7, case .dictionary(let flags) = arguments[6], !dictionaries[flags].isEmpty {
      throw unexpected("a tensor without flags")
    }
    return try newTensor(Tensor(storage: storages[storage], offset: offset, sizes: sizes, strides: strides))
  }

  /// `(storage, offset, sizes, strides, whether it has a gradient, hooks, type)`, then flags. The storage has no type.
  private mutating func rebuildTypedTensor(_ arguments: [Value]) throws(WeightsProblem) -> Value {
    guard (7...8).contains(arguments.count), case .storage(let position) = arguments[0],
      case .symbol(let type) = arguments[6]
    else { throw unexpected("storage, offset, sizes, strides and type of a tensor") }
    if case .unsupported(let what) = type { throw .pickle(.unsupportedTensor(what, offset: opcodeOffset)) }
    let storage = storages[position]
    guard case .elementType(let type) = type, storage.isUntyped, storage.elementCount % type.size == 0,
      storage.view == 0..<storage.elementCount
    else { throw unexpected("a storage of whole elements") }
    try checkContainers()
    storages.append(
      Storage(key: storage.key, elementType: type, elementCount: storage.elementCount / type.size))
    let flags = arguments.count == 8 && arguments[7] != .none ? [.boolean(false), .none, arguments[7]] : []
    return try rebuildTensor([.storage(storages.count - 1)] + arguments[1..<4] + flags)
  }

  private mutating func newTensor(_ tensor: Tensor) throws(WeightsProblem) -> Value {
    guard tensors.count < ArchiveLayout.maximumTensors else { throw .pickle(.tooMuch(.tensors, offset: opcodeOffset)) }
    tensors.append(tensor)
    return .tensor(tensors.count - 1)
  }

  private func integers(_ value: Value) -> [Int]? {
    guard case .tuple(let position) = value else { return nil }
    var numbers: [Int] = []
    for case .integer(let number) in sequences[position] { numbers.append(number) }
    return numbers.count == sequences[position].count ? numbers : nil
  }
}

extension PickleMachine.Value {
  /// Whether it is what describes a parameter beside its tensor: a truth value, `None`, or hooks.
  fileprivate var isFlag: Bool {
    switch self {
    case .none, .boolean, .dictionary: true
    default: false
    }
  }
}
