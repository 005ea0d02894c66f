import ZooGraph
import ZooKernels
import ZooTensor

/// A forward pass as this machine runs it: the kernels, in order, and the memory that each of them works on.
///
/// The size of the images and the algorithms are settled; the number of images is not.
public struct Plan: Sendable {
  /// In the order in which they run.
  public private(set) var steps: [Step]
  /// What a run reads, in order.
  public let inputs: [NetworkInput]
  /// What a run answers with, in order.
  public let outputs: [Output]
  /// The shape of each output for one image.
  public let outputShapes: [Shape]
  let outputPlaces: [Place]
  let buffers: [Buffer]

  init(_ lowering: Lowering) {
    let flow = lowering.flow
    steps = lowering.steps
    inputs = flow.inputs.map { flow.graph.networkInput($0) }
    outputs = flow.outputs
    outputShapes = outputs.map { flow.graph[$0.value].shape }
    outputPlaces = outputs.map { output in
      guard let place = lowering.placement.places[flow.elements(of: output.value).index] else {
        preconditionFailure("output '\(output.name)' has no place")
      }
      return place
    }
    var buffers = lowering.placement.buffers
    for (index, step) in steps.enumerated() {
      for buffer in step.buffers { buffers[buffer].touch(index) }
    }
    for place in outputPlaces { buffers[place.buffer].touch(steps.count) }
    self.buffers = buffers
  }

  /// The memory of all packed weights, in the order of the steps.
  var packedBuffers: [FloatBuffer] { steps.flatMap { $0.packed?.buffers ?? [] } }

  /// The same plan with its weights in other memory.
  ///
  /// - Precondition: as many buffers of the same counts as `packedBuffers`.
  func replacingWeights(_ memory: [FloatBuffer]) -> Plan {
    var result = self
    var rest = memory[...]
    for index in steps.indices {
      guard let layer = steps[index].packed else { continue }
      let count = layer.buffers.count
      result.steps[index].kernel = steps[index].kernel.replacing(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    precondition(rest.isEmpty, "\(rest.count) buffers of weights are left over")
    return result
  }
}
