import ZooGraph
import ZooImport
import ZooSpec
import ZooTensor
import ZooWeights

private let limits = WeightsLimits(maximumBytes: 16 << 20)

/// Imports a network of another framework's, all the way to the definition. What is accepted must have the tensors that its
/// graph names, and must survive being written down.
func checkImport(_ format: FuzzTarget, _ bytes: [UInt8]) {
  do {
    let network = try imported(format, bytes)
    if let weights = network.weights {
      for tensor in network.graph.tensors {
        expect(weights.contains(tensor.name), "no tensor \(tensor.name)")
        let entry = weights.entries.first { $0.name == tensor.name }
        expect(entry?.shape == tensor.shape, "\(tensor.name) is \(entry?.shape as Shape?), not \(tensor.shape)")
      }
    }
    // The definition takes most of the time: one input in four has it, the same ones in every run, and no large graph.
    guard network.graph.nodes.count <= 100, bytes.reduce(0, { $0 &* 31 &+ $1 }) % 4 == 0 else { return }
    let definition = try ReadableDefinition(network.graph, card: network.card)
    expect(definition.graph.nodes.map(\.shape) == network.graph.nodes.map(\.shape), "other shapes: \(definition.text)")
    expect(
      definition.graph.nodes.map(\.operation) == network.graph.nodes.map(\.operation),
      "other operations: \(definition.text)")
  } catch let error as any ZooFailure {
    expect(!"\(error)".isEmpty, "no words")
    if error.category == .internalError { fatalError("an error of zoo's: \(error)") }
  } catch {
    fatalError("an error without a category: \(error)")
  }
}

private func imported(_ format: FuzzTarget, _ bytes: [UInt8]) throws -> ImportedNetwork {
  // A file of structure ends at the first zero, and what follows is the file of weights that belongs to it.
  let end = bytes.firstIndex(of: 0) ?? bytes.endIndex
  let (structure, weights) = (Array(bytes[..<end]), Array(bytes[end...].dropFirst()))
  switch format {
  case .importCaffe:
    if bytes.first == 0x0A {
      return try ImportedNetwork(
        caffe: CaffeMessage.open(bytes: bytes, name: "input.caffemodel"), path: "input.caffemodel",
        checkpoint: Checkpoint.open(bytes: bytes, name: "input.caffemodel", limits: limits), input: [3, 32, 32])
    }
    return try ImportedNetwork(
      caffe: CaffeMessage.open(bytes: structure, name: "input.prototxt"), path: "input.prototxt",
      checkpoint: weights.isEmpty
        ? nil : Checkpoint.open(bytes: weights, name: "input.caffemodel", limits: limits))
  case .importDarknet:
    return try ImportedNetwork(
      darknet: DarknetConfiguration.open(bytes: structure, name: "input.cfg"), path: "input.cfg",
      weights: weights.isEmpty ? nil : weights)
  case .importConvNetJS:
    return try ImportedNetwork(convNetJS: ConvNetJSFile.open(bytes: bytes, name: "input.json"), path: "input.json")
  case .importKeras:
    var file = bytes
    if bytes.first == UInt8(ascii: "{") {
      file = StoredZip([("config.json", structure), ("model.weights.h5", weights)]).bytes
    }
    return try ImportedNetwork(keras: file, name: "input.keras", limits: limits)
  default:
    return try ImportedNetwork(onnx: bytes, name: "input.onnx", limits: limits)
  }
}
