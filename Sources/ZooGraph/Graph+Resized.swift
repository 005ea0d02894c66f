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
      if case .input = draft.operation { draft.operation = .input(input) }
      if let first = draft.inputs.first, case .everything = draft.operation.traits.reach {
        let (expected, found) = (self[first].shape, result[first].shape)
        guard expected.elementCount == found.elementCount else {
          let map = unflattened(first)
          throw .fullyConnectedNeedsNativeSize(
            node: self[id].place, expected: self[map].shape, found: result[map].shape)
        }
      }
      if case .locallyConnected = draft.operation {
        let (expected, found) = (self[draft.inputs[0]].shape, result[draft.inputs[0]].shape)
        guard expected == found else {
          throw .locallyConnectedNeedsNativeSize(node: self[id].place, expected: expected, found: found)
        }
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
    self[id].operation.traits.keepsElements ? unflattened(self[id].inputs[0]) : id
  }
}
