import ZooTensor

/// The weights of a network in ONNX, a `ModelProto`: the initializers of its graph, and the constants among the nodes that
/// layers compute with.
///
/// A tensor that a layer computes with is presented as PyTorch has it, whatever the file's product is: `[out, in]` for a
/// fully connected layer. It keeps its name when that is one; what an exporter made up gives way to the name of its layer,
/// where the nodes tell it. What the nodes say about layers is in `Checkpoint.layers`.
///
/// Integers that only tell an operator where to cut are no weights and are left out. Functions and the graphs inside nodes
/// are not read; a matrix that goes into one is refused.
enum ONNXModel {
  /// What zoo writes as a producer's name. It has all weights in initializers; what its constants hold is arithmetic.
  static let ownProducer = "zoo"

  static func open(_ file: InputFile, limits: WeightsLimits) throws(WeightsProblem) -> Checkpoint {
    let contents = try ONNXContents(file)
    var files = ONNXExternalFiles(model: file)
    var initializers: [ONNXSource.Item] = []
    for tensor in contents.initializers { initializers.append(try tensor.item(files: &files)) }
    let values = try ONNXValues(
      initializers, contents.nodes, in: file, files,
      readsConstants: contents.metadata[ONNXContents.producerKey] != ownProducer)
    let selection = ONNXSelection(try ONNXLayers(values))
    guard !selection.tensors.isEmpty else { throw .onnx(contents.nodes.isEmpty ? .noInitializers : .noWeights) }
    var items: [ONNXSource.Item] = []
    var logicalBytes = 0
    for tensor in selection.tensors {
      let item = values.items[tensor]
      try limits.add(item.entry.byteCount, to: &logicalBytes)
      items.append(item)
    }
    let stored = try Checkpoint(
      format: .onnx, path: file.path, entries: items.map(\.entry), metadata: contents.metadata,
      source: ONNXSource(file: file, items: items))
    var checkpoint = stored
    if selection.changesTensors {
      checkpoint = try Checkpoint(
        format: .onnx, path: file.path, entries: selection.entries(of: stored), metadata: contents.metadata,
        source: MappedSource(checkpoint: stored, origins: selection.transformed.map { .stored($0) }))
    }
    checkpoint.layers = selection.layers
    return checkpoint
  }
}

/// What is wrong with an ONNX model beside its protobuf encoding.
public enum ONNXProblem: Hashable, Sendable {
  case noGraph
  case noInitializers
  /// There are nodes, and none of them has weights.
  case noWeights
  /// More nodes, or values between them, than any network has.
  case graphTooLarge
  /// Two nodes make a value of one name, or a node one that an initializer has.
  case valueTwice(String)
  /// The weight of `reader` is not a tensor but what an operation makes of one.
  case computedWeight(tensor: String, node: String, operation: String, reader: String)
  /// Two nodes read a tensor in ways that cannot both be a layer's.
  case contradictoryUse(tensor: String, first: String, second: String)
  /// A product with the weight on the left.
  case matrixFirst(tensor: String, node: String)
  /// A product with its input transposed.
  case transposedInput(tensor: String, node: String)
  case notAMatrix(tensor: String, node: String, Shape)
  /// A factor that is not a power of two, so that the products would be rounded.
  case inexactScale(tensor: String, node: String, attribute: String, Float)
  /// `auto_pad` of a convolution is no word that ONNX has.
  case automaticPadding(node: String, rule: String)
  /// A weight goes into an operator that is not ONNX's own, such as a function of the model's.
  case unknownOperator(tensor: String, node: String, operation: String)
  case tooManyTensors
  case tooManyDimensions(tensor: String)
  /// `code` is a number of `TensorProto.DataType`.
  case unsupportedElementType(tensor: String, code: Int)
  case tooManyElements(tensor: String, [Int])
  case elementCount(tensor: String, expected: Int, found: Int)
  case dataLength(tensor: String, expected: Int, found: Int)
  /// The elements are in several fields, or in one that does not go with their type.
  case misplacedData(tensor: String)
  case valueOutOfRange(tensor: String, Int)
  case sparse(tensor: String)
  case segmented(tensor: String)
  /// The model is in memory, so that there is no directory for its other files.
  case externalInMemory(tensor: String)
  /// A model names the file of its elements in UTF-8, and the file to be written has another name.
  case externalNotUTF8
  /// Not a plain path below the model's directory.
  case externalPath(tensor: String, location: String)
  /// `offset` or `length` is not a number.
  case externalNumber(tensor: String, key: String, value: String)
  case externalLength(tensor: String, location: String, expected: Int, found: Int)
  case externalPastEnd(tensor: String, location: String, offset: Int, length: Int, fileSize: Int)
  case inExternal(location: String, WeightsProblem)
  /// A model to be written, with its weights inside, is longer than protobuf allows.
  case tooLarge(size: Int)
}
