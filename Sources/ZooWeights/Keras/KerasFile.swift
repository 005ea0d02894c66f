/// A model as Keras saved it: a description in JSON, and its tensors.
///
/// | file | description | tensors |
/// |---|---|---|
/// | HDF5, of Keras 1 to 3 | the attribute `model_config` | `model_weights/LAYER/…`, listed by the attribute `weight_names` |
/// | `.keras`, of Keras 3 | `config.json` | `model.weights.h5` in it: `layers/CLASS/vars/0`, … |
package struct KerasFile: Sendable {
  /// The description, as JSON.
  package let configuration: JSONValue
  /// Of the Keras that wrote the file, such as `2.0.5`.
  package let version: String?
  /// By their paths in the file.
  package let weights: Checkpoint
  /// The tensors of each layer of the model in Keras' order, by the layer's name; `nil` for a `.keras` file.
  package let layers: [String: [String]]?

  /// A description of a large network has a few hundred KiB.
  private static let maximumConfiguration = 64 << 20

  /// - Throws: `WeightsError` when the file is not one that Keras' `model.save` wrote, or is damaged.
  package init(_ path: String, limits: WeightsLimits = WeightsLimits()) throws(WeightsError) {
    do throws(WeightsProblem) {
      try self.init(InputFile(path), limits: limits)
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// A file that is in memory; `name` stands for its path in errors.
  package init(bytes: [UInt8], name: String, limits: WeightsLimits = WeightsLimits()) throws(WeightsError) {
    do throws(WeightsProblem) {
      try self.init(InputFile(bytes: bytes, name: name), limits: limits)
    } catch {
      throw WeightsError(path: name, error)
    }
  }

  private init(_ file: InputFile, limits: WeightsLimits) throws(WeightsProblem) {
    guard file.size > 0 else { throw .file(.empty) }
    let start = try file.bytes(at: 0, count: min(file.size, 8))
    if start.elementsEqual(HDF5File.magic) {
      try self.init(hdf5: file, limits: limits)
    } else if start.starts(with: [0x50, 0x4B, 3, 4]) {
      try self.init(archive: file, limits: limits)
    } else {
      throw .keras(.otherFile)
    }
  }

  private init(hdf5 file: InputFile, limits: WeightsLimits) throws(WeightsProblem) {
    let contents = try HDF5File(HDF5Bytes(file), limits: limits)
    let root = contents.attributes[""] ?? [:]
    guard let text = root["model_config"]?.first else { throw .keras(.noConfiguration) }
    configuration = try Self.parse(Array(text.utf8))
    version = root["keras_version"]?.first ?? contents.attributes["model_weights"]?["keras_version"]?.first
    let weights = try contents.checkpoint(format: .hdf5, path: file.path)
    self.weights = weights
    let group = contents.attributes["model_weights"] ?? [:]
    guard let names = Self.list("layer_names", in: group) else { throw .keras(.noLayerNames) }
    var layers: [String: [String]] = [:]
    for name in names {
      let path = "model_weights/\(name)"
      let tensors = (Self.list("weight_names", in: contents.attributes[path] ?? [:]) ?? []).map { "\(path)/\($0)" }
      if let missing = tensors.first(where: { !weights.contains($0) }) { throw .keras(.missingTensor(missing)) }
      guard layers.updateValue(tensors, forKey: name) == nil else { throw .keras(.duplicateLayer(name)) }
    }
    self.layers = layers
  }

  private init(archive file: InputFile, limits: WeightsLimits) throws(WeightsProblem) {
    let directory = try ZipDirectory(file)
    guard let member = directory[KerasArchive.configuration] else { throw .keras(.otherFile) }
    configuration = try Self.parse(KerasArchive.content(of: member, in: file, atMost: Self.maximumConfiguration))
    var version: String?
    if let member = directory[KerasArchive.metadata] {
      let text = try KerasArchive.content(of: member, in: file, atMost: Self.maximumConfiguration)
      version = try Self.parse(text)["keras_version"]?.string
    }
    self.version = version
    weights = try KerasArchive.weights(file, directory: directory, limits: limits)
      .checkpoint(format: .keras, path: file.path)
    layers = nil
  }

  private static func parse(_ bytes: [UInt8]) throws(WeightsProblem) -> JSONValue {
    guard bytes.count <= maximumConfiguration else { throw .keras(.configurationTooLarge(limit: maximumConfiguration)) }
    return try JSONValue(bytes)
  }

  /// A list that Keras divides into `NAME0`, `NAME1`, … where it is too long for one attribute.
  private static func list(_ name: String, in attributes: [String: [String]]) -> [String]? {
    if let whole = attributes[name] { return whole }
    var parts: [String] = []
    var number = 0
    while let part = attributes["\(name)\(number)"] {
      parts += part
      number += 1
    }
    return number > 0 ? parts : nil
  }
}

/// Why a file is not a model that Keras saved.
public enum KerasProblem: Hashable, Sendable {
  /// Neither HDF5 nor a `.keras` archive.
  case otherFile
  /// An HDF5 file with tensors at most.
  case noConfiguration
  case configurationTooLarge(limit: Int)
  /// No list of the layers that have weights.
  case noLayerNames
  case noWeights
  case duplicateLayer(String)
  /// A tensor that a layer lists is not in the file.
  case missingTensor(String)
}
