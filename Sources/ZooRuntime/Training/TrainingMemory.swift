import ZooGraph
import ZooKernels
import ZooTensor

/// What training keeps from step to step beside the arena: the numbers of the layers and their gradients.
final class TrainingMemory {
  /// The tensors that learn, by the nodes that compute their gradients.
  let learning: [NodeID: String]
  /// The most images of a pass.
  let batch: Int
  /// Where in the run a pass is, read while it runs.
  let position: TrainingPosition
  /// What the gradient of each image's loss is multiplied with: one part of the batch.
  let lossFactor: LossFactor
  private(set) var tensors: [String: TrainedTensor] = [:]
  /// The layers that have weights, by their nodes' names.
  private var layers: [String: any PackedLayer] = [:]
  /// Their tensors.
  private var tensorNames: [String: [Parameter.Role: String]] = [:]
  /// The statistics of batches, by the nodes that compute them.
  private(set) var statistics: [NodeID: ChannelPairs] = [:]
  /// The batch norms, by their nodes' names.
  private var norms: [String: NormMemory] = [:]

  /// Where weights are transformed for Winograd's algorithm, before each use anew: as large as the largest need it.
  private let transformed: FloatBuffer

  convenience init(_ training: TrainingGraph, batch: Int) {
    self.init(
      learning: Dictionary(
        uniqueKeysWithValues: training.tensors.compactMap { tensor in
          tensor.gradient.map { ($0, tensor.declaration.name) }
        }),
      weights: training.tensors.map(\.declaration.shape), batch: batch)
  }

  /// - Parameters:
  ///   - learning: the tensors that learn, by the nodes that compute their gradients
  ///   - weights: the shapes of all tensors
  ///   - batch: the most images of a pass
  init(learning: [NodeID: String], weights: [Shape], batch: Int) {
    self.batch = batch
    self.learning = learning
    // Pages that no layer touches are never taken from the system.
    transformed = FloatBuffer(
      count: weights.filter { $0.rank == 4 }.map { Self.frequenciesPerWeight * $0.paddedCount }.max() ?? 0)
    position = TrainingPosition()
    lossFactor = LossFactor()
  }

  /// The most frequencies for each weight that a form of Winograd's algorithm has: 36 for 9, or 4 for 1 where channels fill
  /// blocks.
  private static let frequenciesPerWeight = 4

  /// The most floats of transformed weights that a layer asked for.
  private(set) var transformedCount = 0

  /// Memory for transformed weights, which the next layer uses too.
  func frequencies(_ count: Int) -> FloatBuffer {
    precondition(count <= transformed.count, "\(count) floats of transformed weights, there are \(transformed.count)")
    transformedCount = max(transformedCount, count)
    return FloatBuffer(UnsafePointer(transformed.floats), count: count, owner: transformed)
  }

  func layer<Layer>(_ name: String, as type: Layer.Type = Layer.self) -> Layer {
    guard let layer = layers[name] as? Layer else { preconditionFailure("'\(name)' has no weights of this kind") }
    return layer
  }

  /// Keeps a layer, and its tensors by the names that the node's parameters have.
  func keep(
    _ layer: some PackedLayer, of node: Node, weights: TrainedTensor.Layout, bias: TrainedTensor.Layout = .vector
  ) {
    layers[node.name] = layer
    for parameter in node.parameters {
      guard case .tensor(let name, let shape) = parameter.value else { continue }
      let isBias = parameter.role == .bias
      tensorNames[node.name, default: [:]][parameter.role] = name
      tensors[name] = TrainedTensor(
        name: name, shape: shape, numbers: layer.buffers[isBias ? 1 : 0], layout: isBias ? bias : weights)
    }
  }

  /// The tensor of a layer that has weights, if it learns.
  func learningTensor(_ role: Parameter.Role, of layer: String) -> String? {
    guard let name = tensorNames[layer]?[role], learning.values.contains(name) else { return nil }
    return name
  }

  /// Keeps the scale and the shift of a norm, or its running statistics. `names`: of the tensors, each a number for
  /// each channel; empty for constants.
  func keepPairs(_ names: [String], channels: Int, _ tensors: [Tensor?]) -> ChannelPairs {
    let buffer = FloatBuffer(count: ChannelPairs.floatCount(channels: channels))
    for (index, name) in names.enumerated() {
      let half = buffer.half(index)
      // A constant is that of unused lanes, too: a variance of 0 would make them infinite.
      guard !name.isEmpty else {
        half.floats.update(repeating: tensors[index]?.floats.first ?? 0, count: half.count)
        continue
      }
      tensors[index]?.withFloats { if let base = $0.baseAddress { half.floats.update(from: base, count: $0.count) } }
      self.tensors[name] = TrainedTensor(name: name, shape: [channels], numbers: half, layout: .vector)
    }
    return ChannelPairs(buffer, channels: channels)
  }

  /// The statistics that a batch norm reads: of the batch, by the node that computes them, or fixed ones.
  func statistics(_ id: NodeID, channels: Int) -> ChannelPairs {
    if let kept = statistics[id] { return kept }
    let made = ChannelPairs(channels: channels)
    statistics[id] = made
    return made
  }

  /// Keeps a norm: its scale and shift, and where its statistics are.
  func keep(_ norm: NormMemory, of node: Node) { norms[node.name] = norm }

  func norm(_ name: String) -> NormMemory {
    guard let norm = norms[name] else { preconditionFailure("'\(name)' is no norm") }
    return norm
  }

  /// Says where the gradients of a norm's scale and shift are, for those that learn.
  func keepGradients(of norm: NormMemory, learning: [String]) {
    for (index, name) in norm.tensors.enumerated() where learning.contains(name) {
      tensors[name]?.gradient = norm.gradientSums.half(index)
    }
  }

  /// The gradient of a tensor, made when it is asked for first.
  func gradient(_ name: String) -> FloatBuffer {
    guard let tensor = tensors[name] else { preconditionFailure("there is no tensor '\(name)'") }
    if let gradient = tensor.gradient { return gradient }
    let gradient = FloatBuffer(count: tensor.numbers.count)
    tensors[name]?.gradient = gradient
    return gradient
  }
}

/// What a batch norm has in training.
struct NormMemory {
  /// Scale and shift.
  let parameters: ChannelPairs
  /// Means and variances.
  let statistics: ChannelPairs
  let epsilon: Float
  /// Applied to the result.
  let activation: Activation?
  /// The names of scale and shift.
  let tensors: [String]
  /// The gradients of scale and shift for the images of a pass, which the gradient of the input needs.
  let gradient: ChannelPairs
  /// The same, summed over the passes of a batch.
  let gradientSums: FloatBuffer

  init(
    parameters: ChannelPairs, statistics: ChannelPairs, epsilon: Float, activation: Activation?, tensors: [String]
  ) {
    self.activation = activation
    self.parameters = parameters
    self.statistics = statistics
    self.epsilon = epsilon
    self.tensors = tensors
    gradient = ChannelPairs(channels: parameters.channels)
    gradientSums = FloatBuffer(count: ChannelPairs.floatCount(channels: parameters.channels))
  }
}

extension FloatBuffer {
  /// The first or the second half, in the same memory.
  func half(_ index: Int) -> FloatBuffer {
    FloatBuffer(UnsafePointer(floats + index * count / 2), count: count / 2, owner: self)
  }
}

extension Shape {
  /// The elements of a weight whose outputs and inputs fill whole blocks.
  fileprivate var paddedCount: Int {
    let lanes = BlockedLayout.lanes
    return dimensions.enumerated().reduce(1) { product, side in
      product.multipliedReportingOverflow(
        by: side.offset < 2 ? (side.element + lanes - 1) / lanes * lanes : side.element
      )
      .partialValue
    }
  }
}
