/// Paths as text.
///
/// To the operating system a path is bytes, which need not be UTF-8. In the text of a path, a byte that is not part of
/// UTF-8 stands as one character of private use, U+10F780 for 0x80 to U+10F7FF for 0xFF; where a path has these characters
/// themselves, each of their bytes stands so. Every path has a text, and the text gives back exactly its bytes: whatever
/// opens, lists, makes or removes files goes through here, and so do arguments and environment variables that name files.
extension String {
  /// The text of a path.
  package init(path bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    if !bytes.contains(Self.firstByteOfStandIns), let text = String(validating: bytes, as: UTF8.self) {
      self = text
      return
    }
    self = ""
    var rest = bytes[...]
    while let first = rest.first {
      let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
      let character = String(validating: rest.prefix(length), as: UTF8.self)?.unicodeScalars
      if let character, !character.contains(where: { Self.standIns.contains($0) }) {
        unicodeScalars.append(contentsOf: character)
        rest = rest.dropFirst(length)
      } else if let standIn = Unicode.Scalar(0x10F700 + UInt32(first)) {
        unicodeScalars.append(standIn)
        rest = rest.dropFirst()
      }
    }
  }

  /// The bytes of the path that this is the text of.
  package var pathBytes: [UInt8] {
    guard utf8.contains(Self.firstByteOfStandIns) else { return Array(utf8) }
    var bytes: [UInt8] = []
    for scalar in unicodeScalars {
      if Self.standIns.contains(scalar) {
        bytes.append(UInt8(truncatingIfNeeded: scalar.value))
      } else {
        bytes += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
      }
    }
    return bytes
  }

  /// Calls `body` with the bytes of the path that this is the text of, and a zero after them.
  package func withPath<Result, Failure: Error>(
    _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let bytes = pathBytes.map { CChar(bitPattern: $0) } + [0]
    return try bytes.withUnsafeBufferPointer { (buffer) throws(Failure) in
      guard let start = buffer.baseAddress else { preconditionFailure("an array that is not empty has an address") }
      return try body(start)
    }
  }

  /// What comes before the last name of a path: ends in `/`, or is empty.
  package var folderOfPath: String {
    let bytes = utf8
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(decoding: bytes[...slash], as: UTF8.self)
  }

  private static let standIns: ClosedRange<Unicode.Scalar> = "\u{10F780}"..."\u{10F7FF}"
  /// That of their UTF-8.
  private static let firstByteOfStandIns: UInt8 = 0xF4
}
