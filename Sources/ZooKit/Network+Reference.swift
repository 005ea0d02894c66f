import ZooWeights

extension Network {
  /// What a person who asked `find` for a reference should know when the network is from elsewhere than it says; `nil` when
  /// it is what the reference names.
  public func originNote(calledAs reference: String) -> String? {
    switch origin {
    case .catalogue where reference != name: "no \(reference) here; using the catalogue's \(name)"
    case .file(let path) where path != reference, .package(let path) where path != reference: "\(reference) is \(path)"
    case .catalogue, .file, .package, .folder: nil
    }
  }

  /// The weights that travel with the network, in a package or in an exported folder; `nil` when there are none.
  ///
  /// - Throws: `WeightsError` when they cannot be read.
  public func packagedWeights() throws -> Checkpoint? {
    switch origin {
    case .package(let path): try Checkpoint.open(path)
    case .folder(let path): FileSystem.exists("\(path)/model.safetensors") ? try Checkpoint.open(path) : nil
    case .catalogue, .file: nil
    }
  }
}

extension Checkpoint {
  /// The weights that a reference names where it may name a network as well, as `Network.find` takes it; `nil` when it names a
  /// network, or nothing that is there.
  ///
  /// - Throws: `WeightsError` when the file cannot be read.
  public static func find(_ reference: String) throws -> Checkpoint? {
    let isModel = (Network.definitionExtensions + [".zoo"]).contains(where: reference.hasSuffix)
    guard !isModel, FileSystem.exists(CheckpointReference(reference).path) else { return nil }
    if FileSystem.isDirectory(reference), FileSystem.exists("\(reference)/\(FolderExport.definitionFile)") {
      return nil
    }
    if !reference.contains("/"), Catalogue.modelNames.contains(reference) { return nil }
    return try Checkpoint.open(reference)
  }

  /// Opens weights by their path; a network that was named in their place is told apart from a file that is missing.
  ///
  /// - Throws: `ZooError.modelForWeights`, `WeightsError`.
  public static func openWeights(_ path: String) throws -> Checkpoint {
    let isDefinition = Network.definitionExtensions.contains(where: path.hasSuffix)
    if isDefinition || (!FileSystem.exists(path) && Catalogue.modelNames.contains(path)) {
      throw ZooError.modelForWeights(path)
    }
    return try open(path)
  }
}
