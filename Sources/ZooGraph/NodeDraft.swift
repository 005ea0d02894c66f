import ZooTensor

/// A node of a graph under construction.
struct NodeDraft: Hashable {
  var name: String
  var operation: Operation
  var inputs: [NodeID]
  var parameters: [Parameter]
  var isTrainingOnly: Bool
  var origin: Origin?

  init(_ node: Node) {
    name = node.name
    operation = node.operation
    inputs = node.inputs
    parameters = node.parameters
    isTrainingOnly = node.isTrainingOnly
    origin = node.origin
  }
}

extension Graph {
  /// Appends a draft whose inputs are nodes of this graph.
  @discardableResult
  mutating func append(_ draft: NodeDraft) throws(LocatedShapeError) -> NodeID {
    do throws(ShapeError) {
      return try append(
        draft.operation, name: draft.name, inputs: draft.inputs, parameters: draft.parameters,
        isTrainingOnly: draft.isTrainingOnly, origin: draft.origin)
    } catch {
      throw LocatedShapeError(
        node: NodePlace(name: draft.name, origin: draft.origin), error: error,
        producers: draft.inputs.map { LocatedShapeError.Producer(name: self[$0].name, shape: self[$0].shape) })
    }
  }

  /// Builds a graph of the same name and outputs from one draft per node, or none where the node is left out. Drafts
  /// name their inputs by this graph's identifiers. An output whose node is left out is left out too. Precondition: a
  /// draft reads only nodes that have a draft or a substitute. `substitutes`: for nodes that are left out, the earlier
  /// node that has the same value.
  func rebuilt(
    _ drafts: [NodeDraft?], substitutes: [NodeID: NodeID] = [:]
  ) throws(LocatedShapeError) -> Graph {
    var result = Graph(name: name)
    var images = [NodeID?](repeating: nil, count: nodes.count)
    for id in ids {
      if var draft = drafts[id.index] {
        draft.inputs = draft.inputs.map { input in
          guard let image = images[input.index] else {
            preconditionFailure("\(draft.name) reads \(self[input].name), which was left out")
          }
          return image
        }
        images[id.index] = try result.append(draft)
      } else if let substitute = substitutes[id] {
        images[id.index] = images[substitute.index]
      }
    }
    result.outputs = outputs.compactMap { output in
      images[output.value.index].map { image in
        Output(name: output.name, role: output.role, value: image, lossWeight: output.lossWeight)
      }
    }
    return result
  }

  /// Merges nodes into the one that reads them, wherever `merge` agrees; the merged node stands at the reader's place.
  ///
  /// `merge` is given a producer that nobody else needs — a single reader, no output, needed by training or by
  /// inference like its reader — with its identifier, and the reader. Of several candidates the last computed is
  /// asked first. What was merged may be merged again.
  func fusing(
    _ merge: (_ producer: NodeDraft, _ id: NodeID, _ reader: NodeDraft) -> NodeDraft?
  ) throws(LocatedShapeError) -> Graph {
    let readers = readers()
    let outputValues = Set(outputs.map(\.value))
    var drafts = nodes.map { NodeDraft($0) as NodeDraft? }
    for id in ids {
      guard let reader = drafts[id.index] else { continue }
      for producer in reader.inputs.sorted(by: >) {
        guard readers[producer.index] == [id], !outputValues.contains(producer),
          let draft = drafts[producer.index], draft.isTrainingOnly == reader.isTrainingOnly,
          let merged = merge(draft, producer, reader)
        else { continue }
        drafts[producer.index] = nil
        drafts[id.index] = merged
        break
      }
    }
    return try rebuilt(drafts)
  }
}
