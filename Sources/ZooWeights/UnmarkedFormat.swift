/// Formats whose files do not begin with a mark of their own.
enum UnmarkedFormat: Hashable, Sendable {
  case caffe
  case caffeMean
  case onnx
  case darknet

  /// Recognises a file by what its first fields look like, and where that says nothing by its name.
  init?(start: [UInt8], path: String) {
    if Self.isCaffeModel(start) {
      self = .caffe
    } else if Self.isONNX(start) {
      self = .onnx
    } else if Self.isBlob(start) {
      self = .caffeMean
    } else if DarknetWeights.recognises(start) {
      self = .darknet
    } else {
      switch path.split(separator: ".").last.map({ $0.lowercased() }) {
      case "caffemodel": self = .caffe
      case "binaryproto": self = .caffeMean
      case "onnx": self = .onnx
      case "weights": self = .darknet
      default: return nil
      }
    }
  }

  /// A `ModelProto`: the version of the format, then the name of the producer, its version, a domain or the graph.
  private static func isONNX(_ start: [UInt8]) -> Bool {
    start.count > 2 && start[0] == 0x08 && (1...20).contains(start[1]) && [0x12, 0x1A, 0x22, 0x3A].contains(start[2])
  }

  /// A `NetParameter`: the name of the network if it has one, then an input, or a layer of the old kind or the new.
  private static func isCaffeModel(_ start: [UInt8]) -> Bool {
    if start.count > 2, start[0] == 0x0A, start[1] > 0, start[1] < 0x80 {
      let end = 2 + Int(start[1])
      guard start.count > end + 4, start[2..<end].allSatisfy({ (0x20..<0x7F).contains($0) }) else { return false }
      return [0x12, 0x1A].contains(start[end]) || start[end...].starts(with: [0xA2, 0x06])
    }
    // A layer begins with its name; one of the old kind may begin with what it reads or makes.
    if start.starts(with: [0xA2, 0x06]) { return firstField(start, after: 2) == 0x0A }
    guard start.first == 0x12, let first = firstField(start, after: 1) else { return false }
    return [0x0A, 0x12, 0x1A, 0x22].contains(first)
  }

  /// A `BlobProto` with the four dimensions of a single image and then its elements.
  private static func isBlob(_ start: [UInt8]) -> Bool {
    guard start.starts(with: [0x08, 0x01, 0x10]) else { return false }
    var rest = start.dropFirst(3)
    for tag: UInt8 in [0x18, 0x20, 0x2A] {
      rest = rest.drop { $0 >= 0x80 }.dropFirst()
      guard rest.popFirst() == tag else { return false }
    }
    return true
  }

  /// The first byte of the message whose length is at `position`.
  private static func firstField(_ start: [UInt8], after position: Int) -> UInt8? {
    let rest = start.dropFirst(position)
    let length = rest.prefix { $0 >= 0x80 }.count + 1
    return length <= 5 ? rest.dropFirst(length).first : nil
  }
}
