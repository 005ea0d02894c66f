import ZooKernels
import ZooTensor

/// A pass over the windows of a batch of changed images.
struct BatchComputation {
  let network: WindowedNetwork
  let machine: Machine
  let plan: WindowPlan
  /// What is changed in each image.
  let changes: [[InputChange]]
  let clean: CleanValues
  /// As many as the plan needs.
  let floats: UnsafeMutableBufferPointer<Float>

  func run() -> BatchAnswers {
    clean.image.withFloats { image in
      guard let first = image.baseAddress, let floats = floats.baseAddress else { return BatchAnswers(tensors: []) }
      for (index, changes) in changes.enumerated() where !changes.isEmpty {
        changes.write(image, network.input, into: floats + plan.changes[index])
      }
      let pass = WindowPass(
        network: network, machine: machine, plan: plan, floats: floats, clean: clean, image: first)
      pass.run()
      return BatchAnswers(tensors: pass.answers())
    }
  }
}

/// The network's outputs for a batch, in order.
struct BatchAnswers: Sendable {
  let tensors: [Tensor]

  /// `batch`: for each image its place among all.
  func put(_ batch: [Int], into answers: inout [[Float]]) {
    for (output, tensor) in tensors.enumerated() {
      let count = tensor.shape.elementCount / batch.count
      tensor.withFloats { floats in
        for (index, image) in batch.enumerated() {
          answers[output].replaceSubrange(
            image * count..<(image + 1) * count, with: floats[index * count..<(index + 1) * count])
        }
      }
    }
  }
}
