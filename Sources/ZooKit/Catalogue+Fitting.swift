import ZooSpec
import ZooTensor
import ZooWeights

extension Catalogue {
  /// The networks of the catalogue that the tensors of a file fit by names and shapes.
  ///
  /// - Parameter path: a checkpoint of any kind that can be loaded.
  /// - Returns: at most four names, the likeliest by the file's name first; none when the file holds no weights.
  public static func networks(fitting path: String) -> [String] {
    (try? Checkpoint.open(path)).map(networks(fitting:)) ?? []
  }

  /// As above, for a checkpoint that is open.
  ///
  /// - Parameter checkpoint: of any kind that can be loaded.
  /// - Returns: as above.
  public static func networks(fitting checkpoint: Checkpoint) -> [String] {
    networks(fitting: checkpoint, among: modelNames.lazy.compactMap { try? Network.find($0) })
  }

  /// As above, for networks that are there already.
  static func networks(fitting checkpoint: Checkpoint, among networks: some Sequence<Network>) -> [String] {
    let path = checkpoint.path
    let size = checkpoint.entries.reduce(0) { $0 + min($1.shape.elementCount, 1 << 40) }
    let file = path.dropFirst(path.folderOfPath.count)
    // The file that the definition names says most, then a file that is called like the network.
    var found: [(name: String, likeness: Int)] = []
    for network in networks {
      let name = network.name
      // Statistics, and layers for training only, are not counted as parameters.
      let parameters = network.totals.parameters
      guard size >= parameters, size <= 2 * parameters + 4096 else { continue }
      guard (try? LoadedWeights(checkpoint, for: network, called: path)) != nil else { continue }
      let isPublished = network.card.weights.contains { $0.file == file }
      found.append((name, isPublished ? Int.max : file.hasPrefix(name) ? name.utf8.count : 0))
    }
    return found.sorted { $0.likeness > $1.likeness }.prefix(4).map(\.name)
  }
}
