import ZooGraph
import ZooTensor

/// A network under construction: layers that may still change, with their numbers, before they have names.
struct NetworkDraft {
  struct Layer {
    var operation: Operation
    var inputs: [Int]
    var shape: Shape
    /// In the shapes that the operation wants.
    var tensors: [Parameter.Role: Tensor]
    var names: ONNXLayerNames
    /// Where it is in the file.
    var place: String
    /// The node of the file that the layer was changed for last; values of nodes read before it are not the layer's.
    var changedFor: Int?
  }

  private(set) var layers: [Layer] = []

  /// Appends a layer.
  ///
  /// - Throws: `Refusal` when the operation does not fit its inputs, or a tensor the operation.
  mutating func append(
    _ operation: Operation, _ inputs: [Int], _ tensors: [Parameter.Role: Tensor] = [:], names: ONNXLayerNames,
    place: String
  ) throws(Refusal) -> Int {
    let signature: Operation.Signature
    do throws(ShapeError) {
      signature = try operation.signature(inputs: inputs.map { layers[$0].shape })
    } catch {
      throw Refusal("\(operation.kind.word) that cannot be: \(error)")
    }
    for needed in signature.parameters where needed.constant == nil {
      guard let tensor = tensors[needed.role], tensor.shape == needed.shape else {
        let found = tensors[needed.role].map { "\($0.shape)" } ?? "none"
        throw Refusal("its \(needed.role.rawValue) is \(found) where the layer needs \(needed.shape)")
      }
    }
    layers.append(
      Layer(
        operation: operation, inputs: inputs, shape: signature.shape, tensors: tensors, names: names, place: place))
    return layers.count - 1
  }

  /// Replaces a layer's operation by one that makes the same shape of the same inputs, so that it computes what the node
  /// of the file at this place does.
  mutating func change(
    _ layer: Int, to operation: Operation, _ tensors: [Parameter.Role: Tensor], for node: Int
  ) {
    layers[layer].operation = operation
    layers[layer].tensors = tensors
    layers[layer].changedFor = node
  }

  mutating func rename(_ layer: Int, _ names: ONNXLayerNames) { layers[layer].names = names }

  /// The layers that the given ones depend on, themselves among them.
  func needed(for outputs: [Int]) -> [Bool] {
    var isNeeded = layers.map { layer in if case .input = layer.operation { true } else { false } }
    for output in outputs { isNeeded[output] = true }
    for index in layers.indices.reversed() where isNeeded[index] {
      for input in layers[index].inputs { isNeeded[input] = true }
    }
    return isNeeded
  }
}

/// What zoo has no layer for, or cannot be: a sentence without its subject, which is a node of the file.
struct Refusal: Error, Hashable {
  let what: String

  init(_ what: String) {
    self.what = what
  }
}
