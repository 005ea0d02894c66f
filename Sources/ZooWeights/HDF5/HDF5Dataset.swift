import ZooTensor

/// A tensor of an HDF5 file.
struct HDF5Dataset: Sendable {
  /// Where the elements are.
  enum Layout: Sendable {
    /// In the object header.
    case compact([UInt8])
    case contiguous(offset: Int)
    case chunked(HDF5Chunks)
  }

  let name: String
  let shape: Shape
  let elementType: ElementType
  let isBigEndian: Bool
  let layout: Layout

  /// - Returns: `nil` for a dataset whose elements are not numbers of a type that zoo has, or that has none.
  init?(
    _ object: HDF5Object, name: String, limits: WeightsLimits, in structures: HDF5Structures
  ) throws(WeightsProblem) {
    func message(_ type: Int, _ part: HDF5Part) throws(WeightsProblem) -> HDF5Cursor {
      guard let message = object.first(type) else { throw .hdf5(.missing(path: name, part)) }
      guard !message.isShared else { throw .hdf5(.unsupported(path: name, .sharedMessage)) }
      return message.body
    }
    let type = try HDF5Datatype(message(HDF5Object.MessageType.datatype, .datatype))
    switch type {
    case .number(let element, let isBigEndian): (elementType, self.isBigEndian) = (element, isBigEndian)
    case .opaquePair:
      guard try Self.isBFloat16(object, in: structures) else { return nil }
      (elementType, isBigEndian) = (.bfloat16, false)
    case .fixedString, .variableString, .other: return nil
    }
    let space = try HDF5Dataspace(message(HDF5Object.MessageType.dataspace, .dataspace))
    guard let dimensions = space.dimensions else { return nil }
    guard let shape = Shape(checking: dimensions, elementType: elementType) else {
      throw .hdf5(.tooManyElements(tensor: name, dimensions))
    }
    if object.first(HDF5Object.MessageType.externalFiles) != nil {
      throw .hdf5(.unsupported(path: name, .externalData))
    }
    self.name = name
    self.shape = shape
    var filters = HDF5Filters()
    if let message = object.first(HDF5Object.MessageType.filters) { filters = try HDF5Filters(message, path: name) }
    var body = try message(HDF5Object.MessageType.layout, .layout)
    body = try body.sub(body.remaining, part: .layout)
    let subject = HDF5LayoutSubject(
      name: name, dimensions: dimensions, elementType: elementType, filters: filters, limits: limits)
    layout = try subject.layout(&body, in: structures)
  }

  /// Keras writes the bits of bfloat16 as opaque bytes and says so in an attribute.
  private static func isBFloat16(
    _ object: HDF5Object, in structures: HDF5Structures
  ) throws(WeightsProblem) -> Bool {
    for message in object.all(HDF5Object.MessageType.attribute) {
      if let attribute = try HDF5Attribute(message, in: structures), attribute.name == "dtype" {
        return attribute.values == ["bfloat16"]
      }
    }
    return false
  }

  /// Which bytes of the file are this tensor's alone.
  var ranges: [Range<Int>] {
    switch layout {
    case .compact: []
    case .contiguous(let offset): [offset..<offset + shape.elementCount * elementType.size]
    case .chunked(let chunks): chunks.chunks.map { $0.offset..<$0.offset + $0.length }
    }
  }
}

/// What a data layout is about.
struct HDF5LayoutSubject {
  let name: String
  let dimensions: [Int]
  let elementType: ElementType
  let filters: HDF5Filters
  let limits: WeightsLimits

  /// Their product has been checked.
  private var byteCount: Int { dimensions.reduce(elementType.size, *) }

  func layout(
    _ body: inout HDF5Cursor, in structures: HDF5Structures
  ) throws(WeightsProblem) -> HDF5Dataset.Layout {
    switch try body.number(1, in: 1...4) {
    case 1, 2: return try oldLayout(&body, in: structures)
    case 3: return try layout(version: 3, &body, in: structures)
    default: return try layout(version: 4, &body, in: structures)
    }
  }

  private func oldLayout(
    _ body: inout HDF5Cursor, in structures: HDF5Structures
  ) throws(WeightsProblem) -> HDF5Dataset.Layout {
    let rank = try body.number(1, in: 0...33)
    let kind = try body.number(1, in: 0...2)
    try body.skip(5)
    let address = kind == 0 ? nil : try body.address()
    var sizes: [Int] = []
    for _ in 0..<rank { sizes.append(try body.number(4)) }
    switch kind {
    case 0: return try compact(&body, count: try body.number(4))
    case 1: return try contiguous(address, in: structures)
    default: return try chunked(sizes, tree: address, in: structures)
    }
  }

  private func layout(
    version: Int, _ body: inout HDF5Cursor, in structures: HDF5Structures
  ) throws(WeightsProblem) -> HDF5Dataset.Layout {
    switch try body.number(1, in: 0...(version == 3 ? 2 : 3)) {
    case 0: return try compact(&body, count: try body.number(2))
    case 1:
      let address = try body.address()
      let length = try body.length()
      guard address == nil || length == byteCount else {
        throw .hdf5(.dataLength(tensor: name, expected: byteCount, found: length))
      }
      return try contiguous(address, in: structures)
    case 2 where version == 3:
      let rank = try body.number(1, in: 1...33)
      let tree = try body.address()
      var sizes: [Int] = []
      for _ in 0..<rank { sizes.append(try body.number(4)) }
      return try chunked(sizes, tree: tree, in: structures)
    case 2: return try indexed(&body, in: structures)
    default: throw .hdf5(.unsupported(path: name, .virtualData))
    }
  }

  private func compact(
    _ body: inout HDF5Cursor, count: Int
  ) throws(WeightsProblem) -> HDF5Dataset.Layout {
    guard count == byteCount else { throw .hdf5(.dataLength(tensor: name, expected: byteCount, found: count)) }
    return .compact(Array(try body.slice(count)))
  }

  private func contiguous(
    _ address: Int?, in structures: HDF5Structures
  ) throws(WeightsProblem) -> HDF5Dataset.Layout {
    guard byteCount > 0 else { return .compact([]) }
    guard let address else { throw .hdf5(.neverWritten(tensor: name)) }
    guard structures.bytes.contains(address, count: byteCount) else {
      throw .hdf5(.pastEnd(.layout, offset: address))
    }
    return .contiguous(offset: address)
  }

  /// `sizes`: of a chunk, and last of an element.
  private func chunked(
    _ sizes: [Int], tree: Int?, in structures: HDF5Structures
  ) throws(WeightsProblem) -> HDF5Dataset.Layout {
    var chunks = try HDF5Chunks(sizes, of: self)
    guard byteCount > 0 else { return .compact([]) }
    guard let tree else { throw .hdf5(.neverWritten(tensor: name)) }
    try chunks.readTree(at: tree, of: self, in: structures)
    return .chunked(chunks)
  }

  /// A layout of version 4, of which only the form for a single chunk is read.
  private func indexed(
    _ body: inout HDF5Cursor, in structures: HDF5Structures
  ) throws(WeightsProblem) -> HDF5Dataset.Layout {
    let flags = try body.number(1)
    let rank = try body.number(1, in: 1...33)
    let width = try body.number(1, in: 1...8)
    var sizes: [Int] = []
    for _ in 0..<rank { sizes.append(try body.number(width)) }
    let index = try body.number(1)
    guard index == 1 else { throw .hdf5(.unsupported(path: name, .chunkIndex(index))) }
    var chunks = try HDF5Chunks(sizes, of: self)
    guard byteCount > 0 else { return .compact([]) }
    var length = chunks.byteCount
    var mask: UInt32 = 0
    if flags & 2 != 0 {
      length = try body.length()
      mask = UInt32(try body.number(4))
    }
    guard let address = try body.address() else { throw .hdf5(.neverWritten(tensor: name)) }
    try chunks.add(
      [Int](repeating: 0, count: dimensions.count), .init(offset: address, length: length, mask: mask), of: self,
      in: structures)
    try chunks.checkComplete(of: self)
    return .chunked(chunks)
  }
}
