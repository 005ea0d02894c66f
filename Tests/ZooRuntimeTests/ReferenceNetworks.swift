import ZooGraph
import ZooTensor

/// Published networks, written out by hand for want of the catalogue.
enum ReferenceNetwork: String, CaseIterable, Sendable {
  case lenet
  case alexnetCaffe = "alexnet-caffe"
  case resnet18

  func graph() throws -> Graph {
    var graph = Graph(name: rawValue)
    let scores: NodeID
    switch self {
    case .lenet: scores = try graph.lenet()
    case .alexnetCaffe: scores = try graph.alexnetCaffe()
    case .resnet18: scores = try graph.resnet18()
    }
    graph.outputs = [Output(name: "scores", role: .logits, value: scores)]
    return graph
  }
}

extension Graph {
  /// Caffe's LeNet: no non-linearity after the convolutions.
  fileprivate mutating func lenet() throws -> NodeID {
    let pool = Pooling(kernel: Extent(2), stride: Extent(2))
    var value = try image(1, 28, 28)
    value = try append(.convolution(Convolution(outputChannels: 20, kernel: Extent(5))), name: "conv1", inputs: [value])
    value = try add(.maxPool(pool), value)
    value = try append(.convolution(Convolution(outputChannels: 50, kernel: Extent(5))), name: "conv2", inputs: [value])
    value = try add(.flatten, try add(.maxPool(pool), value))
    value = try append(.fullyConnected(FullyConnected(outputFeatures: 500)), name: "ip1", inputs: [value])
    value = try add(.activation(.relu), value)
    return try append(.fullyConnected(FullyConnected(outputFeatures: 10)), name: "ip2", inputs: [value])
  }

  /// `bvlc_alexnet`: two groups, local response norm, ceil-mode pooling.
  fileprivate mutating func alexnetCaffe() throws -> NodeID {
    let pool = Pooling(kernel: Extent(3), stride: Extent(2), rounding: .ceil)
    let norm = LocalResponseNorm(size: 5, alpha: 1e-4, beta: 0.75, k: 1, convention: .mean)
    func convolution(_ channels: Int, _ kernel: Int, padding: Int, groups: Int) -> Convolution {
      Convolution(outputChannels: channels, kernel: Extent(kernel), padding: Padding(padding), groups: groups)
    }
    var value = try image(3, 227, 227)
    let first = Convolution(outputChannels: 96, kernel: Extent(11), stride: Extent(4))
    value = try activated(.convolution(first), "conv1", value)
    value = try add(.maxPool(pool), try add(.localResponseNorm(norm), value))
    value = try activated(.convolution(convolution(256, 5, padding: 2, groups: 2)), "conv2", value)
    value = try add(.maxPool(pool), try add(.localResponseNorm(norm), value))
    value = try activated(.convolution(convolution(384, 3, padding: 1, groups: 1)), "conv3", value)
    value = try activated(.convolution(convolution(384, 3, padding: 1, groups: 2)), "conv4", value)
    value = try activated(.convolution(convolution(256, 3, padding: 1, groups: 2)), "conv5", value)
    value = try add(.flatten, try add(.maxPool(pool), value))
    for name in ["fc6", "fc7"] {
      value = try activated(.fullyConnected(FullyConnected(outputFeatures: 4096)), name, value)
      value = try add(.dropout(probability: 0.5), value)
    }
    return try append(.fullyConnected(FullyConnected(outputFeatures: 1000)), name: "fc8", inputs: [value])
  }

  /// torchvision's ResNet-18.
  fileprivate mutating func resnet18() throws -> NodeID {
    var value = try normalized(try image(3, 224, 224), 64, 7, stride: 2, "conv1", "bn1")
    value = try add(.activation(.relu), value)
    value = try add(.maxPool(Pooling(kernel: Extent(3), stride: Extent(2), padding: Padding(1))), value)
    for (stage, channels) in [64, 128, 256, 512].enumerated() {
      for block in 0..<2 {
        let path = "layer\(stage + 1).\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        var branch = try normalized(value, channels, 3, stride: stride, "\(path).conv1", "\(path).bn1")
        branch = try add(.activation(.relu), branch)
        branch = try normalized(branch, channels, 3, stride: 1, "\(path).conv2", "\(path).bn2")
        let shortcut =
          stride == 1
          ? value : try normalized(value, channels, 1, stride: 2, "\(path).downsample.0", "\(path).downsample.1")
        value = try add(.activation(.relu), try add(.add(nil), branch, shortcut))
      }
    }
    value = try add(.flatten, try add(.globalAveragePool, value))
    return try append(.fullyConnected(FullyConnected(outputFeatures: 1000)), name: "fc", inputs: [value])
  }

  private mutating func activated(_ operation: ZooGraph.Operation, _ name: String, _ input: NodeID) throws -> NodeID {
    try add(.activation(.relu), try append(operation, name: name, inputs: [input]))
  }

  private mutating func normalized(
    _ input: NodeID, _ channels: Int, _ kernel: Int, stride: Int, _ name: String, _ norm: String
  ) throws -> NodeID {
    let convolution = Convolution(
      outputChannels: channels, kernel: Extent(kernel), stride: Extent(stride), padding: Padding(kernel / 2),
      hasBias: false)
    let value = try append(.convolution(convolution), name: name, inputs: [input])
    return try append(.batchNorm(BatchNorm()), name: norm, inputs: [value])
  }
}
