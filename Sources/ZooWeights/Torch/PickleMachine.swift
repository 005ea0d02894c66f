import ZooTensor

/// Reads the pickles that `torch.save` writes.
///
/// A pickle is a program for a small stack machine that can call any Python function it names. This machine knows some
/// twenty names, looks nothing up, calls nothing and builds nothing but the values below; whatever else a pickle asks for
/// becomes a `PickleObject`, which is inert. Containers are numbered, not nested, so that neither cycles nor depth can hurt.
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
    /// A position in `objects`.
    case object(Int)
  }

  package struct Storage: Hashable, Sendable {
    package let key: String
    package let elementType: ElementType
    package let elementCount: Int
    /// The elements that tensors may use: all, or those of the part that another storage is of this one.
    package let view: Range<Int>
    /// Whether the number of elements is one of bytes, whose type the tensors give.
    let isUntyped: Bool
    /// The elements of a NumPy array, which stand in the pickle.
    let inline: Inline?
    /// What zoo does not read, in words, and the size of an element in bytes; 0 when that is not known.
    var unsupported: (what: String, size: Int)? { unsupportedType.map { ($0, unsupportedSize) } }
    private let unsupportedType: String?
    private let unsupportedSize: Int

    struct Inline: Hashable, Sendable {
      let bytes: [UInt8]
      let isBigEndian: Bool
    }

    init(
      key: String, elementType: ElementType, elementCount: Int, view: Range<Int>? = nil, isUntyped: Bool = false,
      inline: Inline? = nil, unsupported: (what: String, size: Int)? = nil
    ) {
      self.key = key
      self.elementType = elementType
      self.elementCount = elementCount
      self.view = view ?? 0..<elementCount
      self.isUntyped = isUntyped
      self.inline = inline
      unsupportedType = unsupported?.what
      unsupportedSize = unsupported?.size ?? 0
    }

    /// The size of an element in the file.
    var elementSize: Int { unsupported?.size ?? elementType.size }
  }

  package struct Tensor: Hashable, Sendable {
    package let storage: Storage
    /// In elements, from the beginning of the storage's view.
    package let offset: Int
    package let sizes: [Int]
    package let strides: [Int]
  }

  /// Of the pickle, and of what is decoded from the text that stands for bytes in it. NumPy arrays lie in the pickle.
  static let maximumSize = 512 << 20
  private static let maximumStack = 1 << 20
  static let maximumMemo = 1 << 20
  static let maximumContainers = 1 << 20
  /// The values in all containers.
  static let maximumValues = 1 << 24
  private static let maximumMarks = 256
  static let maximumNesting = 64
  static let maximumRank = 64
  /// The names of Python objects that mean nothing to zoo, and the bytes of one.
  static let maximumNames = 4096
  static let maximumNameLength = 256

  package internal(set) var sequences: [[Value]] = []
  package internal(set) var dictionaries: [[(key: Value, value: Value)]] = []
  package internal(set) var tensors: [Tensor] = []
  package internal(set) var objects: [PickleObject] = []
  /// The Python names that mean nothing to zoo, in the order of the pickle, and where each first stands.
  package internal(set) var unknownNames: [(name: String, offset: Int)] = []
  var storages: [Storage] = []

  var reader: ByteReader
  private let base: Int
  var opcodeOffset = 0
  var stack: [Value] = []
  var marks: [Int] = []
  var memo: [Int: Value] = [:]
  var depths: (sequences: [Int], dictionaries: [Int]) = ([], [])
  var valueCount = 0
  var decodedBytes = 0
  var knownUnknowns: Set<String> = []
  /// What persistent identifiers stand for, where they are keys; `nil` where they describe storages.
  var references: [String: Value]?

  /// `base`: where `bytes` begin in the file, for error messages.
  package init(_ bytes: [UInt8], base: Int = 0) {
    reader = ByteReader(bytes)
    self.base = base
  }

  /// A pickle in which tensors and storages that are described elsewhere stand as their keys.
  init(_ bytes: [UInt8], base: Int, tensors: [String: Tensor], storages: Set<String>) {
    self.init(bytes, base: base)
    var references: [String: Value] = [:]
    objects = [PickleObject(name: "a storage", offset: base, kind: .other, parts: [])]
    for key in storages { references[key] = .object(0) }
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
    // Whether a buffer may be written to.
    case "\u{98}": break
    case "(":
      guard marks.count < Self.maximumMarks else { throw .pickle(.tooMuch(.marks, offset: opcodeOffset)) }
      marks.append(stack.count)
    case "0": _ = try pop()
    case "1": _ = try popToMark()
    case "2": stack.append(try top())
    case "a", "b", "e", "s", "u", "\u{90}": try change(UnicodeScalar(opcode))
    case "p": try memoize(try decimalLine())
    case "q": try memoize(Int(try read(UInt8.self)))
    case "r": try memoize(Int(try read(UInt32.self)))
    case "\u{94}": try memoize(memo.count)
    default: stack.append(try value(UnicodeScalar(opcode)))
    }
  }

  /// Adds to the container, or sets the state of the object, at the top of the stack.
  private mutating func change(_ opcode: UnicodeScalar) throws(WeightsProblem) {
    switch opcode {
    case "a": try append(try pop(1))
    case "e", "\u{90}": try append(try popToMark())
    case "s": try setItems(try pop(2))
    case "u": try setItems(try popToMark())
    default: try build(try pop())
    }
  }

  /// What an opcode pushes.
  private mutating func value(_ opcode: UnicodeScalar) throws(WeightsProblem) -> Value {
    switch opcode {
    case "N": return .none
    case "\u{88}": return .boolean(true)
    case "\u{89}": return .boolean(false)
    case "I": return try textInteger()
    case "L": return try textInteger(isLong: true)
    case "F": return try textFloat()
    case "J": return .integer(Int(Int32(bitPattern: try read(UInt32.self))))
    case "K": return .integer(Int(try read(UInt8.self)))
    case "M": return .integer(Int(try read(UInt16.self)))
    case "\u{8A}": return try longInteger(Int(try read(UInt8.self)))
    case "\u{8B}": return try longInteger(Int(try read(UInt32.self)))
    case "G": return .float(Double(bitPattern: try read(UInt64.self).byteSwapped))
    case "X": return .string(try text(Int(try read(UInt32.self))))
    case "\u{8C}": return .string(try text(Int(try read(UInt8.self))))
    case "\u{8D}": return .string(try text(try readLength()))
    case "T": return textOrBytes(try bytes(Int(try read(UInt32.self))))
    case "U": return textOrBytes(try bytes(Int(try read(UInt8.self))))
    case "B": return .bytes(try bytes(Int(try read(UInt32.self))))
    case "C": return .bytes(try bytes(Int(try read(UInt8.self))))
    case "\u{8E}", "\u{96}": return .bytes(try bytes(try readLength()))
    case ")": return .tuple(try newSequence([]))
    case "\u{85}": return .tuple(try newSequence(try pop(1)))
    case "\u{86}": return .tuple(try newSequence(try pop(2)))
    case "\u{87}": return .tuple(try newSequence(try pop(3)))
    case "t": return .tuple(try newSequence(try popToMark()))
    case "]", "\u{8F}": return .list(try newSequence([]))
    case "l", "\u{91}": return .list(try newSequence(try popToMark()))
    case "}": return .dictionary(try newDictionary())
    case "d": return try newDictionary(of: try popToMark())
    case "g": return try recall(try decimalLine())
    case "h": return try recall(Int(try read(UInt8.self)))
    case "j": return try recall(Int(try read(UInt32.self)))
    case "Q": return try persistent(try pop())
    default: return try named(opcode)
    }
  }

  /// What an opcode pushes that names a Python object, or makes one.
  private mutating func named(_ opcode: UnicodeScalar) throws(WeightsProblem) -> Value {
    switch opcode {
    case "c":
      let module = try line()
      return .symbol(try symbol(module, try line()))
    case "\u{93}":
      let names = try pop(2)
      guard case .string(let module) = names[0], case .string(let name) = names[1] else {
        throw unexpected("two strings that name a function")
      }
      return .symbol(try symbol(module, name))
    case "\u{82}": return .symbol(try symbol("copyreg extension", "\(try read(UInt8.self))"))
    case "\u{83}": return .symbol(try symbol("copyreg extension", "\(try read(UInt16.self))"))
    case "\u{84}": return .symbol(try symbol("copyreg extension", "\(try read(UInt32.self))"))
    case "i":
      let module = try line()
      return try call(.symbol(try symbol(module, try line())), try popToMark(), isConstructor: true)
    case "o":
      let operands = try popToMark()
      guard let function = operands.first else { throw .pickle(.stackUnderflow(offset: opcodeOffset)) }
      return try call(function, Array(operands.dropFirst()), isConstructor: true)
    case "R", "\u{81}", "\u{92}":
      let operands = try pop(opcode == "\u{92}" ? 3 : 2)
      guard case .tuple(let arguments) = operands[1] else { throw unexpected("a function and its arguments") }
      // Named arguments are for classes of which nothing is made.
      return try call(operands[0], sequences[arguments] + operands.dropFirst(2), isConstructor: opcode != "R")
    default: throw .pickle(.unknownOpcode(UInt8(opcode.value), offset: opcodeOffset))
    }
  }

  func unexpected(_ expected: String) -> WeightsProblem {
    .pickle(.unexpectedValue(expected: expected, offset: opcodeOffset))
  }
}
