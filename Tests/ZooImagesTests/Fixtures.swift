import CCrypto
import ZooImages
import ZooTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The files in `Fixtures`, and what is recorded of them.
enum Fixtures {
  static let directory = String(#filePath.dropLast("Fixtures.swift".count)) + "Fixtures/"

  static func path(_ name: String) -> String { directory + name }

  static func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(filePath: path(name))))
  }

  /// `images.json`.
  static func expectations() throws -> [(name: String, expected: ExpectedImage)] {
    let data = try Data(contentsOf: URL(filePath: path("images.json")))
    let images = try JSONDecoder().decode([String: ExpectedImage].self, from: data)
    return images.sorted { $0.key < $1.key }.map { (name: $0.key, expected: $0.value) }
  }

  /// `recorded.json`.
  static func recorded() throws -> Recorded {
    try JSONDecoder().decode(Recorded.self, from: Data(contentsOf: URL(filePath: path("recorded.json"))))
  }

  static let imageNames = [
    "422.jpg", "444.jpg", "alpha.png", "bilevel.png", "china.jpg", "cmyk.jpg", "digit-8x8.png", "exif-3.jpg",
    "exif-6.jpg",
    "exif-8.jpg", "flower.jpg", "grey.jpg", "grey.png", "grey16.png", "one-pixel.jpg", "palette.png", "progressive.jpg",
    "restart.jpg", "rgb.png",
  ]
}

struct ExpectedImage: Decodable {
  var width: Int
  var height: Int
  var rgb_sha256: String
  var resize256_bilinear_crop224_sha256: String?
  var resize232_bicubic_crop224_sha256: String?
}

struct Recorded: Decodable {
  var resizes: [RecordedResize]
  var pngs: [RecordedFile]
  var jpegs: [RecordedFile]
  var orientations: [RecordedFile]
}

/// `[file, mode, filter, width, height, SHA-256]`
struct RecordedResize: Decodable {
  var file: String
  var isGrey: Bool
  var filter: ResizeFilter
  var width: Int
  var height: Int
  var hash: String

  init(from decoder: Decoder) throws {
    var row = try decoder.unkeyedContainer()
    file = try row.decode(String.self)
    isGrey = try row.decode(String.self) == "L"
    let name = try row.decode(String.self)
    guard let filter = ResizeFilter(rawValue: name) else {
      throw DecodingError.dataCorruptedError(in: row, debugDescription: name)
    }
    self.filter = filter
    width = try row.decode(Int.self)
    height = try row.decode(Int.self)
    hash = try row.decode(String.self)
  }
}

/// `[name, base64, SHA-256 of RGB]`
struct RecordedFile: Decodable {
  var name: String
  var bytes: [UInt8]
  var hash: String

  init(from decoder: Decoder) throws {
    var row = try decoder.unkeyedContainer()
    name = try row.decode(String.self)
    bytes = try [UInt8](row.decode(Data.self))
    hash = try row.decode(String.self)
  }
}

func sha256(_ bytes: [UInt8]) -> String {
  var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
  SHA256(bytes, bytes.count, &digest)
  return digest.map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }.joined()
}
