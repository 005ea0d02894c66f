import FoundationEssentials
import ZooKit

/// Files that tests read.
enum Fixtures {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures").path

  /// What PyTorch says about one of the networks.
  struct Reference: Decodable {
    var network: String
    var input: [Int]
    var parameters: Int
    var tensors: [String: [Int]]
    var logits: [Double]
  }

  static func reference(_ name: String) throws -> Reference {
    let data = try Data(contentsOf: URL(filePath: "\(folder)/networks/\(name).json"))
    return try JSONDecoder().decode(Reference.self, from: data)
  }

  /// Names of the catalogue that are unlike each other: of the variants of one file that set the same parameters, and so
  /// differ in numbers only, the first stands for all. For tests that take time for each.
  static let kinds: [String] = {
    var seen: Set<[String]> = []
    return Catalogue.modelNames.filter { name in
      guard let network = try? Network.find(name), let base = network.definition.variantOf else { return true }
      let standard = (try? Network.find(String(base.dropLast(".yaml".count))))?.definition.parameters ?? []
      let set = network.definition.parameters.filter { !standard.contains($0) }.map(\.name)
      return seen.insert([base] + set).inserted
    }
  }()

  /// A folder that is removed with everything in it when the body ends.
  static func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
  }
}

/// A folder that is removed with everything in it when nothing refers to it any more.
final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "zoo-tests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
  }
}

/// The largest difference relative to the largest expected magnitude.
func relativeError(_ values: [Float], _ expected: [Double]) -> Double {
  guard values.count == expected.count, values.allSatisfy(\.isFinite) else { return .infinity }
  let largest = expected.map(abs).max() ?? 0
  return zip(values, expected).map { abs(Double($0) - $1) }.max().map { $0 / largest } ?? 0
}
