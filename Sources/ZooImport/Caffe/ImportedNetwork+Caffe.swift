import ZooGraph
import ZooSpec
import ZooTensor
import ZooWeights

extension ImportedNetwork {
  /// A network of Caffe's: its `.prototxt` file, of either format, and where there is one its `.caffemodel`.
  ///
  /// What computes answers is kept: layers of the training phase, losses and accuracies are left out, and auxiliary
  /// classifiers are for training only. What is fed is what `input`, an `Input` layer or a data layer says; a data layer's
  /// `transform_param` becomes the card's preprocessing.
  ///
  /// - Parameters:
  ///   - prototxt: the path of the definition.
  ///   - weights: the path of the weights; `nil`: the structure alone.
  ///   - input: `[channels, height, width]`, in place of what the file says, or where it says nothing.
  /// - Throws: `ImportError` for what zoo's graph cannot say, all of it, and for what contradicts itself; `WeightsError` for
  ///   bytes that are not what they should be.
  public init(prototxt: String, weights: String? = nil, input: Shape? = nil) throws {
    let message = try CaffeMessage.open(prototxt)
    try self.init(
      caffe: message, path: prototxt, checkpoint: try weights.map { try Checkpoint.open($0) }, input: input)
  }

  /// A network of Caffe's out of its `.caffemodel` alone, which has the layers that it was trained with.
  ///
  /// - Parameters:
  ///   - caffemodel: its path.
  ///   - input: `[channels, height, width]`; the file of a network that read a database does not say it.
  /// - Throws: as above.
  public init(caffemodel: String, input: Shape? = nil) throws {
    let message = try CaffeMessage.open(caffemodel)
    try self.init(caffe: message, path: caffemodel, checkpoint: try Checkpoint.open(caffemodel), input: input)
  }

  /// As above, of what has been read. `path` is for messages, and for the name of a network that has none.
  package init(caffe message: CaffeMessage, path: String, checkpoint: Checkpoint?, input: Shape? = nil) throws {
    var importer = CaffeImporter(net: try CaffeNet(message, file: path), checkpoint: checkpoint, input: input)
    try importer.run()
    self = try importer.network().withinRanges(file: path)
  }
}
