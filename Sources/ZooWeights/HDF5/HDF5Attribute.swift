/// An attribute that is a string or a list of strings. What other attributes say is of no interest.
struct HDF5Attribute {
  let name: String
  let values: [String]

  /// `nil` for one that holds no strings.
  init?(_ message: HDF5Object.Message, in structures: HDF5Structures) throws(WeightsProblem) {
    var body = message.body
    body = try body.sub(body.remaining, part: .attribute)
    guard !message.isShared else { return nil }
    let version = try body.number(1, in: 1...3)
    let flags = try body.number(1)
    let (nameSize, typeSize, spaceSize) = (try body.number(2), try body.number(2), try body.number(2))
    if version == 3 { try body.skip(1) }
    // Up to version 1 each part is filled up to a multiple of eight bytes.
    func padding(_ count: Int) -> Int { version == 1 ? (8 - count % 8) % 8 : 0 }
    name = try body.text(nameSize)
    try body.skip(padding(nameSize))
    let typeBody = try body.sub(typeSize, part: .datatype)
    try body.skip(padding(typeSize))
    let spaceBody = try body.sub(spaceSize, part: .dataspace)
    try body.skip(padding(spaceSize))
    guard version == 1 || flags & 3 == 0 else { return nil }
    let type = try HDF5Datatype(typeBody)
    guard let dimensions = try HDF5Dataspace(spaceBody).dimensions else { return nil }
    var count = 1
    for dimension in dimensions {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw .hdf5(.pastEnd(.attribute, offset: body.offset)) }
      count = product
    }
    switch type {
    case .fixedString(let size, let isPadded):
      guard size > 0 || count == 0 else { return nil }
      values = try Self.fixed(&body, count: count, size: size, isPadded: isPadded)
    case .variableString: values = try Self.variable(&body, count: count, in: structures)
    case .number, .opaquePair, .other: return nil
    }
  }

  private static func fixed(
    _ body: inout HDF5Cursor, count: Int, size: Int, isPadded: Bool
  ) throws(WeightsProblem) -> [String] {
    var values: [String] = []
    for _ in 0..<count {
      var text = try body.text(size)
      while isPadded, text.utf8.last == 0x20 { text.removeLast() }
      values.append(text)
    }
    return values
  }

  private static func variable(
    _ body: inout HDF5Cursor, count: Int, in structures: HDF5Structures
  ) throws(WeightsProblem) -> [String] {
    var values: [String] = []
    for _ in 0..<count {
      let length = try body.number(4)
      let collection = try body.address()
      let index = try body.number(4)
      guard length > 0, let collection, collection > 0 else {
        values.append("")
        continue
      }
      var object = try structures.globalObject(index, inCollectionAt: collection)
      try structures.charge(length)
      values.append(try object.text(length))
    }
    return values
  }
}
