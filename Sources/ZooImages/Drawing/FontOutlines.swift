/// The outlines of `Font.outlines`, decoded once.
struct FontOutlines: Sendable {
  /// A point of a contour as TrueType has them: two on the curve are joined by a line, one beside it bends it, and between two
  /// such lies one on the curve.
  struct Point: Sendable {
    let x: Int
    let y: Int
    let isOnCurve: Bool
  }

  /// In units of the em, y upwards from the baseline.
  struct Glyph: Sendable {
    let advance: Int
    let contours: [(points: Int, x: Int, y: Int)]
  }

  /// Units per em.
  static let unit = 1024.0
  static let shared = FontOutlines(Font.outlines)
  /// An upright box, whose contours are the two last ones.
  static let missing = Glyph(advance: 614, contours: [(-2, 0, 0), (-1, 0, 0)])

  private let contours: [[Point]]
  private let faces: [[Character: Glyph]]

  func glyph(of character: Character, _ weight: Font.Weight) -> Glyph? {
    let bold = weight == .bold && faces.count > 1 ? faces[1][character] : nil
    return bold ?? faces.first?[character]
  }

  /// The points of a contour of a glyph.
  func points(of contour: Int) -> [Point] { contours[contour < 0 ? contours.count + contour : contour] }

  init(_ text: StaticString) {
    var reader = text.withUTF8Buffer { Reader(base64: $0) }
    var contours = (0..<reader.number()).map { _ in
      var (x, y) = (0, 0)
      return (0..<reader.number()).map { _ in
        let first = reader.number()
        x += Reader.signed(first >> 1)
        y += Reader.signed(reader.number())
        return Point(x: x, y: y, isOnCurve: first & 1 == 1)
      }
    }
    faces = (0..<reader.number()).map { _ in
      var face: [Character: Glyph] = [:]
      var code: UInt32 = 0
      for _ in 0..<reader.number() {
        code += UInt32(truncatingIfNeeded: reader.number())
        let advance = reader.number()
        let glyph = Glyph(
          advance: advance,
          contours: (0..<reader.number()).map { _ in
            (reader.number(), Reader.signed(reader.number()), Reader.signed(reader.number()))
          })
        if let scalar = Unicode.Scalar(code) { face[Character(scalar)] = glyph }
      }
      return face
    }
    contours.append(Self.rectangle(left: 80, bottom: 0, right: 534, top: 747))
    contours.append(Self.rectangle(left: 144, bottom: 64, right: 470, top: 683).reversed())
    self.contours = contours
  }

  private static func rectangle(left: Int, bottom: Int, right: Int, top: Int) -> [Point] {
    [(left, bottom), (left, top), (right, top), (right, bottom)].map { Point(x: $0, y: $1, isOnCurve: true) }
  }

  /// Numbers of the table, little-endian in base 128.
  private struct Reader {
    private let bytes: [UInt8]
    private var place = 0

    init(base64 text: UnsafeBufferPointer<UInt8>) {
      var (bytes, bits, count): ([UInt8], UInt32, UInt32) = ([], 0, 0)
      bytes.reserveCapacity(text.count * 3 / 4)
      for letter in text {
        let value: UInt8? =
          switch letter {
          case UInt8(ascii: "A")...UInt8(ascii: "Z"): letter - UInt8(ascii: "A")
          case UInt8(ascii: "a")...UInt8(ascii: "z"): letter - UInt8(ascii: "a") + 26
          case UInt8(ascii: "0")...UInt8(ascii: "9"): letter - UInt8(ascii: "0") + 52
          case UInt8(ascii: "+"): 62
          case UInt8(ascii: "/"): 63
          default: nil
          }
        guard let value else { continue }
        bits = bits << 6 & 0xFFFFFF | UInt32(value)
        count += 6
        if count >= 8 {
          count -= 8
          bytes.append(UInt8(truncatingIfNeeded: bits >> count))
        }
      }
      self.bytes = bytes
    }

    /// 0 beyond the end.
    mutating func number() -> Int {
      var (value, shift) = (0, 0)
      while place < bytes.count, shift < 32 {
        let byte = Int(bytes[place])
        place += 1
        value |= (byte & 127) << shift
        if byte < 128 { break }
        shift += 7
      }
      return value
    }

    static func signed(_ value: Int) -> Int { value & 1 == 0 ? value >> 1 : -(value >> 1) - 1 }
  }
}
