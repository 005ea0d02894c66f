import ZooImages
import ZooSpec
import ZooTensor
import ZooWeights

extension Package {
  /// Writes a network with tensors that are in memory, such as those that a training run has come to.
  ///
  /// - Parameters:
  ///   - network: what is written.
  ///   - tensors: under the network's names; others may be among them.
  ///   - metadata: what else the archive is to say.
  ///   - path: where the package will be.
  /// - Throws: `WeightsError` with nothing left behind, or what writing a definition throws.
  /// - Returns: What the contents are called.
  @discardableResult
  public static func write(
    _ network: Network, tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String
  ) throws -> ContentIdentifier {
    let definition = try definition(of: network)
    var all = metadata
    all[modelKey] = network.name
    all[definitionKey] = definition
    all[definitionDigestKey] = Provenance.digest(of: definition)
    all[labelsKey] = network.labels?.text
    if network.preprocessing?.filter != nil { all[resizeKey] = PixelImage.resizeConvention }
    return try Checkpoint(tensors).pack(to: path, metadata: all, overwrite: true)
  }

  /// SHA-256 of the definition that an archive of weights trained for the network would carry.
  ///
  /// - Throws: what writing a definition throws.
  public static func definitionDigest(of network: Network) throws -> String {
    Provenance.digest(of: try definition(of: network))
  }
}
