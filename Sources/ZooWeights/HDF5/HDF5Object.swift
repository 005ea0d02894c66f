/// An object header: the messages that say what a group or a dataset is.
struct HDF5Object {
  struct Message {
    let type: Int
    /// The content is elsewhere.
    let isShared: Bool
    let body: HDF5Cursor
  }

  /// The types of messages that are read.
  enum MessageType {
    static let dataspace = 0x01
    static let linkInfo = 0x02
    static let datatype = 0x03
    static let link = 0x06
    static let externalFiles = 0x07
    static let layout = 0x08
    static let groupInfo = 0x0A
    static let filters = 0x0B
    static let attribute = 0x0C
    static let continuation = 0x10
    static let symbolTable = 0x11
    static let attributeInfo = 0x15
  }

  private(set) var messages: [Message] = []

  init(at offset: Int, in structures: HDF5Structures) throws(WeightsProblem) {
    var start = try structures.head(.objectHeader, at: offset, count: 6)
    let first = try start.raw(4)
    if first == 0x5244_484F {  // OHDR
      _ = try start.number(1, in: 2...2)
      try readVersion2(at: offset, flags: try start.number(1), in: structures)
    } else {
      guard first & 0xFF == 1 else {
        throw .hdf5(
          .value(.objectHeader, offset: offset, expected: "1, or the letters OHDR", found: first & 0xFF))
      }
      try readVersion1(at: offset, in: structures)
    }
  }

  func all(_ type: Int) -> [Message] { messages.filter { $0.type == type } }

  func first(_ type: Int) -> Message? { messages.first { $0.type == type } }

  private mutating func readVersion1(at offset: Int, in structures: HDF5Structures) throws(WeightsProblem) {
    var prefix = try structures.block(.objectHeader, at: offset, count: 12)
    try prefix.skip(8)
    var blocks = [try structures.block(.objectHeader, at: offset + 16, count: try prefix.number(4))]
    while !blocks.isEmpty {
      var block = blocks.removeFirst()
      while block.remaining >= 8 {
        let (type, size, flags) = (try block.number(2), try block.number(2), try block.number(1))
        try block.skip(3)
        if let place = try add(type, flags: flags, try block.sub(size, part: .message)) {
          blocks.append(try structures.head(.objectHeader, at: place.offset, count: place.count))
        }
      }
    }
  }

  private mutating func readVersion2(
    at offset: Int, flags: Int, in structures: HDF5Structures
  ) throws(WeightsProblem) {
    // Times of access, and when links and attributes go from one form to another, are of no interest.
    let skipped = (flags & 0x20 == 0 ? 0 : 16) + (flags & 0x10 == 0 ? 0 : 4)
    let sizeLength = 1 << (flags & 3)
    var prefix = try structures.block(.objectHeader, at: offset + 6 + skipped, count: sizeLength)
    let start = offset + 6 + skipped + sizeLength
    var blocks = [try structures.block(.objectHeader, at: start, count: try prefix.number(sizeLength))]
    let orderLength = flags & 4 == 0 ? 0 : 2
    while !blocks.isEmpty {
      var block = blocks.removeFirst()
      while block.remaining >= 4 + orderLength {
        let (type, size, flags) = (try block.number(1), try block.number(2), try block.number(1))
        try block.skip(orderLength)
        if let place = try add(type, flags: flags, try block.sub(size, part: .message)) {
          guard place.count >= 8 else { throw .hdf5(.pastEnd(.objectHeader, offset: place.offset)) }
          // The block's letters and its checksum are not messages.
          var whole = try structures.head(.objectHeader, at: place.offset, count: place.count - 4)
          try whole.signature("OCHK")
          blocks.append(try whole.sub(whole.remaining, part: .objectHeader))
        }
      }
    }
  }

  /// Keeps a message; returns where the header goes on when that is what it says.
  private mutating func add(
    _ type: Int, flags: Int, _ body: HDF5Cursor
  ) throws(WeightsProblem) -> (offset: Int, count: Int)? {
    if type == MessageType.continuation {
      var body = body
      return (try body.definedAddress(), try body.length())
    }
    messages.append(Message(type: type, isShared: flags & 2 != 0, body: body))
    return nil
  }
}
