import ZooGraph
import ZooTensor

/// What a network reads.
public struct NetworkInput: Hashable, Sendable {
  /// The name of the graph's node.
  public let name: String
  /// Of one image: `[channels, height, width]`, or `[features]`.
  public let shape: Shape
}

extension Graph {
  /// The nodes that images are fed to, in order: those that only training reads are left out unless asked for.
  ///
  /// - Throws: `RuntimeError.inputRank` when one is neither an image nor a vector.
  func selectedInputs(for outputs: [Output], includingTraining: Bool) throws(RuntimeError) -> [NodeID] {
    let needed = isNeeded(for: outputs.map(\.value))
    let selected = inputs.filter { includingTraining || needed[$0.index] || !self[$0].isTrainingOnly }
    for input in selected {
      let shape = self[input].shape
      guard shape.rank == 3 || shape.rank == 1 else { throw .inputRank(shape) }
    }
    return selected
  }

  /// What is told of an input.
  func networkInput(_ id: NodeID) -> NetworkInput { NetworkInput(name: self[id].name, shape: self[id].shape) }
}

extension [NetworkInput] {
  /// The images of a network's only input.
  ///
  /// - Throws: `RuntimeError.inputCount`, `.imageShape` or `.imageNotFinite`.
  func batch(_ images: Tensor) throws(RuntimeError) -> ImageBatch {
    guard count == 1 else { throw .inputCount(count) }
    return try ImageBatch(images, shape: self[0].shape)
  }

  /// The images of each input, in order, as many for one as for another.
  ///
  /// - Throws: `RuntimeError.inputUnknown`, `.inputMissing`, `.imageCountsDiffer`, or `.input` for images that cannot be used.
  func batches(_ images: [String: Tensor]) throws(RuntimeError) -> [ImageBatch] {
    let names = map(\.name)
    if let unknown = images.keys.filter({ !names.contains($0) }).min() {
      throw .inputUnknown(unknown, expected: names)
    }
    var batches: [ImageBatch] = []
    for input in self {
      guard let images = images[input.name] else { throw .inputMissing(input.name, expected: names) }
      do throws(RuntimeError) {
        batches.append(try ImageBatch(images, shape: input.shape))
      } catch {
        throw .input(input.name, error)
      }
      let (expected, found) = (batches[0].count, batches[batches.count - 1].count)
      guard found == expected else { throw .imageCountsDiffer(input: input.name, expected: expected, found: found) }
    }
    return batches
  }
}
