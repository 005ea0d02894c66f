import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

extension ImportedNetwork {
  /// A classifier of darknet's: its `.cfg` file, and where there is one its `.weights`, which must end with the last layer.
  ///
  /// The weights' variances are changed so that what is computed is what darknet computes on a CPU: it divides by
  /// `√variance + 0.000001`, which is the root of `variance + 0.000002 · √variance` and an epsilon of 1e-12. On a GPU, and
  /// in later forks, darknet divides by `√(variance + 0.00001)`, which differs where a variance is about as small.
  ///
  /// - Parameters:
  ///   - path: of the `.cfg` file.
  ///   - weights: the path of the weights; `nil`: the structure alone.
  /// - Throws: `ImportError` for what zoo's graph cannot say, all of it, and for what contradicts itself; `WeightsError` for
  ///   bytes that are not what they should be.
  public init(darknet path: String, weights: String? = nil) throws {
    let configuration = try DarknetConfiguration.open(path)
    var importer = DarknetImporter(configuration, file: path)
    try importer.run()
    let checkpoint = try weights.map { try Checkpoint.openDarknet($0, layers: importer.layers) }
    self = try importer.network(checkpoint).withinRanges(file: path)
  }

  /// As above, of what has been read. `path` is for messages, and for the network's name.
  package init(darknet configuration: DarknetConfiguration, path: String, weights: [UInt8]? = nil) throws {
    var importer = DarknetImporter(configuration, file: path)
    try importer.run()
    let checkpoint = try weights.map {
      try Checkpoint.openDarknet(bytes: $0, name: "\(path).weights", layers: importer.layers)
    }
    self = try importer.network(checkpoint).withinRanges(file: path)
  }
}
