import Foundation
import ZooImages
import ZooTestSupport

/// A folder of small pictures, removed when nobody needs it any more.
final class PictureFolder {
  let path = FileManager.default.temporaryDirectory.appending(path: "zoo-insight-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes grey noise, the same for the same name and seed.
  func add(_ name: String, width: Int = 10, height: Int = 9, seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let picture = try PixelImage(width: width, height: height, layout: .grey, pixels: random.bytes(width * height))
    try write(try picture.encodedAsPNG(), as: name)
  }

  func write(_ bytes: [UInt8], as name: String) throws {
    let file = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
  }

  func bytes(of name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }
}

enum TinyNetwork {
  /// Grey pictures of 8×8; a convolution with padding, ReLU, a maximum, two classes.
  static let yaml = """
    zoo: 1
    name: tiny
    input: [1, 8, 8]
    preprocess: {resize: {to: [8, 8], filter: bilinear}, channels: grey, divide_by: 255, mean: [0.5]}
    layers:
    - conv: {name: conv, out: 5, kernel: 3, padding: 1}
    - relu: {name: relu}
    - max_pool: {name: pool, kernel: 2, stride: 2}
    - fc: {name: fc, out: 2}
    """
}
