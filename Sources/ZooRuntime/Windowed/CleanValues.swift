import ZooGraph
import ZooKernels
import ZooTensor

/// Every value of one image, whole and without halos.
final class CleanValues: @unchecked Sendable {
  private let network: WindowedNetwork
  private let plan: WindowPlan
  private let memory: FloatBuffer
  /// The image, float32.
  let image: Tensor
  /// The network's outputs, in order, each with a batch dimension of 1 in front.
  let answers: [Tensor]

  /// `image`: float32, of the network's input shape.
  init(_ network: WindowedNetwork, _ plan: WindowPlan, _ image: Tensor) {
    let memory = FloatBuffer(count: plan.byteCount / MemoryLayout<Float>.stride)
    (self.network, self.plan, self.memory, self.image) = (network, plan, memory, image)
    answers = network.machine.pool.run {
      image.withFloats { floats in
        guard let first = floats.baseAddress else { return [] }
        (memory.floats + plan.changes[0]).update(from: first, count: floats.count)
        let pass = WindowPass(
          network: network, machine: network.machine, plan: plan, floats: memory.floats, clean: nil, image: first)
        pass.run()
        return pass.answers()
      }
    }
  }

  /// The plan of a pass that computes them.
  static func plan(_ network: WindowedNetwork) -> WindowPlan {
    WindowPlan(network, windows: [network.wholeWindows()], keepsAll: true)
  }

  func map(of id: NodeID) -> BlockedView {
    WindowPass(
      network: network, machine: network.machine, plan: plan, floats: memory.floats, clean: nil,
      image: UnsafePointer(memory.floats)
    ).tile(id, images: 0..<1)
  }
}

extension WindowPass {
  /// The network's outputs, in order, with a batch dimension in front.
  func answers() -> [Tensor] {
    zip(network.outputs, plan.answers.indices).map { output, index in
      let shape = network.flow.graph[output.value].shape
      return Tensor(shape: Shape([plan.images] + shape.dimensions)) { bytes in
        guard let floats = bytes.bindMemory(to: Float.self).baseAddress else { return }
        answer(index, into: floats)
      }
    }
  }
}
