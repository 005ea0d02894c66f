import ZooTensor

// MARK: Reading

extension PickleMachine {
  mutating func read<Number: FixedWidthInteger & UnsignedInteger>(
    _ type: Number.Type
  ) throws(WeightsProblem) -> Number {
    guard let value = reader.integer(type) else { throw .pickle(.cutShort(offset: opcodeOffset)) }
    return value
  }

  mutating func readLength() throws(WeightsProblem) -> Int {
    Int(clamping: try read(UInt64.self))
  }

  mutating func bytes(_ count: Int) throws(WeightsProblem) -> [UInt8] {
    guard let bytes = reader.slice(count) else { throw .pickle(.cutShort(offset: opcodeOffset)) }
    return Array(bytes)
  }

  mutating func text(_ count: Int) throws(WeightsProblem) -> String {
    guard let text = String(utf8: try bytes(count)) else { throw .pickle(.notUTF8(offset: opcodeOffset)) }
    return text
  }

  /// A string of Python 2, which holds text or bytes.
  func textOrBytes(_ bytes: [UInt8]) -> Value {
    String(utf8: bytes).map(Value.string) ?? .bytes(bytes)
  }

  mutating func line() throws(WeightsProblem) -> String {
    var line: [UInt8] = []
    while let byte = reader.integer(UInt8.self) {
      if byte == 0x0A {
        guard let text = String(utf8: line) else { throw .pickle(.notUTF8(offset: opcodeOffset)) }
        return text
      }
      guard line.count < Self.maximumNameLength else {
        throw unexpected("a name of less than \(Self.maximumNameLength) bytes")
      }
      line.append(byte)
    }
    throw .pickle(.cutShort(offset: opcodeOffset))
  }

  /// Two's complement, little-endian, any number of bytes. One that takes more than eight is no size of anything, but may be
  /// the state of a random generator.
  mutating func longInteger(_ count: Int) throws(WeightsProblem) -> Value {
    let bytes = try bytes(count)
    guard count <= 8 else { return .object(try newObject("a large integer")) }
    var value: UInt64 = bytes.last.map { $0 >= 0x80 ? .max : 0 } ?? 0
    for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
    return .integer(Int(Int64(bitPattern: value)))
  }

  /// A number in decimal digits, as Python 2 writes those of more than 32 bits; 00 and 01 are booleans.
  mutating func textInteger(isLong: Bool = false) throws(WeightsProblem) -> Value {
    let text = try line()
    if !isLong, text == "00" || text == "01" { return .boolean(text == "01") }
    guard let number = Int(isLong && text.hasSuffix("L") ? String(text.dropLast()) : text) else {
      throw .pickle(.integerTooLarge(offset: opcodeOffset))
    }
    return .integer(number)
  }

  mutating func textFloat() throws(WeightsProblem) -> Value {
    guard let number = Double(try line()) else { throw unexpected("a number") }
    return .float(number)
  }

  mutating func decimalLine() throws(WeightsProblem) -> Int {
    guard let number = Int(try line()), number >= 0 else { throw unexpected("a number that is not negative") }
    return number
  }
}

// MARK: - Stack and memory

extension PickleMachine {
  mutating func pop() throws(WeightsProblem) -> Value {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw .pickle(.stackUnderflow(offset: opcodeOffset))
    }
    return value
  }

  mutating func pop(_ count: Int) throws(WeightsProblem) -> [Value] {
    guard stack.count - (marks.last ?? 0) >= count else { throw .pickle(.stackUnderflow(offset: opcodeOffset)) }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  mutating func popToMark() throws(WeightsProblem) -> [Value] {
    guard let mark = marks.popLast() else { throw .pickle(.stackUnderflow(offset: opcodeOffset)) }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  func top() throws(WeightsProblem) -> Value {
    guard stack.count > (marks.last ?? 0), let value = stack.last else {
      throw .pickle(.stackUnderflow(offset: opcodeOffset))
    }
    return value
  }

  mutating func memoize(_ key: Int) throws(WeightsProblem) {
    guard memo.count < Self.maximumMemo else { throw .pickle(.tooMuch(.memory, offset: opcodeOffset)) }
    memo[key] = try top()
  }

  func recall(_ key: Int) throws(WeightsProblem) -> Value {
    guard let value = memo[key] else { throw .pickle(.notInMemory(key, offset: opcodeOffset)) }
    return value
  }
}

// MARK: - Containers

extension PickleMachine {
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

  func checkContainers() throws(WeightsProblem) {
    guard sequences.count + dictionaries.count + objects.count < Self.maximumContainers else {
      throw .pickle(.tooMuch(.containers, offset: opcodeOffset))
    }
  }

  /// Containers can hold one value many times, so that what they hold is counted.
  private mutating func count(_ values: Int) throws(WeightsProblem) {
    valueCount += values
    guard valueCount <= Self.maximumValues else { throw .pickle(.tooMuch(.values, offset: opcodeOffset)) }
  }

  mutating func newSequence(_ values: [Value]) throws(WeightsProblem) -> Int {
    try checkContainers()
    try count(values.count)
    depths.sequences.append(try nesting(values))
    sequences.append(values)
    return sequences.count - 1
  }

  mutating func newDictionary() throws(WeightsProblem) -> Int {
    try checkContainers()
    depths.dictionaries.append(1)
    dictionaries.append([])
    return dictionaries.count - 1
  }

  mutating func newDictionary(of values: [Value]) throws(WeightsProblem) -> Value {
    let position = try newDictionary()
    try setItems(values, of: position)
    return .dictionary(position)
  }

  mutating func newObject(
    _ name: String, _ kind: PickleObject.Kind = .other, of parts: [Value] = []
  ) throws(WeightsProblem) -> Int {
    try checkContainers()
    try count(parts.count)
    objects.append(PickleObject(name: name, offset: opcodeOffset, kind: kind, parts: parts))
    return objects.count - 1
  }

  mutating func append(_ values: [Value]) throws(WeightsProblem) {
    switch try top() {
    case .list(let position):
      try count(values.count)
      depths.sequences[position] = max(depths.sequences[position], try nesting(values))
      sequences[position] += values
    case .object(let position): try give(values, to: position)
    default: throw unexpected("a list to add to")
    }
  }

  mutating func setItems(_ values: [Value]) throws(WeightsProblem) {
    switch try top() {
    case .dictionary(let position): try setItems(values, of: position)
    case .object(let position): try give(values, to: position)
    default: throw unexpected("a dictionary to add to")
    }
  }

  private mutating func setItems(_ values: [Value], of position: Int) throws(WeightsProblem) {
    guard values.count % 2 == 0 else { throw unexpected("a dictionary to add to") }
    try count(values.count)
    depths.dictionaries[position] = max(depths.dictionaries[position], try nesting(values))
    for pair in stride(from: 0, to: values.count, by: 2) {
      dictionaries[position].append((values[pair], values[pair + 1]))
    }
  }

  mutating func give(_ values: [Value], to object: Int) throws(WeightsProblem) {
    try count(values.count)
    objects[object].parts += values
  }

  /// Sets the state of the value at the top of the stack.
  mutating func build(_ state: Value) throws(WeightsProblem) {
    switch try top() {
    case .dictionary:
      // Attributes of the Python object, such as a state_dict's version numbers.
      break
    case .tensor:
      // Whether an old parameter has a gradient, and its hooks; anything else could replace its elements.
      guard case .tuple(let position) = state, sequences[position].allSatisfy(\.isFlag) else {
        throw unexpected("the flags of a parameter")
      }
    case .object(let position):
      if try !buildNumPy(position, state) { try give([state], to: position) }
    // A class or a function with attributes.
    case .symbol: break
    default: throw unexpected("a dictionary whose attributes are set")
    }
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
