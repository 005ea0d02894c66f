/// The links of a group: names, and the object headers that they lead to.
struct HDF5Group {
  /// In the order of the file. `target` is `nil` for a link to a name or to another file, which is not followed.
  private(set) var links: [(name: String, target: Int?)] = []

  private static let maximumTreeLevel = 16

  init(_ object: HDF5Object, path: String, in structures: HDF5Structures) throws(WeightsProblem) {
    if let message = object.first(HDF5Object.MessageType.symbolTable) {
      var body = message.body
      let (tree, heap) = (try body.definedAddress(), try body.definedAddress())
      let names = try Self.heap(at: heap, in: structures)
      try readTree(at: tree, level: nil, names: names, in: structures)
    }
    if let message = object.first(HDF5Object.MessageType.linkInfo) {
      var body = message.body
      _ = try body.number(1, in: 0...0)
      let flags = try body.number(1)
      if flags & 1 != 0 { try body.skip(8) }
      guard try body.address() == nil else { throw .hdf5(.unsupported(path: path, .denseLinks)) }
    }
    for message in object.all(HDF5Object.MessageType.link) {
      guard !message.isShared else { throw .hdf5(.unsupported(path: path, .sharedMessage)) }
      try readLink(message.body)
    }
    var names: Set<String> = []
    for link in links {
      guard !link.name.isEmpty, !link.name.utf8.contains(UInt8(ascii: "/")) else {
        throw .hdf5(.linkName(link.name))
      }
      guard names.insert(link.name).inserted else {
        throw .hdf5(.duplicateName(path.isEmpty ? link.name : "\(path)/\(link.name)"))
      }
    }
  }

  private static func heap(at offset: Int, in structures: HDF5Structures) throws(WeightsProblem) -> HDF5Cursor {
    let sizes = structures.sizes
    var head = try structures.head(.localHeap, at: offset, count: 8 + 2 * sizes.length + sizes.offset)
    try head.signature("HEAP")
    _ = try head.number(1, in: 0...0)
    try head.skip(3)
    let size = try head.length()
    try head.skip(sizes.length)
    return try structures.block(.localHeap, at: try head.definedAddress(), count: size)
  }

  /// `level`: what the node above says; `nil` for the root.
  private mutating func readTree(
    at offset: Int, level: Int?, names: HDF5Cursor, in structures: HDF5Structures
  ) throws(WeightsProblem) {
    let sizes = structures.sizes
    var head = try structures.head(.groupTree, at: offset, count: 8 + 2 * sizes.offset)
    try head.signature("TREE")
    _ = try head.number(1, in: 0...0)
    let found = try head.number(1, in: level.map { $0...$0 } ?? 0...Self.maximumTreeLevel)
    let count = try head.number(2)
    var entries = try structures.block(
      .groupTree, at: offset + 8 + 2 * sizes.offset, count: count * (sizes.length + sizes.offset))
    for _ in 0..<count {
      try entries.skip(sizes.length)
      let child = try entries.definedAddress()
      if found == 0 {
        try readNode(at: child, names: names, in: structures)
      } else {
        try readTree(at: child, level: found - 1, names: names, in: structures)
      }
    }
  }

  private mutating func readNode(
    at offset: Int, names: HDF5Cursor, in structures: HDF5Structures
  ) throws(WeightsProblem) {
    let sizes = structures.sizes
    var head = try structures.head(.symbolTable, at: offset, count: 8)
    try head.signature("SNOD")
    _ = try head.number(1, in: 1...1)
    try head.skip(1)
    let count = try head.number(2)
    var entries = try structures.block(.symbolTable, at: offset + 8, count: count * (2 * sizes.offset + 24))
    for _ in 0..<count {
      let name = try names.terminatedText(at: try entries.number(sizes.offset))
      try structures.charge(name.utf8.count)
      let target = try entries.address()
      // 2: a link to a name, which is in the scratch room.
      let kind = try entries.number(4)
      try entries.skip(20)
      links.append((name, kind == 2 ? nil : target))
    }
  }

  private mutating func readLink(_ body: HDF5Cursor) throws(WeightsProblem) {
    var body = try HDF5Cursor.link(body)
    _ = try body.number(1, in: 1...1)
    let flags = try body.number(1)
    let kind = flags & 8 == 0 ? 0 : try body.number(1)
    if flags & 4 != 0 { try body.skip(8) }
    if flags & 16 != 0 { try body.skip(1) }
    let length = try body.number(1 << (flags & 3))
    let name = try body.text(length)
    links.append((name, kind == 0 ? try body.definedAddress() : nil))
  }
}

extension HDF5Cursor {
  fileprivate static func link(_ body: HDF5Cursor) throws(WeightsProblem) -> HDF5Cursor {
    var body = body
    return try body.sub(body.remaining, part: .link)
  }
}
