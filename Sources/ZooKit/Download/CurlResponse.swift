/// What `curl` writes to standard error: the headers of each response, then its complaints.
package struct CurlResponse {
  private let offset: Int
  private var line: [UInt8] = []
  private var byteCount = 0
  private var length: Int?
  private var whole: Int?
  /// The status of the last response.
  package private(set) var status: Int?
  /// The last complaint, without what cannot be printed.
  package private(set) var words = ""

  /// - Parameter offset: the byte of the file that was asked for first.
  package init(offset: Int) {
    self.offset = offset
  }

  /// The size of the whole file, if the last response states it.
  package var total: Int? {
    switch status {
    case 206: whole ?? length.map { $0 <= Int.max - offset ? $0 + offset : $0 }
    case 200: length
    default: nil
    }
  }

  /// Takes what came, a line of which may end later.
  ///
  /// - Returns: `false` when there is more than headers have.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
    byteCount += bytes.count
    guard byteCount <= Self.maximumByteCount else { return false }
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        // What is left of the end of a line, and blanks before it.
        while let last = line.last, last == UInt8(ascii: "\r") || last == UInt8(ascii: " ") { line.removeLast() }
        read(String(decoding: line, as: UTF8.self))
        line.removeAll(keepingCapacity: true)
      } else {
        line.append(byte)
      }
    }
    return true
  }

  private static let maximumByteCount = 1 << 20

  private mutating func read(_ text: String) {
    if text.hasPrefix("curl: (") {
      let complaint = text.drop { $0 != ")" }.dropFirst().drop { $0 == " " }
      words = String(
        complaint.unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(300).map(Character.init))
      return
    }
    if text.hasPrefix("HTTP/") {
      status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
      (length, whole) = (nil, nil)
      return
    }
    let parts = text.split(separator: ":", maxSplits: 1)
    guard parts.count == 2 else { return }
    let value = parts[1].drop { $0 == " " }
    switch parts[0].lowercased() {
    case "content-length": length = Int(value).flatMap { $0 >= 0 ? $0 : nil }
    case "content-range": whole = value.split(separator: "/").last.flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    default: break
    }
  }
}
