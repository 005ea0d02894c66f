import ZooSpec
import ZooWeights

/// Where a network's weights were found without being named.
public enum WeightLookup: Sendable, Hashable, CustomStringConvertible {
  /// In the package, or the exported folder, that the network came from.
  case package(String)
  /// Inside the library: the embedded file of this name.
  case shipped(String)
  /// In a folder of `SearchPath`.
  case file(String)

  /// The package's own weights, those that come with zoo, the archive beside a definition's file, then a file of
  /// `SearchPath` called `NAME.zoow` or as the definition's `weights:` say.
  public static func find(for network: Network) -> WeightLookup? {
    switch network.origin {
    case .package(let path): return .package(path)
    case .folder(let path) where HubFolder.isOne(path): return .package(path)
    case .folder, .catalogue, .file: break
    }
    for weights in network.card.weights where weights.isShipped {
      if Catalogue.contains("zoo/weights/\(weights.file)") { return .shipped(weights.file) }
    }
    if let path = sibling(of: network), FileSystem.exists(path) { return .file(path) }
    return SearchPath.find(names(for: network)).map { .file($0) }
  }

  /// What a person may be told about where weights were looked for.
  static func places(for network: Network) -> [String] {
    [sibling(of: network)].compactMap { $0 }
      + SearchPath.folders.map { "\($0)/{\(names(for: network).joined(separator: ","))}" }
  }

  /// The archive beside a definition: `net.zoow` for `net.yaml`.
  private static func sibling(of network: Network) -> String? {
    guard case .file(let path) = network.origin,
      let ending = Network.definitionExtensions.first(where: path.hasSuffix)
    else { return nil }
    return path.dropLast(ending.count) + ".zoow"
  }

  /// The file names that are looked for.
  static func names(for network: Network) -> [String] {
    ["\(network.name).zoow"] + network.card.weights.map(\.file)
  }

  /// For a person: the file, or where it was found.
  public var description: String {
    switch self {
    case .package(let path): "in \(path)"
    case .shipped(let name): "\(name), shipped with zoo"
    case .file(let path): path
    }
  }
}
