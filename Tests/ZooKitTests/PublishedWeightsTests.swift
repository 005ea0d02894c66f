import Testing
import ZooKit
import ZooTensor
import ZooWeights

/// The rules of the catalogue, on checkpoints with exactly the names and shapes that were published.
@Suite struct PublishedWeightsTests {
  typealias Names = [(name: String, shape: Shape)]

  /// A checkpoint that says it came from a file of the given name and kind.
  static func checkpoint(
    _ tensors: Names, file: String? = nil, format: CheckpointFormat? = nil
  ) throws -> Checkpoint {
    var metadata: [String: String] = [:]
    metadata[Provenance.fileKey] = file
    metadata[Provenance.formatKey] = format?.description
    return try SyntheticCheckpoint.checkpoint(tensors).replacingMetadata(metadata)
  }

  /// Weight and bias of layers.
  private static func layers(_ layers: [(name: String, weight: Shape)]) -> Names {
    layers.flatMap {
      [(name: "\($0.name).weight", shape: $0.weight), (name: "\($0.name).bias", shape: Shape([$0.weight[0]]))]
    }
  }

  /// VGG with the names of Simonyan's files.
  static func vgg(_ blocks: [Int]) -> Names {
    var convolutions: [(name: String, weight: Shape)] = []
    var channels = 3
    for (block, (count, width)) in zip(blocks, [64, 128, 256, 512, 512]).enumerated() {
      for number in 1...count {
        convolutions.append(("conv\(block + 1)_\(number)", [width, channels, 3, 3]))
        channels = width
      }
    }
    return layers(convolutions + [("fc6", [4096, 25088]), ("fc7", [4096, 4096]), ("fc8", [1000, 4096])])
  }

  /// GoogLeNet with the names of `bvlc_googlenet`.
  static let googlenet: Names = {
    var all: [(name: String, weight: Shape)] = [
      ("conv1/7x7_s2", [64, 3, 7, 7]), ("conv2/3x3_reduce", [64, 64, 1, 1]), ("conv2/3x3", [192, 64, 3, 3]),
    ]
    let widths = [
      ("3a", 64, 96, 128, 16, 32, 32), ("3b", 128, 128, 192, 32, 96, 64), ("4a", 192, 96, 208, 16, 48, 64),
      ("4b", 160, 112, 224, 24, 64, 64), ("4c", 128, 128, 256, 24, 64, 64), ("4d", 112, 144, 288, 32, 64, 64),
      ("4e", 256, 160, 320, 32, 128, 128), ("5a", 256, 160, 320, 32, 128, 128), ("5b", 384, 192, 384, 48, 128, 128),
    ]
    var channels = 192
    for (name, n1, r3, n3, r5, n5, pool) in widths {
      all += [
        ("inception_\(name)/1x1", [n1, channels, 1, 1]), ("inception_\(name)/3x3_reduce", [r3, channels, 1, 1]),
        ("inception_\(name)/3x3", [n3, r3, 3, 3]), ("inception_\(name)/5x5_reduce", [r5, channels, 1, 1]),
        ("inception_\(name)/5x5", [n5, r5, 5, 5]), ("inception_\(name)/pool_proj", [pool, channels, 1, 1]),
      ]
      channels = n1 + n3 + n5 + pool
    }
    for (name, channels) in [("loss1", 512), ("loss2", 528)] {
      all += [
        ("\(name)/conv", [128, channels, 1, 1]), ("\(name)/fc", [1024, 2048]), ("\(name)/classifier", [1000, 1024]),
      ]
    }
    return layers(all + [("loss3/classifier", [1000, 1024])])
  }()

  static let alexnet = layers([
    ("conv1", [96, 3, 11, 11]), ("conv2", [256, 48, 5, 5]), ("conv3", [384, 256, 3, 3]), ("conv4", [384, 192, 3, 3]),
    ("conv5", [256, 192, 3, 3]), ("fc6", [4096, 9216]), ("fc7", [4096, 4096]), ("fc8", [1000, 4096]),
  ])

  private static func kinds(_ weights: LoadedWeights) -> Set<String> { Set(weights.report.lines.map(\.status.kind)) }

  @Test(
    "Simonyan's VGG files load with their names and see BGR",
    arguments: [("vgg16", [2, 2, 3, 3, 3], 16), ("vgg19", [2, 2, 4, 4, 4], 19)])
  func vggOfCaffe(model: String, blocks: [Int], depth: Int) throws {
    let network = try Network.find(model)
    let name = "VGG_ILSVRC_\(depth)_layers.caffemodel"
    for file in [name, "fine-tuned.caffemodel"] {
      let checkpoint = try Self.checkpoint(Self.vgg(blocks), file: file, format: .caffe)
      let weights = try LoadedWeights(checkpoint, for: network, called: file)
      #expect(weights.report.isComplete && Self.kinds(weights) == ["renamed"])
      #expect(weights.report.lines.first?.checkpointName == "conv1_1.weight")
      #expect(weights.report.lines.last?.checkpointName == "fc8.bias")
      let preprocessing = try #require(weights.preprocessing)
      #expect(preprocessing.channels == .bgr && preprocessing.mean == [103.939, 116.779, 123.68])
      #expect(network.preprocessing?.channels == .rgb)
      let tensor = try weights.tensor("features.0.weight")
      #expect(tensor.floats == SyntheticCheckpoint.tensor(named: "conv1_1.weight", shape: [64, 3, 3, 3]).floats)
    }
  }

  @Test("timm's names of VGG's classifier, which it has as convolutions")
  func vggOfTimm() throws {
    let network = try Network.find("vgg11-bn")
    let renamed = ["classifier.0": "pre_logits.fc1", "classifier.3": "pre_logits.fc2", "classifier.6": "head.fc"]
    let tensors: Names = network.graph.tensors.map { tensor in
      for (layer, name) in renamed where tensor.name.hasPrefix(layer + ".") {
        let shape: Shape =
          switch (tensor.shape.rank, layer) {
          case (2, "classifier.0"): [4096, 512, 7, 7]
          case (2, "classifier.3"): [4096, 4096, 1, 1]
          default: tensor.shape
          }
        return (name + tensor.name.dropFirst(layer.count), shape)
      }
      return (tensor.name, tensor.shape)
    }
    let weights = try LoadedWeights(Self.checkpoint(tensors, format: .safetensors), for: network, called: "x")
    #expect(Self.kinds(weights) == ["matched", "renamed", "reshaped"])
    #expect(weights.preprocessing == nil)
  }

  @Test(
    "DenseNet's files, whose layers have names with one more dot, and torchvision's state dictionaries, which have not")
  func denseNet() throws {
    let network = try Network.find("densenet121")
    let tensors: Names = network.graph.tensors.map { ($0.name, $0.shape) }
    let published: Names = tensors.map { name, shape in
      guard name.contains(".denselayer") else { return (name, shape) }
      let digits = ["norm1", "norm2", "conv1", "conv2"].first { name.contains(".\($0).") }
      return (digits.map { name.replacing(".\($0).", with: ".\($0.dropLast()).\($0.suffix(1)).") } ?? name, shape)
    }
    #expect(published.count { $0.name.hasSuffix("denselayer1.norm.1.running_var") } == 4)
    let cases: [(names: Names, kinds: Set<String>)] = [(published, ["matched", "renamed"]), (tensors, ["matched"])]
    for (names, kinds) in cases {
      let checkpoint = try Self.checkpoint(names, file: "densenet121-a639ec97.pth", format: .torchZip)
      let weights = try LoadedWeights(checkpoint, for: network, called: "x")
      #expect(weights.report.isComplete && Self.kinds(weights) == kinds)
    }
  }

  @Test("BVLC's GoogLeNet and AlexNet")
  func caffe() throws {
    let googlenet = try LoadedWeights(
      Self.checkpoint(Self.googlenet, file: "bvlc_googlenet.caffemodel", format: .caffe),
      for: Network.find("googlenet-caffe"), called: "x")
    #expect(googlenet.report.isComplete && Self.kinds(googlenet) == ["matched", "renamed", "ignored"])
    #expect(googlenet.report.lines.count == Self.googlenet.count)
    // The heads that only training uses come along.
    #expect(try googlenet.tensor("loss2.fc.weight").shape == [1024, 2048])
    let alexnet = try LoadedWeights(
      Self.checkpoint(Self.alexnet, file: "bvlc_alexnet.caffemodel", format: .caffe),
      for: Network.find("alexnet-caffe"), called: "x")
    #expect(alexnet.report.isComplete && Self.kinds(alexnet) == ["matched"])
    #expect(alexnet.preprocessing == nil && alexnet.summary == "x (synthetic)" || alexnet.summary == "x")
  }

  @Test("A published file with a preprocessing of its own is told by its name")
  func byName() throws {
    let network = try Network.find("resnet50")
    let tensors: Names = network.graph.tensors.map { ($0.name, $0.shape) }
    func preprocessing(_ file: String) throws -> Preprocessing? {
      try LoadedWeights(Self.checkpoint(tensors, file: file, format: .torchZip), for: network, called: file)
        .preprocessing
    }
    #expect(try preprocessing("resnet50-0676ba61.pth") == nil)
    #expect(try preprocessing("mine.pth") == nil)
    #expect(try preprocessing("resnet50-11ad3fa6.pth")?.resize == .shorterSide(232, .bilinear))
  }

  // MARK: Variants

  private static func refusal(_ checkpoint: Checkpoint, for model: String) -> ZooError? {
    #expect(throws: ZooError.self) { try LoadedWeights(checkpoint, for: Network.find(model), called: "w") }
  }

  @Test(
    "Weights of v1.5 are not taken for v1 where the file says what they are",
    arguments: [
      [Provenance.fileKey: "resnet50-0676ba61.pth"], [Provenance.fileKey: "resnet50-11ad3fa6.pth"],
      ["zoo.model": "resnet50"], ["architecture": "resnet50.a1_in1k"], ["architecture": "tv_resnet50"],
      ["arch": "resnet50"],
    ])
  func firstVersion(metadata: [String: String]) throws {
    let network = try Network.find("resnet50")
    let tensors: Names = network.graph.tensors.map { ($0.name, $0.shape) }
    let checkpoint = try SyntheticCheckpoint.checkpoint(tensors).replacingMetadata(metadata)
    #expect(
      Self.refusal(checkpoint, for: "resnet50-v1")
        == .weightsOfAnotherModel(
          path: "w", expected: "resnet50-v1", found: "resnet50", node: "layer2.0.conv1",
          difference: "stride 1×1, here 2×2"))
    _ = try LoadedWeights(checkpoint, for: network, called: "w")
  }

  @Test(
    "A file that says nothing, or nothing to the point, is not refused",
    arguments: [
      [:], [Provenance.fileKey: "resnet50.pth"], [Provenance.fileKey: "resnet50-deadbeef.pth"],
      [Provenance.fileKey: "resnet18-f37072fd.pth"], ["architecture": "resnet101"], ["zoo.model": "my-resnet50"],
      ["format": "pt"], ["arch": ""], ["zoo.model": "resnet50-v1"],
    ])
  func noFalseRefusal(metadata: [String: String]) throws {
    let network = try Network.find("resnet50-v1")
    let tensors: Names = network.graph.tensors.map { ($0.name, $0.shape) }
    let checkpoint = try SyntheticCheckpoint.checkpoint(tensors).replacingMetadata(metadata)
    #expect(try LoadedWeights(checkpoint, for: network, called: "w").report.isComplete)
  }

  @Test(
    "A file whose name occurs in another definition is not refused",
    arguments: ["resnet50", "resnet50-v1", "a", "stride"])
  func nameInText(file: String) throws {
    let network = try Network.find("resnet50")
    let tensors: Names = network.graph.tensors.map { ($0.name, $0.shape) }
    let checkpoint = try Self.checkpoint(tensors, file: file)
    #expect(try LoadedWeights(checkpoint, for: network, called: "w").report.isComplete)
  }

  private static func network(_ weights: String = "", channels: String = "rgb", epsilon: String = "1e-5") throws
    -> Network
  {
    try Network(
      yaml: """
        zoo: 1
        name: small
        input: [3, 4, 4]
        preprocess: {crop: 4, channels: \(channels)}
        \(weights)
        layers:
          - conv: {name: stem, out: 2, kernel: 3}
          - batch_norm: {name: bn, epsilon: \(epsilon)}
          - fc: {name: fc, out: 5}
        outputs: {logits: fc}
        """, path: "small.yaml")
  }

  private static func own(_ network: Network) -> Names { network.graph.tensors.map { ($0.name, $0.shape) } }

  @Test("Caffe's weights read BGR: a network for RGB refuses them until it says how to read them")
  func channelOrder() throws {
    let network = try Self.network()
    let checkpoint = try Self.checkpoint(Self.own(network), format: .caffe)
    #expect(throws: ZooError.channelOrder(path: "w", model: "small")) {
      try LoadedWeights(checkpoint, for: network, called: "w")
    }
    for text in [
      "weights: [{file: a, format: caffe, preprocess: {crop: 4, channels: bgr}}]",
      "weights: [{file: a, format: caffe, preprocess: {crop: 4, channels: rgb}}]",
      "weight_names: [{from: stem.weight, to: stem.weight, transform: [{flip: input_channels}]}]",
    ] {
      _ = try LoadedWeights(checkpoint, for: Self.network(text), called: "w")
    }
    _ = try LoadedWeights(checkpoint, for: Self.network(channels: "bgr"), called: "w")
    _ = try LoadedWeights(Self.checkpoint(Self.own(network), format: .onnx), for: network, called: "w")
    // What is said about files of another kind is not said about this one.
    #expect(throws: ZooError.self) {
      try LoadedWeights(
        checkpoint, for: Self.network("weights: [{file: a, format: onnx, preprocess: {crop: 4, channels: bgr}}]"),
        called: "w")
    }
  }

  @Test("A flipped stem is flipped once, also after it was packed with its definition")
  func flippedOnce() throws {
    try Fixtures.withTemporaryFolder { folder in
      let network = try Self.network(
        "weight_names: [{from: stem.weight, to: stem.weight, transform: [{flip: input_channels}]}]")
      let checkpoint = try Self.checkpoint(Self.own(network), file: "a.caffemodel", format: .caffe)
      let weights = try LoadedWeights(checkpoint, for: network, called: "w")
      let flipped = try weights.tensor("stem.weight").floats
      #expect(flipped != (try checkpoint.tensor(named: "stem.weight").floats))
      try Package.write(network, weights: weights, to: "\(folder)/a.zoo")
      let again = try LoadedWeights.load(.file("\(folder)/a.zoo"), for: network)
      #expect(try again.tensor("stem.weight").floats == flipped)
    }
  }

  @Test("A package carries the preprocessing that belongs to its weights, and so does what is made of it")
  func packedPreprocessing() throws {
    try Fixtures.withTemporaryFolder { folder in
      let network = try Self.network(
        "weights: [{file: a, format: caffe, preprocess: {crop: 4, channels: bgr, mean: [1, 2, 3]}}]")
      let checkpoint = try Self.checkpoint(Self.own(network), format: .caffe)
      let weights = try LoadedWeights(checkpoint, for: network, called: "w")
      try Package.write(network, weights: weights, to: "\(folder)/a.zoo")
      let packaged = try Network.find("\(folder)/a.zoo")
      #expect(packaged.preprocessing == weights.preprocessing && packaged.preprocessing?.channels == .bgr)
      let repacked = try Packing(input: "\(folder)/a.zoo", model: "\(folder)/a.zoo")
      _ = try repacked.write(to: "\(folder)/b.zoow", overwrite: false)
      #expect(try LoadedWeights.load(.file("\(folder)/b.zoow"), for: network).preprocessing?.mean == [1, 2, 3])
      let conversion = try Conversion(network, name: "small-conv")
      try conversion.write(weights, to: "\(folder)/c.zoow")
      let converted = try Network(yaml: conversion.definition, path: "c.yaml")
      #expect(try LoadedWeights.load(.file("\(folder)/c.zoow"), for: converted).preprocessing?.channels == .bgr)
    }
  }

  @Test("A batch norm with another epsilon is another network")
  func epsilon() throws {
    try Fixtures.withTemporaryFolder { folder in
      let network = try Self.network()
      let path = "\(folder)/a.zoow"
      try Package.write(network, weights: LoadedWeights.load(.synthetic(seed: 0), for: network), to: path)
      let other = try Self.network(epsilon: "1e-3")
      #expect(
        throws: ZooError.weightsOfAnotherModel(
          path: path, expected: "small", found: "small", node: "bn", difference: "epsilon 1e-05, here 0.001")
      ) { try LoadedWeights.load(.file(path), for: other) }
    }
  }

  @Test("Rules of a file come before those of every file, and both are applied")
  func order() throws {
    let network = try Self.network(
      """
      weights:
        - {file: a.pth, names: [{from: "first.*", to: "net.stem.*"}]}
        - {file: b.pth, format: pytorch, names: [{from: "second.*", to: "net.stem.*"}]}
      weight_names: [{strip: net.}]
      """)
    func load(_ stem: String, _ file: String, _ format: CheckpointFormat) throws -> LoadedWeights {
      let tensors: Names = Self.own(network).map { tensor in
        let name = tensor.name.hasPrefix("stem.") ? stem + tensor.name.dropFirst(4) : tensor.name
        return (name, tensor.shape)
      }
      return try LoadedWeights(Self.checkpoint(tensors, file: file, format: format), for: network, called: file)
    }
    for (stem, file, format) in [
      ("first", "a.pth", CheckpointFormat.torchZip), ("second", "b.pth", .torchZip), ("second", "c.pth", .torchLegacy),
      ("net.stem", "c.pth", .torchZip), ("first", "c.safetensors", .safetensors), ("stem", "a.pth", .torchZip),
    ] {
      #expect(try load(stem, file, format).report.isComplete, "\(stem) \(file)")
    }
    // Rules for PyTorch's files are not for safetensors.
    #expect(throws: CheckpointMismatch.self) { try load("second", "c.safetensors", .safetensors) }
  }
}
