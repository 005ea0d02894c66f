import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

extension ImportedNetwork {
  /// A network of Keras': an HDF5 file of Keras 2 or 3, or a `.keras` archive, with its weights.
  ///
  /// Sequential and functional models are read, models in models too, whose layers get paths. No code of the file is run: a
  /// `Lambda` is refused. Kernels and the rows after a `Flatten` are put into zoo's order, channels first.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - input: `[channels, height, width]`, for a model that leaves some of them open.
  ///   - limits: how much its tensors may take.
  /// - Throws: `ImportError` for what zoo's graph cannot say, all of it, and for what contradicts itself; `WeightsError` for
  ///   bytes that are not what they should be.
  public init(keras path: String, input: Shape? = nil, limits: WeightsLimits = WeightsLimits()) throws {
    try self.init(keras: KerasFile(path, limits: limits), path: path, input: input)
  }

  /// As above, of a file that is in memory; `name` stands for its path.
  public init(
    keras bytes: [UInt8], name: String, input: Shape? = nil, limits: WeightsLimits = WeightsLimits()
  ) throws {
    try self.init(keras: KerasFile(bytes: bytes, name: name, limits: limits), path: name, input: input)
  }

  private init(keras file: KerasFile, path: String, input: Shape?) throws {
    let model = try KerasModel(file.configuration, file: path)
    var importer = KerasImporter(file: file, path: path, name: LayerNames.model(model.name, or: path), input: input)
    self = try importer.network(of: model).withinRanges(file: path)
  }
}
