import ZooTensor

/// What an `.npy` file says about its array.
struct NumPyHeader: Hashable, Sendable {
  var shape: Shape
  var elementType: ElementType
  var isBigEndian = false
  /// Column-major order.
  var isFortran = false
  /// Where the elements begin.
  var dataOffset = 0

  static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

  /// A header with 64 dimensions takes less than 2 KiB.
  private static let maximumLength = 1 << 16

  /// NumPy's own limit.
  private static let maximumRank = 64

  var byteCount: Int { shape.elementCount * elementType.size }

  /// Whether the elements lie in the file as they will lie in memory.
  var isPlain: Bool { !isBigEndian && (!isFortran || shape.rank < 2) }
}

extension NumPyHeader {
  /// Reads the header and checks that the file is exactly as long as it promises.
  init(_ file: InputFile) throws(WeightsProblem) {
    try self.init(size: file.size) { (offset, count) throws(WeightsProblem) in try file.bytes(at: offset, count: count)
    }
  }

  /// As above, of `size` bytes that `read` gives from the first on, in ascending order.
  init(
    size: Int, read: (_ offset: Int, _ count: Int) throws(WeightsProblem) -> [UInt8]
  ) throws(WeightsProblem) {
    guard size >= 10 else { throw .numpy(.tooShort(size: size)) }
    var prefix = ByteReader(try read(0, 10))
    guard let magic = prefix.slice(6), Array(magic) == Self.magic else { throw .numpy(.badMagic) }
    guard let major = prefix.integer(UInt8.self), let minor = prefix.integer(UInt8.self), (1...3).contains(major),
      minor == 0, let low = prefix.integer(UInt16.self).map(Int.init)
    else { throw .numpy(.unsupportedVersion) }
    var length = low
    var headerOffset = 10
    if major > 1 {
      guard size >= 12 else { throw .numpy(.tooShort(size: size)) }
      let high = try read(10, 2)
      length += Int(high[0]) << 16 + Int(high[1]) << 24
      headerOffset = 12
    }
    guard length <= Self.maximumLength else { throw .numpy(.headerTooLong) }
    guard length <= size - headerOffset else { throw .numpy(.tooShort(size: size)) }
    var literal = PythonLiteral(try read(headerOffset, length), base: headerOffset)
    try self.init(&literal)
    dataOffset = headerOffset + length
    let found = size - dataOffset
    guard found == byteCount else { throw .numpy(.dataLength(expected: byteCount, found: found)) }
  }

  private init(_ literal: inout PythonLiteral) throws(WeightsProblem) {
    var type: String?
    var isFortran: Bool?
    var dimensions: [Int]?
    try literal.expect("{")
    while !literal.accept("}") {
      let key = try literal.string()
      try literal.expect(":")
      switch key {
      case "descr" where type == nil: type = try literal.typeDescription()
      case "fortran_order" where isFortran == nil: isFortran = try literal.boolean()
      case "shape" where dimensions == nil: dimensions = try literal.tuple(atMost: Self.maximumRank)
      default: throw .numpy(.unexpectedKey(key))
      }
      if !literal.accept(",") {
        try literal.expect("}")
        break
      }
    }
    try literal.end()
    guard let type else { throw .numpy(.missingKey("descr")) }
    guard let isFortran else { throw .numpy(.missingKey("fortran_order")) }
    guard let dimensions else { throw .numpy(.missingKey("shape")) }
    let (elementType, isBigEndian) = try Self.elementType(type)
    guard let shape = Shape(checking: dimensions, elementType: elementType) else {
      throw .numpy(.tooManyElements(dimensions))
    }
    self.init(shape: shape, elementType: elementType, isBigEndian: isBigEndian, isFortran: isFortran)
  }

  private static func elementType(_ description: String) throws(WeightsProblem) -> (ElementType, Bool) {
    let order = description.first
    let kind = description.dropFirst()
    guard kind.first != "O" else { throw .numpy(.pythonObjects) }
    let type = ElementType(numpyKind: String(kind))
    guard let type, order == "<" || order == ">" || (order == "|" && (type.size == 1 || kind == "V2")) else {
      throw .numpy(.unsupportedElementType(description))
    }
    return (type, order == ">" && type.size > 1)
  }

  /// Fills `target` with the elements in row-major order and this machine's byte order; `fill` gets the bytes of the file.
  func decode(
    into target: UnsafeMutableRawBufferPointer,
    _ fill: (UnsafeMutableRawBufferPointer) throws(WeightsProblem) -> Void
  ) throws(WeightsProblem) {
    if isFortran {
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
      defer { buffer.deallocate() }
      try fill(buffer)
      StridedLayout(fortran: shape.dimensions)
        .gather(from: UnsafeRawBufferPointer(buffer), elementSize: elementType.size, into: target)
    } else {
      try fill(target)
    }
    if isBigEndian { target.swapBytes(elementSize: elementType.size) }
  }

  /// The header as NumPy 1.0 writes it, padded so that the elements begin at a multiple of 64.
  func encoded() -> [UInt8] {
    let sizes = shape.dimensions
    let tuple = sizes.count == 1 ? "(\(sizes[0]),)" : "(\(sizes.map(String.init).joined(separator: ", ")))"
    let order = elementType.size == 1 ? "|" : "<"
    var text = Array(
      "{'descr': '\(order)\(elementType.numpyKind)', 'fortran_order': False, 'shape': \(tuple), }".utf8)
    let unpadded = 10 + text.count + 1
    text += [UInt8](repeating: 0x20, count: (64 - unpadded % 64) % 64)
    text.append(0x0A)
    var bytes = Self.magic + [1, 0]
    bytes.append(littleEndian: UInt16(text.count))
    return bytes + text
  }
}

extension ElementType {
  init?(numpyKind kind: String) {
    guard let type = ElementType.allCases.first(where: { $0.numpyKind == kind }) else { return nil }
    self = type
  }

  /// NumPy's kind and size. It has no bfloat16: two opaque bytes are what the `ml_dtypes` package writes.
  fileprivate var numpyKind: String {
    switch self {
    case .float64: "f8"
    case .float32: "f4"
    case .float16: "f2"
    case .bfloat16: "V2"
    case .int64: "i8"
    case .int32: "i4"
    case .int16: "i2"
    case .int8: "i1"
    case .uint8: "u1"
    case .bool: "b1"
    }
  }
}

/// Reads the Python literal in an `.npy` header: a dictionary of strings, booleans and one tuple. Nothing is evaluated.
struct PythonLiteral {
  private let bytes: [UInt8]
  private let base: Int
  private var position = 0

  init(_ bytes: [UInt8], base: Int) {
    self.bytes = bytes
    self.base = base
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func problem(_ expected: String) -> WeightsProblem {
    .numpy(.malformedHeader(offset: base + position, expected: expected))
  }

  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    while next == 0x20 || next == 0x0A { position += 1 }
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(WeightsProblem) {
    guard accept(character) else { throw problem("'\(character)'") }
  }

  mutating func end() throws(WeightsProblem) {
    while next == 0x20 || next == 0x0A { position += 1 }
    guard next == nil else { throw problem("nothing more") }
  }

  mutating func string() throws(WeightsProblem) -> String {
    let quote: UInt8
    if accept("'") {
      quote = UInt8(ascii: "'")
    } else {
      try expect("\"")
      quote = UInt8(ascii: "\"")
    }
    var text: [UInt8] = []
    while let byte = next, byte != quote, byte != UInt8(ascii: "\\"), (0x20..<0x7F).contains(byte) {
      text.append(byte)
      position += 1
    }
    guard next == quote else { throw problem("a closing quotation mark") }
    position += 1
    return String(decoding: text, as: UTF8.self)
  }

  /// A string; structured types are lists and are refused.
  mutating func typeDescription() throws(WeightsProblem) -> String {
    if accept("[") { throw .numpy(.unsupportedElementType("[…]")) }
    return try string()
  }

  mutating func boolean() throws(WeightsProblem) -> Bool {
    for (word, value) in [("True", true), ("False", false)] where accept(word.unicodeScalars[word.startIndex]) {
      for byte in word.utf8.dropFirst() {
        guard next == byte else { throw problem(word) }
        position += 1
      }
      return value
    }
    throw problem("True or False")
  }

  mutating func tuple(atMost limit: Int) throws(WeightsProblem) -> [Int] {
    try expect("(")
    var numbers: [Int] = []
    while !accept(")") {
      guard numbers.count < limit else { throw problem("at most \(limit) dimensions") }
      numbers.append(try integer())
      if !accept(",") {
        // A tuple of one element has a comma: (3) is a number.
        guard numbers.count > 1 else { throw problem("','") }
        try expect(")")
        break
      }
    }
    return numbers
  }

  private mutating func integer() throws(WeightsProblem) -> Int {
    while next == 0x20 { position += 1 }
    let start = position
    var value = 0
    while let byte = next, (0x30...0x39).contains(byte) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, more) = product.addingReportingOverflow(Int(byte - 0x30))
      guard !overflow, !more else { throw problem("a number below 2^63") }
      value = sum
      position += 1
    }
    guard position > start else { throw problem("a whole number that is not negative") }
    // Python 2 wrote long integers with an L.
    if next == UInt8(ascii: "L") { position += 1 }
    return value
  }
}

/// What is wrong with an `.npy` file or a directory of them.
public enum NumPyProblem: Hashable, Sendable {
  case tooShort(size: Int)
  case badMagic
  case unsupportedVersion
  case headerTooLong
  case malformedHeader(offset: Int, expected: String)
  case unexpectedKey(String)
  case missingKey(String)
  /// Arrays of Python objects are pickles.
  case pythonObjects
  case unsupportedElementType(String)
  case tooManyElements([Int])
  case dataLength(expected: Int, found: Int)
  /// A directory without `.npy` files.
  case noArrays
  case tooManyFiles
  case tooDeep(String)
  /// The name of a file in a directory cannot be the name of a tensor.
  case fileName(String)
  case nameTooLongForFile(String)
  /// A problem with one file of a directory.
  indirect case inFile(String, WeightsProblem)
}
