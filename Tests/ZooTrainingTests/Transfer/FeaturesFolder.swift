import FoundationEssentials
import ZooImages
import ZooKit
import ZooTensor
import ZooTraining

/// A new folder for files of codes, gone when its last user is; pictures of digits, and the network that reads them.
final class FeaturesFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "zoo-codes-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  func bytes(_ name: String) throws -> [UInt8] { try FileSystem.read(self(name), limit: 1 << 24) }

  func write(_ bytes: some Sequence<UInt8>, to name: String) throws {
    try FileSystem.write(Array(bytes), to: self(name))
  }

  /// 1500 digits to learn from, 297 to test with.
  static func digits(_ split: DataSet.Split) throws -> DataSet {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/digits").path
    return try DataSet.open(folder, split: split)
  }

  static func features(layers: [String]? = nil, pools: Bool = false) throws -> Features {
    try Features(Network.find("lenet-digits"), layers: layers, pools: pools, options: Model.Options(threads: 2))
  }

  /// A folder for each class, with digits as PNG files.
  func pictures(_ classes: [Int], count: Int) throws -> String {
    let data = try Self.digits(.train)
    for label in classes {
      try FileManager.default.createDirectory(
        atPath: "\(path)/pictures/digit \(label)", withIntermediateDirectories: true)
      for index in (0..<data.count).filter({ data.labels[$0] == label }).prefix(count) {
        try data.picture(at: index).writePNG(to: "\(path)/pictures/digit \(label)/\(1000 + index).png")
      }
    }
    return self("pictures")
  }
}
