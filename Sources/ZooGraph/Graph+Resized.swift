import ZooTensor

extension Graph {
  /// The same network for an input of another shape; every shape is inferred again.
  ///
  /// - Throws: `ConversionError` naming the first node that does not work at this size: a window larger than its
  ///   input, or a fully connected layer, whose weights fit one size only.
  public func resized(input: Shape) throws(ConversionError) -> Graph {
    guard inputs.count == 1 else { throw .inputCount(found: inputs.count) }
    var result = Graph(name: name)
    for id in ids {
      var draft = NodeDraft(self[id])
      switch draft.operation {
      case .input:
        draft.operation = .input(input)
      case .fullyConnected:
        let (expected, found) = (self[draft.inputs[0]].shape, result[draft.inputs[0]].shape)
        guard expected.elementCount == found.elementCount else {
          let map = unflattened(draft.inputs[0])
          throw .fullyConnectedNeedsNativeSize(
            node: self[id].place, expected: self[map].shape, found: result[map].shape)
        }
      case .locallyConnected:
        let (expected, found) = (self[draft.inputs[0]].shape, result[draft.inputs[0]].shape)
        guard expected == found else {
          throw .locallyConnectedNeedsNativeSize(node: self[id].place, expected: expected, found: found)
        }
      case .convolution, .maxPool, .averagePool, .globalAveragePool, .adaptiveAveragePool, .activation, .batchNorm,
        .localResponseNorm, .dropout, .softmax, .concat, .add, .flatten, .subsample:
        break
      }
      do throws(LocatedShapeError) {
        try result.append(draft)
      } catch {
        throw .shape(error)
      }
    }
    result.outputs = outputs
    return result
  }

  /// The node that produces the map that a flattened or dropped-out value consists of.
  private func unflattened(_ id: NodeID) -> NodeID {
    switch self[id].operation {
    case .flatten, .dropout: unflattened(self[id].inputs[0])
    default: id
    }
  }
}
