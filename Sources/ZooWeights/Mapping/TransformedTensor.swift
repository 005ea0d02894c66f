import ZooTensor

/// A tensor of a checkpoint and what to do with it: transforms whose shapes have been checked.
struct TransformedTensor: Sendable {
  enum Change: Hashable, Sendable {
    case transpose([Int])
    case reshape(Shape)
    case flipInputChannels
    /// By the one number of the checkpoint's entry at that position.
    case divide(by: Int)
    /// Each element times a power of two, which is exact.
    case scale(Float)
  }

  /// In the checkpoint.
  let position: Int
  let steps: [Change]

  /// Whether the bytes are those of the file, in their order.
  var keepsBytes: Bool {
    steps.allSatisfy { step in
      if case .reshape = step { true } else { false }
    }
  }

  /// Division and scaling compute in float32; everything else moves elements of any type.
  func elementType(_ stored: ElementType) -> ElementType {
    let computes = steps.contains { step in
      switch step {
      case .divide, .scale: true
      case .transpose, .reshape, .flipInputChannels: false
      }
    }
    return computes ? .float32 : stored
  }

  /// Reads the tensor and applies the steps.
  func read(from checkpoint: Checkpoint) throws(WeightsProblem) -> Tensor {
    // Small tensors are read side by side, each by one thread.
    let threads = checkpoint.pieces(of: position).count > 8 ? Workers.processorCount : 1
    var tensor = try checkpoint.read(position, threads: threads)
    for step in steps {
      switch step {
      case .transpose(let order): tensor = tensor.transposed(order)
      case .reshape(let shape): tensor = tensor.reshaped(to: shape)
      case .flipInputChannels: tensor = tensor.flippingSecondAxis()
      case .divide(let divisor):
        let divisor = try checkpoint.read(divisor, threads: 1).convertedToFloat32().floats[0]
        tensor = tensor.mapped { divisor == 0 ? 0 : $0 / divisor }
      case .scale(let factor): tensor = tensor.mapped { $0 * factor }
      }
    }
    return tensor
  }
}

extension Tensor {
  /// Axis `i` of the result is axis `order[i]`.
  fileprivate func transposed(_ order: [Int]) -> Tensor {
    var strides = [Int](repeating: 1, count: shape.rank)
    for axis in strides.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    let sizes = order.map { shape[$0] }
    let layout = StridedLayout(sizes: sizes, strides: order.map { strides[$0] })
    return withUnsafeBytes { source in
      Tensor(shape: Shape(sizes), elementType: elementType) { target in
        layout.gather(from: source, elementSize: elementType.size, into: target)
      }
    }
  }

  fileprivate func flippingSecondAxis() -> Tensor {
    let inner = shape.dimensions.dropFirst(2).reduce(elementType.size, *)
    let (outer, channels) = (shape[0], shape[1])
    return withUnsafeBytes { source in
      Tensor(shape: shape, elementType: elementType) { target in
        for row in 0..<outer {
          for channel in 0..<channels {
            let from = (row * channels + channels - 1 - channel) * inner
            let to = (row * channels + channel) * inner
            UnsafeMutableRawBufferPointer(rebasing: target[to..<to + inner])
              .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<from + inner]))
          }
        }
      }
    }
  }

  /// Every element, in float32, changed.
  fileprivate func mapped(_ change: (Float) -> Float) -> Tensor {
    convertedToFloat32().withFloats { source in
      Tensor(shape: shape) { bytes in
        let target = bytes.bindMemory(to: Float.self)
        for index in source.indices { target[index] = change(source[index]) }
      }
    }
  }
}
