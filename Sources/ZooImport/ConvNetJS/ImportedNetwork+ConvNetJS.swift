import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

extension ImportedNetwork {
  /// A network of ConvNetJS's, as `net.toJSON()` writes it: structure and weights in one file.
  ///
  /// Its volumes have the channels of a position after one another; weights are brought into the order of channels, rows,
  /// columns, so that maps are fed as everywhere else in zoo.
  ///
  /// - Parameter path: of the JSON file.
  /// - Throws: `ImportError` for what zoo's graph cannot say, all of it, and for what contradicts itself; `WeightsError` for
  ///   bytes that are not what they should be.
  public init(convNetJS path: String) throws {
    try self.init(convNetJS: try ConvNetJSFile.open(path), path: path)
  }

  /// As above, of what has been read. `path` is for messages, and for the network's name.
  package init(convNetJS file: ConvNetJSFile, path: String) throws {
    var importer = ConvNetJSImporter(file: path, layers: file.layers)
    self = try importer.network().withinRanges(file: path)
  }
}
