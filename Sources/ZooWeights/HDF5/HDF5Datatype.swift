import ZooTensor

/// What the elements of a dataset or an attribute are.
enum HDF5Datatype: Hashable, Sendable {
  case number(ElementType, isBigEndian: Bool)
  /// `size` bytes, of which those after a zero do not count, nor spaces at the end when `isPadded`.
  case fixedString(size: Int, isPadded: Bool)
  case variableString
  /// Two opaque bytes, which are bfloat16 where the dataset says so.
  case opaquePair
  /// Anything else.
  case other

  init(_ body: HDF5Cursor) throws(WeightsProblem) {
    var body = body
    body = try body.sub(body.remaining, part: .datatype)
    let kind = try body.number(1)
    let bits = try body.number(3)
    let size = try body.number(4)
    switch kind & 0xF {
    case 0: self = try Self.integer(&body, bits: bits, size: size)
    case 1: self = try Self.float(&body, bits: bits, size: size)
    case 3: self = .fixedString(size: size, isPadded: bits & 0xF == 2)
    case 5: self = size == 2 ? .opaquePair : .other
    case 9: self = bits & 0xF == 1 ? .variableString : .other
    default: self = .other
    }
  }

  private static func integer(
    _ body: inout HDF5Cursor, bits: Int, size: Int
  ) throws(WeightsProblem) -> HDF5Datatype {
    let (offset, precision) = (try body.number(2), try body.number(2))
    guard size <= 8, offset == 0, precision == 8 * size else { return .other }
    let isSigned = bits & 8 != 0
    let type: ElementType? =
      switch (size, isSigned) {
      case (1, true): .int8
      case (1, false): .uint8
      case (2, true): .int16
      case (4, true): .int32
      case (8, true): .int64
      default: nil
      }
    return type.map { .number($0, isBigEndian: bits & 1 != 0) } ?? .other
  }

  private static func float(
    _ body: inout HDF5Cursor, bits: Int, size: Int
  ) throws(WeightsProblem) -> HDF5Datatype {
    let (offset, precision) = (try body.number(2), try body.number(2))
    let (exponentPlace, exponentSize) = (try body.number(1), try body.number(1))
    let (mantissaPlace, mantissaSize) = (try body.number(1), try body.number(1))
    let bias = try body.number(4)
    // Bit 6 with bit 0 is the order of a VAX; the first bit of the mantissa must be implied, the sign the highest.
    guard size <= 8, offset == 0, precision == 8 * size, bits & 0x40 == 0, bits >> 4 & 3 == 2,
      bits >> 8 & 0xFF == precision - 1, mantissaPlace == 0, exponentPlace == mantissaSize,
      exponentSize + mantissaSize + 1 == precision, bias == (1 << (exponentSize - 1)) - 1
    else { return .other }
    let type: ElementType? =
      switch (size, exponentSize) {
      case (8, 11): .float64
      case (4, 8): .float32
      case (2, 5): .float16
      case (2, 8): .bfloat16
      default: nil
      }
    return type.map { .number($0, isBigEndian: bits & 1 != 0) } ?? .other
  }
}

/// The dimensions of a dataset or an attribute; none for a single element.
struct HDF5Dataspace: Hashable, Sendable {
  /// `nil` where there is no element at all.
  let dimensions: [Int]?

  /// HDF5's own limit.
  private static let maximumRank = 32

  init(_ body: HDF5Cursor) throws(WeightsProblem) {
    var body = body
    body = try body.sub(body.remaining, part: .dataspace)
    let version = try body.number(1, in: 1...2)
    let rank = try body.number(1, in: 0...Self.maximumRank)
    try body.skip(1)
    if version == 1 {
      try body.skip(5)
    } else if try body.number(1, in: 0...2) == 2 {
      dimensions = nil
      return
    }
    var dimensions: [Int] = []
    for _ in 0..<rank { dimensions.append(try body.length()) }
    self.dimensions = dimensions
  }
}
