import ZooTensor

/// A network that slides turned back into the classifier that it was: what `FullyConnectedToConvolution` does, undone.
///
/// Requires: a verified graph as it was defined, at any size, and the record that the rewriting made of it.
/// Guarantees: `graph` has the original's name, layers, operations, connections, outputs and tensors, those that only
/// training uses included, at the native size; only where its layers were written down is not known. Rewriting it again
/// gives the given graph, so that a record of another network, or of one that was edited since, is refused.
public struct ConvolutionToFullyConnected: Hashable, Sendable {
  /// The original network.
  public let graph: Graph
  /// What rewriting changed, and is changed back.
  public let changes: [FullyConnectedToConvolution.Change]

  /// - Throws: `RestorationError` saying how the network contradicts the record.
  public init(_ converted: Graph, record: SlidingRecord) throws(RestorationError) {
    let native: Graph
    do throws(ConversionError) {
      native = try converted.resized(input: record.nativeInput)
    } catch {
      throw .conversion(error)
    }
    graph = try Self.original(of: native, record)
    let conversion: FullyConnectedToConvolution
    do throws(ConversionError) {
      conversion = try FullyConnectedToConvolution(graph)
    } catch {
      throw .conversion(error)
    }
    changes = conversion.changes
    try Self.compare(native, with: conversion.graph)
    guard conversion.outputStride == record.stride else {
      throw .strideDiffers(expected: conversion.outputStride, found: record.stride)
    }
    guard conversion.receptiveField == record.receptiveField else {
      throw .receptiveFieldDiffers(expected: conversion.receptiveField, found: record.receptiveField)
    }
  }

  /// The shared layers, then the recorded ones.
  private static func original(of converted: Graph, _ record: SlidingRecord) throws(RestorationError) -> Graph {
    guard let last = converted.ids.last(where: { converted[$0].name == record.lastShared }) else {
      throw .lastSharedMissing(name: record.lastShared)
    }
    var graph = Graph(name: record.name)
    var values: [String: NodeID] = [:]
    for node in converted.nodes.prefix(through: last.index) {
      do throws(LocatedShapeError) {
        values[node.name] = try graph.append(NodeDraft(node))
      } catch {
        throw .shape(error)
      }
    }
    for layer in record.layers {
      var inputs: [NodeID] = []
      for input in layer.inputs {
        guard let value = values[input] else { throw .inputMissing(layer: layer.name, input: input) }
        inputs.append(value)
      }
      do throws(ShapeError) {
        values[layer.name] = try graph.append(
          layer.operation, name: layer.name, inputs: inputs, isTrainingOnly: layer.isTrainingOnly)
      } catch {
        throw .shape(
          LocatedShapeError(
            node: NodePlace(name: layer.name), error: error,
            producers: inputs.map { LocatedShapeError.Producer(name: graph[$0].name, shape: graph[$0].shape) }))
      }
    }
    for output in record.outputs {
      guard let value = values[output.value] else { throw .outputMissing(output: output.name, value: output.value) }
      graph.outputs.append(
        Output(name: output.name, role: output.role, value: value, lossWeight: output.lossWeight))
    }
    if record.outputs.isEmpty, let value = graph.ids.last(where: { !graph[$0].isTrainingOnly }) {
      graph.outputs = [graph.standardOutput(value)]
    }
    return graph
  }

  /// Compares what was given with what rewriting the recorded network gives.
  private static func compare(_ found: Graph, with expected: Graph) throws(RestorationError) {
    for index in 0..<max(found.nodes.count, expected.nodes.count) {
      let here = index < found.nodes.count ? found.nodes[index] : nil
      let there = index < expected.nodes.count ? expected.nodes[index] : nil
      guard let here, let there, here.name == there.name, here.isTrainingOnly == there.isTrainingOnly else {
        throw .layersDiffer(expected: there?.place, found: here?.place)
      }
      guard here.inputs == there.inputs else {
        throw .inputsDiffer(
          node: here.place, expected: there.inputs.map { expected[$0].name }, found: here.inputs.map { found[$0].name })
      }
      guard here.operation == there.operation else {
        throw .operationsDiffer(node: here.place, expected: there.operation, found: here.operation)
      }
    }
    guard found.outputs == expected.outputs else {
      throw .outputsDiffer(expected: expected.outputs.map(\.name), found: found.outputs.map(\.name))
    }
  }
}
