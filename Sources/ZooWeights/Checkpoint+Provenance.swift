import FoundationEssentials

/// Metadata that say where weights came from, and the digests in them.
public enum Provenance {
  /// The name of the file that was packed, without its folder.
  public static let fileKey = "source.file"
  /// What kind of file it was, in the words of `CheckpointFormat`.
  public static let formatKey = "source.format"
  /// Which of several dictionaries of tensors in it was chosen.
  public static let dictionaryKey = "source.dictionary"
  /// Its size in bytes.
  public static let sizeKey = "source.size"
  /// Its SHA-256, in 64 hexadecimal digits.
  public static let digestKey = "source.sha256"
  /// Where it is published.
  public static let addressKey = "source.url"
  /// The floating-point types that its tensors had, when they were converted.
  public static let elementTypesKey = "source.dtype"
  /// What it said about the layers that use the tensors, as `StoredLayer` in JSON.
  public static let layersKey = "source.layers"
  /// How the names of tensors begin that hold an optimiser's state or a moving average, in the checkpoint of a training run.
  package static let statePrefixes = ["zoo.state/", "zoo.average/"]

  /// SHA-256 of a text's UTF-8 form, in 64 hexadecimal digits.
  public static func digest(of text: String) -> String {
    digestBytes(of: text).hexadecimal
  }

  /// SHA-256 of a text's UTF-8 form, 32 bytes.
  package static func digestBytes(of text: String) -> [UInt8] {
    SHA256.digest(of: text.utf8)
  }
}

extension Checkpoint {
  /// What tells the numbers and the metadata of the checkpoint from those of any other: for an archive what its index says
  /// of its tensors, for another file the SHA-256 of the whole and which part of it was chosen; `nil` for a directory and for what never was a file.
  ///
  /// - Throws: `WeightsError` when the file cannot be read.
  package func identity() throws(WeightsError) -> String? {
    guard let contents = archive?.contentIdentifier.description, format == .archive else {
      let digest = try fileDigest()
      return dictionary.map { name in digest.map { Provenance.digest(of: "\($0)#\(name)") } } ?? digest
    }
    let pairs = metadata.sorted { $0.key < $1.key }.map {
      "\($0.key.utf8.count):\($0.key)\($0.value.utf8.count):\($0.value)"
    }
    return Provenance.digest(of: contents + pairs.joined())
  }

  /// The SHA-256 of the file, in 64 hexadecimal digits; `nil` for a directory and for what never was a file. Computed once.
  ///
  /// - Throws: `WeightsError` when the file cannot be read.
  public func fileDigest() throws(WeightsError) -> String? {
    do throws(WeightsProblem) {
      return try file?.digest()
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// Where the checkpoint came from: what the file itself says when it is an archive that does, else what it is.
  ///
  /// The same file gives the same pairs wherever it lies, and there is no date among them.
  ///
  /// - Throws: `WeightsError` when the file cannot be read.
  public func provenance() throws(WeightsError) -> [String: String] {
    let stated = metadata.filter { $0.key.hasPrefix("source.") }
    if format == .archive, stated[Provenance.fileKey] != nil { return stated }
    var pairs = [Provenance.formatKey: format.description]
    pairs[Provenance.fileKey] = path.split(separator: "/").last.map(String.init)
    pairs[Provenance.dictionaryKey] = dictionary
    pairs[Provenance.sizeKey] = file.map { String($0.size) }
    pairs[Provenance.digestKey] = try fileDigest()
    return pairs
  }

  /// The kind of file, or of the one that an archive was packed from.
  package var sourceFormat: CheckpointFormat {
    metadata[Provenance.formatKey].flatMap(CheckpointFormat.init(rawValue:)) ?? format
  }

  /// What the file says about its layers, to be carried along with tensors under their own names; `nil` when it says nothing.
  package var layersText: String? {
    guard !layers.isEmpty else { return nil }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(layers)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// What an archive carries along.
  static func layers(in metadata: [String: String]) throws(WeightsProblem) -> [StoredLayer] {
    guard let text = metadata[Provenance.layersKey] else { return [] }
    do {
      return try JSONDecoder().decode([StoredLayer].self, from: Data(text.utf8))
    } catch {
      throw .metadata(.malformed(key: Provenance.layersKey))
    }
  }

  /// The same tensors with other metadata.
  public func replacingMetadata(_ metadata: [String: String]) -> Checkpoint {
    var checkpoint = self
    checkpoint.metadata = metadata
    return checkpoint
  }
}
