import FoundationEssentials

/// A protobuf message taken apart by hand, without the reader that zoo has.
struct DecodedMessage {
  enum Value {
    case number(UInt64)
    case bytes([UInt8])
  }

  private(set) var fields: [(number: Int, value: Value)] = []

  struct Malformed: Error {}

  init(_ bytes: [UInt8]) throws {
    var position = 0
    func take(_ count: Int) throws -> [UInt8] {
      guard count <= bytes.count - position else { throw Malformed() }
      defer { position += count }
      return Array(bytes[position..<position + count])
    }
    func varint() throws -> UInt64 {
      var (value, shift): (UInt64, UInt64) = (0, 0)
      while true {
        let byte = try take(1)[0]
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
    }
    while position < bytes.count {
      let tag = try varint()
      let value: Value
      switch tag & 7 {
      case 0: value = .number(try varint())
      case 2: value = .bytes(try take(Int(try varint())))
      case 5: value = .number(try take(4).reversed().reduce(0) { $0 << 8 | UInt64($1) })
      default: throw Malformed()
      }
      fields.append((Int(tag >> 3), value))
    }
  }

  func numbers(_ field: Int) -> [Int] {
    fields.compactMap { number, value in
      if number == field, case .number(let bits) = value { Int(truncatingIfNeeded: bits) } else { nil }
    }
  }

  func bytes(_ field: Int) -> [[UInt8]] {
    fields.compactMap { number, value in
      if number == field, case .bytes(let bytes) = value { bytes } else { nil }
    }
  }

  func texts(_ field: Int) -> [String] { bytes(field).map { String(decoding: $0, as: UTF8.self) } }

  func messages(_ field: Int) throws -> [DecodedMessage] { try bytes(field).map(DecodedMessage.init) }
}

/// What is in an ONNX model, with the field numbers of onnx.proto.
struct DecodedONNX {
  struct Node {
    let name: String
    let type: String
    let inputs: [String]
    let outputs: [String]
    let integers: [String: [Int]]
    let floats: [String: Float]
  }

  let model: DecodedMessage
  let nodes: [Node]
  let inputs: [String]
  let outputs: [String]
  /// The dimensions of every value that has them stated.
  let shapes: [String: [String]]
  let metadata: [String: String]

  init(path: String) throws {
    model = try DecodedMessage([UInt8](Data(contentsOf: URL(filePath: path))))
    let graph = try model.messages(7)[0]
    nodes = try graph.messages(1).map { node in
      let attributes = try node.messages(5).map { ($0.texts(1)[0], $0) }
      return Node(
        name: node.texts(3)[0], type: node.texts(4)[0], inputs: node.texts(1), outputs: node.texts(2),
        integers: Dictionary(uniqueKeysWithValues: attributes.map { ($0, $1.numbers(3) + $1.numbers(8)) }),
        floats: Dictionary(
          uniqueKeysWithValues: attributes.compactMap { name, attribute in
            attribute.numbers(2).first.map { (name, Float(bitPattern: UInt32($0))) }
          }))
    }
    inputs = try graph.messages(11).map { $0.texts(1)[0] }
    outputs = try graph.messages(12).map { $0.texts(1)[0] }
    let values = try (graph.messages(11) + graph.messages(12) + graph.messages(13)).map { value in
      let dimensions = try value.messages(2)[0].messages(1)[0].messages(2)[0].messages(1)
      return (value.texts(1)[0], dimensions.map { ($0.numbers(1).map { "\($0)" } + $0.texts(2)).joined() })
    }
    shapes = Dictionary(uniqueKeysWithValues: values)
    metadata = Dictionary(uniqueKeysWithValues: try model.messages(14).map { ($0.texts(1)[0], $0.texts(2)[0]) })
  }

  /// The nodes that compute something, as `Type(attributes)` of what is asked for.
  var types: [String] { nodes.map(\.type).filter { $0 != "Constant" } }

  func node(_ name: String) -> Node? { nodes.first { $0.name == name } }
}
