internal import CZooKernels
import ZooTensor

/// A fully connected layer's weights in the order in which they are streamed, with its bias and activation.
///
/// `[panel][channel block][row][column][lane][outputs of the panel]`: the weights of one input lie side by side, so that
/// those of an input that is zero are left out in one piece.
public struct PackedFullyConnected: Sendable {
  /// The map or vector that is read.
  public let inputShape: Shape
  /// The number of outputs.
  public let outputFeatures: Int
  /// Applied to each sum; `nil` for none.
  public let activation: Activation?

  var weights: FloatBuffer
  /// The biases of each block of outputs.
  var bias: FloatBuffer
  let inputBlocks: Int
  let outputBlocks: Int
  /// Output blocks of a panel; of the last one what is left.
  let panelBlocks: Int
  /// The channel blocks of a chain; see `Machine.fullyConnect`.
  let blocksPerChain: Int

  /// The most output blocks of a panel.
  static let maximumPanelBlocks = 32

  /// Prepares a layer to run on any machine. `inputShape`: the feature map or vector that the layer reads, as it is
  /// before any flattening. `weights`: `[outputs, inputs]`, inputs in C, H, W order, float32. `bias`: `[outputs]`, or
  /// `nil` for zeros. `pool`: shares the work of packing.
  public init(
    inputShape: Shape, weights: Tensor, bias: Tensor?, activation: Activation? = nil, pool: ThreadPool
  ) {
    self.init(inputShape: inputShape, outputFeatures: weights.shape.channels, activation: activation) {
      $0.pack(weights, bias: bias, on: pool)
    }
  }

  /// As above, with weights that arrive part by part, or later. `deliver`: hands all of the weights and biases to the
  /// packer, or keeps it to do so before the layer runs.
  public init(
    inputShape: Shape, outputFeatures: Int, activation: Activation? = nil,
    weights deliver: (WeightPacker) throws -> Void
  ) rethrows {
    let lanes = BlockedLayout.lanes
    let (channels, area, outputs) = (inputShape.channels, inputShape.extent.area, outputFeatures)
    let (inputBlocks, outputBlocks) = ((channels + lanes - 1) / lanes, (outputs + lanes - 1) / lanes)
    // Long rows are read fastest; at least eight panels give several threads something to do.
    let panelBlocks = max(1, min(Self.maximumPanelBlocks, outputBlocks / 8))
    let rows = inputBlocks * area * lanes
    let inputs = channels * area
    let bias = FloatBuffer(count: outputBlocks * lanes)
    let packer = WeightPacker(
      count: outputBlocks * lanes * rows, weightCount: outputs * inputs, unit: lanes * inputs, bias: bias,
      biasCount: outputs
    ) { block, weights, packed in
      let panel = block / panelBlocks
      let rowFloats = min(panelBlocks, outputBlocks - panel * panelBlocks) * lanes
      let target = packed + panel * panelBlocks * lanes * rows + block % panelBlocks * lanes
      let source = weights + block * lanes * inputs
      let outputsHere = min(lanes, outputs - block * lanes)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: lanes * area * lanes) { lines in
        guard let lines = lines.baseAddress else { return }
        for first in stride(from: 0, to: channels, by: lanes) {
          let channelsHere = min(lanes, channels - first)
          zoo_interleave(source + first * area, inputs, outputsHere, lines, channelsHere * area)
          for channel in 0..<channelsHere {
            for position in 0..<area {
              let row = (first / lanes * area + position) * lanes + channel
              (target + row * rowFloats).update(from: lines + (channel * area + position) * lanes, count: lanes)
            }
          }
        }
      }
    }
    try deliver(packer)
    self.inputShape = Shape([channels, inputShape.extent.height, inputShape.extent.width])
    self.outputFeatures = outputs
    self.activation = activation
    weights = packer.target
    self.inputBlocks = inputBlocks
    self.outputBlocks = outputBlocks
    self.panelBlocks = panelBlocks
    blocksPerChain = max(1, 256 / (area * lanes))
    self.bias = bias
  }

  /// The memory of the packed weights and bias.
  public var byteCount: Int { (weights.count + bias.count) * MemoryLayout<Float>.size }

  /// Numbers in the order of the weights, such as these or their gradient, as `[outputs, inputs]`, inputs in C, H, W order.
  ///
  /// - Precondition: as many floats as the packed weights.
  public func unpack(_ packed: FloatBuffer) -> Tensor {
    precondition(packed.count == weights.count, "\(packed.count) floats for \(weights.count) packed weights")
    let lanes = BlockedLayout.lanes
    let (channels, area) = (inputShape.channels, inputShape.extent.area)
    let rows = inputBlocks * area * lanes
    let inputs = channels * area
    return Tensor(shape: [outputFeatures, inputs]) { bytes in
      let target = bytes.bindMemory(to: Float.self)
      for output in 0..<outputFeatures {
        let panel = output / (panelBlocks * lanes)
        let rowFloats = min(panelBlocks, outputBlocks - panel * panelBlocks) * lanes
        let source = packed.floats + panel * panelBlocks * lanes * rows + output % (panelBlocks * lanes)
        for channel in 0..<channels {
          for position in 0..<area {
            let row = (channel / lanes * area + position) * lanes + channel % lanes
            target[output * inputs + channel * area + position] = source[row * rowFloats]
          }
        }
      }
    }
  }
}
