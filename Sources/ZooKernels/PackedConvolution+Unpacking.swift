import ZooTensor

extension PackedConvolution {
  /// The floats of the packed weights, and so of their gradient and of all else that has an element for each.
  public var weightFloats: Int { weights.count }

  /// The floats of the packed biases: those of whole blocks, then 32 zeros.
  public var biasFloats: Int { bias.count }

  /// The weights as they were packed, `[outputs, inputs / groups, height, width]`.
  public func unpackWeights() -> Tensor { unpack(weights: weights.floats) }

  /// The biases as they were packed, `[outputs]`; zeros where there were none.
  public func unpackBias() -> Tensor { unpack(bias: bias.floats) }

  /// What lies as the weights do, `weightFloats` floats: their gradient, or an optimiser's state.
  public func unpack(weights: UnsafePointer<Float>) -> Tensor {
    let shape = Shape([
      geometry.outputChannels, geometry.inputChannelsPerGroup, geometry.kernel.height, geometry.kernel.width,
    ])
    return Tensor(
      shape: shape,
      floats: [Float](unsafeUninitializedCapacity: shape.elementCount) { floats, count in
        if let base = floats.baseAddress {
          if let narrowGroups { narrowGroups.unpack(weights, into: base) } else { panels.unpack(weights, into: base) }
        }
        count = shape.elementCount
      })
  }

  /// What lies as the biases do, `biasFloats` floats.
  public func unpack(bias: UnsafePointer<Float>) -> Tensor {
    Tensor(
      shape: Shape([geometry.outputChannels]),
      floats: Array(UnsafeBufferPointer(start: bias, count: geometry.outputChannels)))
  }
}

extension PackedLocallyConnected {
  /// The floats of the packed weights, and so of their gradient and of all else that has an element for each.
  public var weightFloats: Int { weights.count }

  /// The floats of the packed biases.
  public var biasFloats: Int { bias.count }

  /// The weights as they were packed, `[outputHeight, outputWidth, outputs, inputs, kernelHeight, kernelWidth]`.
  public func unpackWeights() -> Tensor { unpack(weights: weights.floats) }

  /// The biases as they were packed, `[outputs, outputHeight, outputWidth]`; zeros where there were none.
  public func unpackBias() -> Tensor { unpack(bias: bias.floats) }

  /// What lies as the weights do, `weightFloats` floats: their gradient, or an optimiser's state.
  public func unpack(weights: UnsafePointer<Float>) -> Tensor {
    let shape = Shape([
      geometry.output.height, geometry.output.width, geometry.outputChannels, geometry.inputChannels,
      geometry.kernel.height, geometry.kernel.width,
    ])
    let floatsPerPosition = shape.elementCount / geometry.output.area
    return Tensor(
      shape: shape,
      floats: [Float](unsafeUninitializedCapacity: shape.elementCount) { floats, count in
        if let base = floats.baseAddress {
          for position in 0..<geometry.output.area {
            panels.unpack(weights + position * panels.floatCount, into: base + position * floatsPerPosition)
          }
        }
        count = shape.elementCount
      })
  }

  /// What lies as the biases do, `biasFloats` floats.
  public func unpack(bias: UnsafePointer<Float>) -> Tensor {
    let area = geometry.output.area
    let positionFloats = panels.blocksPerGroup * BlockedLayout.lanes
    return Tensor(
      shape: Shape([geometry.outputChannels, geometry.output.height, geometry.output.width]),
      floats: (0..<geometry.outputChannels * area).map { bias[$0 % area * positionFloats + $0 / area] })
  }
}
