import ZooGraph
import ZooTensor

/// Builds a graph layer by layer; each call reads the layer before it unless told otherwise.
struct NetworkBuilder {
  var graph: Graph
  var last: NodeID

  init(_ name: String, input: Shape) throws {
    graph = Graph(name: name)
    last = try graph.append(.input(input), name: "input")
  }

  @discardableResult
  mutating func add(
    _ name: String, _ operation: Operation, from inputs: [NodeID]? = nil, isTrainingOnly: Bool = false
  ) throws -> NodeID {
    last = try graph.append(operation, name: name, inputs: inputs ?? [last], isTrainingOnly: isTrainingOnly)
    return last
  }

  @discardableResult
  mutating func convolution(
    _ name: String, _ channels: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1,
    bias: Bool = true, from input: NodeID? = nil
  ) throws -> NodeID {
    let layer = Convolution(
      outputChannels: channels, kernel: Extent(kernel), stride: Extent(stride), padding: Padding(padding),
      groups: groups, hasBias: bias)
    return try add(name, .convolution(layer), from: input.map { [$0] })
  }

  @discardableResult
  mutating func fullyConnected(_ name: String, _ features: Int, bias: Bool = true) throws -> NodeID {
    try add(name, .fullyConnected(FullyConnected(outputFeatures: features, hasBias: bias)))
  }

  @discardableResult
  mutating func relu(_ name: String) throws -> NodeID { try add(name, .activation(.relu)) }

  @discardableResult
  mutating func batchNorm(_ name: String) throws -> NodeID { try add(name, .batchNorm(BatchNorm())) }

  @discardableResult
  mutating func maxPool(
    _ name: String, _ kernel: Int, _ stride: Int, padding: Int = 0, rounding: PoolingRounding = .floor,
    from input: NodeID? = nil
  ) throws -> NodeID {
    let pooling = Pooling(
      kernel: Extent(kernel), stride: Extent(stride), padding: Padding(padding), rounding: rounding)
    return try add(name, .maxPool(pooling), from: input.map { [$0] })
  }

  /// The graph with its last node as logits.
  func classifier() -> Graph {
    var graph = graph
    graph.outputs = [Output(name: "logits", role: .logits, value: last)]
    return graph
  }
}

enum Networks {
  /// LeNet as Caffe ships it.
  static func lenet() throws -> Graph {
    var net = try NetworkBuilder("lenet", input: [1, 28, 28])
    try net.convolution("conv1", 20, 5)
    try net.maxPool("pool1", 2, 2)
    try net.convolution("conv2", 50, 5)
    try net.maxPool("pool2", 2, 2)
    try net.add("flatten", .flatten)
    try net.fullyConnected("ip1", 500)
    try net.relu("relu1")
    try net.fullyConnected("ip2", 10)
    try net.add("prob", .softmax)
    var graph = net.classifier()
    graph.outputs[0] = Output(name: "prob", role: .probabilities, value: net.last)
    return graph
  }

  /// AlexNet as torchvision has it.
  static func alexnet() throws -> Graph {
    var net = try NetworkBuilder("alexnet", input: [3, 224, 224])
    try net.convolution("features.0", 64, 11, stride: 4, padding: 2)
    try net.relu("features.1")
    try net.maxPool("features.2", 3, 2)
    try net.convolution("features.3", 192, 5, padding: 2)
    try net.relu("features.4")
    try net.maxPool("features.5", 3, 2)
    for (index, channels) in [(6, 384), (8, 256), (10, 256)] {
      try net.convolution("features.\(index)", channels, 3, padding: 1)
      try net.relu("features.\(index + 1)")
    }
    try net.maxPool("features.12", 3, 2)
    try net.add("avgpool", .adaptiveAveragePool(Extent(6)))
    try net.add("flatten", .flatten)
    try net.add("classifier.0", .dropout(probability: 0.5))
    try net.fullyConnected("classifier.1", 4096)
    try net.relu("classifier.2")
    try net.add("classifier.3", .dropout(probability: 0.5))
    try net.fullyConnected("classifier.4", 4096)
    try net.relu("classifier.5")
    try net.fullyConnected("classifier.6", 1000)
    return net.classifier()
  }

  static func vgg16() throws -> Graph {
    var net = try NetworkBuilder("vgg16", input: [3, 224, 224])
    var index = 0
    for (channels, count) in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)] {
      for _ in 0..<count {
        try net.convolution("features.\(index)", channels, 3, padding: 1)
        try net.relu("features.\(index + 1)")
        index += 2
      }
      try net.maxPool("features.\(index)", 2, 2)
      index += 1
    }
    try net.add("avgpool", .adaptiveAveragePool(Extent(7)))
    try net.add("flatten", .flatten)
    for index in [0, 3] {
      try net.fullyConnected("classifier.\(index)", 4096)
      try net.relu("classifier.\(index + 1)")
      try net.add("classifier.\(index + 2)", .dropout(probability: 0.5))
    }
    try net.fullyConnected("classifier.6", 1000)
    return net.classifier()
  }

  /// ResNet with basic blocks (18 and 34) or bottlenecks, as torchvision has it.
  static func resnet(_ blocks: [Int], bottleneck: Bool = false) throws -> Graph {
    var net = try NetworkBuilder("resnet", input: [3, 224, 224])
    try net.convolution("conv1", 64, 7, stride: 2, padding: 3, bias: false)
    try net.batchNorm("bn1")
    try net.relu("relu")
    try net.maxPool("maxpool", 3, 2, padding: 1)
    var channels = 64
    for (stage, count) in blocks.enumerated() {
      let width = 64 << stage
      let output = bottleneck ? 4 * width : width
      for index in 0..<count {
        let (name, input) = ("layer\(stage + 1).\(index)", net.last)
        let stride = stage > 0 && index == 0 ? 2 : 1
        let kernels =
          bottleneck ? [(width, 1, 1), (width, 3, stride), (output, 1, 1)] : [(width, 3, stride), (width, 3, 1)]
        for (part, (filters, kernel, step)) in kernels.enumerated() {
          try net.convolution(
            "\(name).conv\(part + 1)", filters, kernel, stride: step, padding: kernel / 2, bias: false)
          let norm = try net.batchNorm("\(name).bn\(part + 1)")
          if part < kernels.count - 1 { try net.relu("\(name).relu\(part + 1)") }
          net.last = part < kernels.count - 1 ? net.last : norm
        }
        let branch = net.last
        var shortcut = input
        if stride != 1 || channels != output {
          try net.convolution("\(name).downsample.0", output, 1, stride: stride, bias: false, from: input)
          shortcut = try net.batchNorm("\(name).downsample.1")
        }
        try net.add("\(name).add", .add(nil), from: [branch, shortcut])
        try net.relu("\(name).relu")
        channels = output
      }
    }
    try net.add("avgpool", .globalAveragePool)
    try net.add("flatten", .flatten)
    try net.fullyConnected("fc", 1000)
    return net.classifier()
  }

  /// ResNet-20 for CIFAR-10 with parameter-free shortcuts.
  static func cifarResnet20() throws -> Graph {
    var net = try NetworkBuilder("resnet20", input: [3, 32, 32])
    try net.convolution("conv1", 16, 3, padding: 1, bias: false)
    try net.batchNorm("bn1")
    try net.relu("relu")
    for stage in 0..<3 {
      for index in 0..<3 {
        let (name, input, width) = ("layer\(stage + 1).\(index)", net.last, 16 << stage)
        let stride = stage > 0 && index == 0 ? 2 : 1
        try net.convolution("\(name).conv1", width, 3, stride: stride, padding: 1, bias: false)
        try net.batchNorm("\(name).bn1")
        try net.relu("\(name).relu1")
        try net.convolution("\(name).conv2", width, 3, padding: 1, bias: false)
        let branch = try net.batchNorm("\(name).bn2")
        let shortcut = try net.add(
          "\(name).shortcut",
          .subsample(
            Subsample(
              stride: Extent(stride), channelsBefore: stride == 2 ? width / 4 : 0,
              channelsAfter: stride == 2 ? width / 4 : 0)), from: [input])
        try net.add("\(name).add", .add(nil), from: [branch, shortcut])
        try net.relu("\(name).relu")
      }
    }
    try net.add("avgpool", .globalAveragePool)
    try net.fullyConnected("linear", 10)
    return net.classifier()
  }

  /// GoogLeNet as Caffe ships it, with its two auxiliary classifiers.
  static func googlenet() throws -> Graph {
    var net = try NetworkBuilder("googlenet", input: [3, 224, 224])
    let norm = LocalResponseNorm(size: 5, alpha: 1e-4, beta: 0.75, k: 1, convention: .mean)
    func stem(_ net: inout NetworkBuilder, _ name: String, _ channels: Int, _ kernel: Int, stride: Int = 1) throws {
      try net.convolution(name, channels, kernel, stride: stride, padding: kernel / 2)
      try net.relu("\(name).relu")
    }
    try stem(&net, "conv1", 64, 7, stride: 2)
    try net.maxPool("pool1", 3, 2, rounding: .caffe)
    try net.add("norm1", .localResponseNorm(norm))
    try stem(&net, "conv2.reduce", 64, 1)
    try stem(&net, "conv2", 192, 3)
    try net.add("norm2", .localResponseNorm(norm))
    try net.maxPool("pool2", 3, 2, rounding: .caffe)
    var auxiliary: [NodeID] = []
    for (name, widths) in [
      ("3a", [64, 96, 128, 16, 32, 32]), ("3b", [128, 128, 192, 32, 96, 64]), ("4a", [192, 96, 208, 16, 48, 64]),
      ("4b", [160, 112, 224, 24, 64, 64]), ("4c", [128, 128, 256, 24, 64, 64]), ("4d", [112, 144, 288, 32, 64, 64]),
      ("4e", [256, 160, 320, 32, 128, 128]), ("5a", [256, 160, 320, 32, 128, 128]),
      ("5b", [384, 192, 384, 48, 128, 128]),
    ] {
      let input = net.last
      func branch(_ parts: [(String, Int, Int)], from start: NodeID) throws -> NodeID {
        net.last = start
        for (part, channels, kernel) in parts { try stem(&net, "\(name).\(part)", channels, kernel) }
        return net.last
      }
      let one = try branch([("1x1", widths[0], 1)], from: input)
      let three = try branch([("3x3.reduce", widths[1], 1), ("3x3", widths[2], 3)], from: input)
      let five = try branch([("5x5.reduce", widths[3], 1), ("5x5", widths[4], 5)], from: input)
      let pool = try net.maxPool("\(name).pool", 3, 1, padding: 1, from: input)
      let projection = try branch([("pool.proj", widths[5], 1)], from: pool)
      try net.add("\(name).output", .concat, from: [one, three, five, projection])
      if name == "4a" || name == "4d" {
        let main = net.last
        let aux = "loss\(auxiliary.count + 1)"
        let pooling = Pooling(kernel: Extent(5), stride: Extent(3))
        try net.add("\(aux).pool", .averagePool(pooling, countsPadding: true), isTrainingOnly: true)
        for (part, operation) in [
          ("conv", Operation.convolution(Convolution(outputChannels: 128, kernel: Extent(1)))),
          ("relu", .activation(.relu)), ("fc", .fullyConnected(FullyConnected(outputFeatures: 1024))),
          ("relu_fc", .activation(.relu)), ("dropout", .dropout(probability: 0.7)),
          ("classifier", .fullyConnected(FullyConnected(outputFeatures: 1000))),
        ] { try net.add("\(aux).\(part)", operation, isTrainingOnly: true) }
        auxiliary.append(net.last)
        net.last = main
      }
      if name == "3b" || name == "4e" { try net.maxPool("pool\(name.first ?? "?")", 3, 2, rounding: .caffe) }
    }
    try net.add("pool5", .averagePool(Pooling(kernel: Extent(7), stride: Extent(1)), countsPadding: true))
    try net.add("dropout", .dropout(probability: 0.4))
    try net.fullyConnected("classifier", 1000)
    var graph = net.classifier()
    for (index, value) in auxiliary.enumerated() {
      graph.outputs.append(Output(name: "loss\(index + 1)", role: .auxiliary, value: value, lossWeight: 0.3))
    }
    return graph
  }
}
