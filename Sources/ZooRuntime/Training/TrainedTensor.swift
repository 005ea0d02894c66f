import ZooGraph
import ZooKernels
import ZooTensor

/// A tensor of the checkpoint as training keeps it: in the order in which kernels read it, so that optimisers work element by
/// element and nothing is repacked.
package struct TrainedTensor: Sendable {
  package let name: String
  package let shape: Shape
  /// The numbers, which kernels read. Beside those of the tensor there may be zeros, for which gradients are zero.
  package let numbers: FloatBuffer
  /// Of the loss's mean over the batch; `nil` for what does not learn.
  package internal(set) var gradient: FloatBuffer?
  let layout: Layout

  /// What `numbers` are in the order of.
  enum Layout: Sendable {
    case convolutionWeights(PackedConvolution)
    case locallyConnectedWeights(PackedLocallyConnected)
    case locallyConnectedBias(PackedLocallyConnected)
    case fullyConnectedWeights(PackedFullyConnected)
    /// One after the other.
    case vector
    /// One number for all.
    case repeated
  }

  /// Floats in the order of the tensor's numbers, as a tensor.
  package func unpacked(_ buffer: FloatBuffer) -> Tensor {
    switch layout {
    case .convolutionWeights(let layer): layer.unpack(weights: buffer.floats).reshaped(to: shape)
    case .locallyConnectedWeights(let layer): layer.unpack(weights: buffer.floats).reshaped(to: shape)
    case .locallyConnectedBias(let layer): layer.unpack(bias: buffer.floats).reshaped(to: shape)
    case .fullyConnectedWeights(let layer): layer.unpack(buffer).reshaped(to: shape)
    case .vector, .repeated:
      Tensor(shape: shape, floats: Array(UnsafeBufferPointer(start: buffer.floats, count: shape.elementCount)))
    }
  }

  /// Whether all of the numbers are the same one, and so are those of the gradient.
  package var isRepeated: Bool { if case .repeated = layout { true } else { false } }

  /// The tensor as it is now.
  package var tensor: Tensor { unpacked(numbers) }

  /// Brings a tensor of this shape into the order of the numbers.
  package func pack(_ tensor: Tensor, into floats: UnsafeMutablePointer<Float>, on pool: ThreadPool) {
    func copy(_ layer: some PackedLayer, _ index: Int = 0) {
      floats.update(from: layer.buffers[index].floats, count: numbers.count)
    }
    switch layout {
    case .convolutionWeights(let layer):
      copy(
        PackedConvolution(layer.geometry, weights: tensor, bias: nil, inputForm: layer.inputForm, pool: pool))
    case .locallyConnectedWeights(let layer):
      copy(PackedLocallyConnected(layer.geometry, weights: tensor, bias: nil, pool: pool))
    case .locallyConnectedBias(let layer):
      let weights = layer.unpackWeights()
      copy(PackedLocallyConnected(layer.geometry, weights: weights, bias: tensor, pool: pool), 1)
    case .fullyConnectedWeights(let layer):
      copy(PackedFullyConnected(inputShape: layer.inputShape, weights: tensor, bias: nil, pool: pool))
    case .vector:
      tensor.withFloats { source in
        if let base = source.baseAddress { floats.update(from: base, count: source.count) }
      }
    case .repeated: tensor.withFloats { floats.update(repeating: $0[0], count: numbers.count) }
    }
  }
}
