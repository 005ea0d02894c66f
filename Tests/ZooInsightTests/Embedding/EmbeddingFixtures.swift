import FoundationEssentials
import Testing
import ZooInsight
import ZooKernels
import ZooKit
import ZooTensor
import ZooWeights

/// What scikit-learn says of codes; `tools/reference/embedding.py` says how.
struct RecordedEmbedding: Decodable {
  struct Layout: Decodable {
    var divergence: Double
    var trustworthiness: Double
  }

  var rows: Int
  var variances: [Double]
  var share: Double
  var projections: [[Double]]
  var exact: Layout
  var barnesHut: Layout
  var poorTrustworthiness: [String: Double]

  enum CodingKeys: String, CodingKey {
    case rows, variances, share, projections, exact
    case barnesHut = "barnes_hut"
    case poorTrustworthiness = "poor_trustworthiness"
  }

  init(_ name: String) throws {
    let data = try Data(contentsOf: URL(filePath: "\(EmbeddingFixtures.folder)/\(name).json"))
    self = try JSONDecoder().decode(RecordedEmbedding.self, from: data)
  }
}

enum EmbeddingFixtures {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/embedding").path

  /// The LeNet codes of 297 digits, and their classes.
  static func digits() throws -> (codes: Tensor, classes: [Int]) {
    let checkpoint = try Checkpoint.open("\(folder)/digits.npz")
    let stored = try checkpoint.tensor(named: "codes").convertedToFloat32()
    let codes = Tensor(shape: stored.shape, floats: stored.floats.map { $0 / 16 })
    return (codes, try checkpoint.tensor(named: "classes").convertedToFloat32().floats.map { Int($0) })
  }

  /// Where the published LeNet and MNIST are, which may not be part of this project: the folder that `ZOO_REFERENCE` names, else
  /// `../shared/reference` beside the package.
  static let published: String = {
    let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return ProcessInfo.processInfo.environment["ZOO_REFERENCE"]
      ?? package.deletingLastPathComponent().appending(path: "shared/reference").path
  }()

  static var hasPublished: Bool {
    ["checkpoints/lenet_iter_10000.caffemodel", "mnist/t10k-images-idx3-ubyte.gz"].allSatisfy {
      FileSystem.exists("\(published)/\($0)")
    }
  }

  /// Points around `clusters` centres, the same ones every time.
  static func clusters(_ count: Int, of clusters: Int, width: Int, seed: UInt64 = 1) -> Tensor {
    let random = CounterRandom(seed: seed, purpose: .sampling)
    return Tensor(
      shape: [count, width],
      floats: (0..<count * width).map { index in
        let (row, column) = (index / width, index % width)
        return Float(random.normal(index) + (column == row % clusters ? 8 : 0))
      })
  }
}
