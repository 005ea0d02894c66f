import ZooGraph
import ZooTensor

/// The files of a network rewritten so that it slides, or turned back: its definition and, with weights that are given, an archive
/// of the same numbers beside it.
///
///     let files = try ConversionFiles(Network.find("vgg16"), weights: .file("vgg16-397923af.pth"), checks: true)
///     let difference = try files.write()
public struct ConversionFiles: Sendable {
  private enum Work: Sendable {
    case conversion(Conversion)
    case restoration(Restoration)
  }

  private let work: Work
  private let overwrite: Bool
  private let checks: Bool
  /// Where the definition goes.
  public let definitionPath: String
  /// Where the archive goes, `NAME.zoow` beside `NAME.yaml`; `nil` where none is written, as there are no weights, or made-up
  /// ones, which would be large and say nothing that their formula does not.
  public let archivePath: String?
  /// The weights that were loaded: for the archive or for the check.
  public let weights: LoadedWeights?

  /// Rewrites the network, checks that the files can be written, and loads the weights. Nothing is written yet.
  ///
  /// - Parameters:
  ///   - network: what is rewritten or restored.
  ///   - restoring: whether convolutions become fully connected layers again, as `Restoration` does it; else as
  ///     `Conversion`.
  ///   - path: where the definition goes, ending in `.yaml` or `.yml`. By itself `NAME-conv.yaml` in the current
  ///     folder, and `NAME.yaml` with the name that the network had before when it is restored.
  ///   - source: `.automatic` loads weights only for the check, and writes no archive.
  ///   - checks: whether `write` runs both networks on one image first.
  ///   - overwrite: whether files that exist are replaced.
  /// - Throws: `ZooError`, also `.fileName`, `.alreadyExists` and `.cannotWrite` for the files; what `Conversion`,
  ///   `Restoration` and `LoadedWeights.load` throw.
  public init(
    _ network: Network, restoring: Bool = false, to path: String? = nil, weights source: WeightSource = .automatic,
    checks: Bool = false, overwrite: Bool = false
  ) throws {
    if let path { try Self.checkName(path) }
    let name: String
    let weighted: Network
    if restoring {
      let restoration = try Restoration(network)
      work = .restoration(restoration)
      name = restoration.original.name
      weighted = restoration.original
    } else {
      name = "\(network.name)-conv"
      work = .conversion(try Conversion(network, name: name))
      weighted = network
    }
    definitionPath = path ?? "\(name).yaml"
    let stem = definitionPath.prefix(upTo: definitionPath.lastIndex(of: ".") ?? definitionPath.endIndex)
    let isGiven = if case .automatic = source { false } else { true }
    let isMadeUp = if case .synthetic = source { true } else { false }
    archivePath = isGiven && !isMadeUp ? "\(stem).zoow" : nil
    self.overwrite = overwrite
    self.checks = checks
    for path in [definitionPath, archivePath].compactMap(\.self) {
      try FileSystem.checkFile(path, overwrite: overwrite)
    }
    weights = try checks || isGiven ? LoadedWeights.load(source, for: weighted) : nil
  }

  /// - Throws: `ZooError.fileName` for a path that no definition has.
  public static func checkName(_ path: String) throws(ZooError) {
    guard Network.definitionExtensions.contains(where: path.hasSuffix) else {
      throw .fileName(path, endings: [".yaml"])
    }
  }

  /// Whether convolutions become fully connected layers again.
  public var isRestored: Bool {
    if case .restoration = work { true } else { false }
  }

  /// The definition that is written, in YAML.
  public var definition: String {
    switch work {
    case .conversion(let conversion): conversion.definition
    case .restoration(let restoration): restoration.definition
    }
  }

  /// The layers that are other ones now.
  public var changes: [FullyConnectedToConvolution.Change] {
    switch work {
    case .conversion(let conversion): conversion.result.changes
    case .restoration(let restoration): restoration.result.changes
    }
  }

  /// `[channels, height, width]` that the classifier takes.
  public var nativeInput: Shape {
    switch work {
    case .conversion(let conversion): conversion.network.input
    case .restoration(let restoration): restoration.original.input
    }
  }

  /// What one score of the network that slides looks at.
  public var receptiveField: ReceptiveField? {
    switch work {
    case .conversion(let conversion): conversion.result.receptiveField
    case .restoration(let restoration): restoration.network.card.sliding?.record.receptiveField
    }
  }

  /// Checks if that was asked for, then writes the archive, then the definition, each whole or not at all.
  ///
  /// - Returns: the largest difference of a logit at the native size, relative to the largest logit; `nil` without the check.
  /// - Throws: `ZooError.conversionDiffers` with nothing written, `.alreadyExists`, `.cannotWrite`; `WeightsError`,
  ///   `RuntimeError`.
  @discardableResult
  public func write() throws -> Double? {
    var difference: Double?
    if let weights {
      if checks {
        difference =
          switch work {
          case .conversion(let conversion): try conversion.verify(weights)
          case .restoration(let restoration): try restoration.verify(weights)
          }
      }
      if let archivePath {
        switch work {
        case .conversion(let conversion): try conversion.write(weights, to: archivePath, overwrite: overwrite)
        case .restoration(let restoration): try restoration.write(weights, to: archivePath, overwrite: overwrite)
        }
      }
    }
    try FileSystem.write(definition.utf8, to: definitionPath, overwrite: overwrite)
    return difference
  }
}
