import Testing
import ZooKit

/// What tensors without structure are likely to be the weights of; no number is read.
@Suite struct WeightsGuessTests {
  /// The tensors that a checkpoint of a network has, under other names where `rename` gives some; without those for which it
  /// gives none.
  private static func tensors(
    of model: String, _ rename: (String) -> String? = { $0 }
  ) throws -> [(name: String, shape: Shape)] {
    try Network.find(model).graph.tensors.filter { !$0.isTrainingOnly }.compactMap { tensor in
      rename(tensor.name).map { (name: $0, shape: tensor.shape) }
    }
  }

  private static func guess(
    _ tensors: [(name: String, shape: Shape)], isCompared: Bool = false
  ) throws -> WeightsGuess {
    WeightsGuess(try SyntheticCheckpoint.checkpoint(tensors, seed: 1), isCompared: isCompared)
  }

  @Test(
    "families by what their layers are",
    arguments: [
      ("resnet18", "ResNet with basic blocks, 18 "), ("resnet20", "ResNet with basic blocks, 20 "),
      ("resnet50", "ResNet with bottlenecks, 50 "), ("wide_resnet50_2", "wide ResNet with bottlenecks, 50 "),
      ("resnext50_32x4d", "ResNeXt"), ("vgg11-bn", "VGG, 11 "), ("alexnet", "AlexNet"), ("lenet", "small network"),
      ("mobilenet_v2", "MobileNet v2"), ("mnasnet1_0", "MNASNet"), ("efficientnet_b0", "EfficientNet"),
      ("mobilenet_v3_small", "EfficientNet or MobileNet v3"), ("convnext_tiny", "ConvNeXt"),
      ("densenet121", "DenseNet"), ("regnet_y_400mf", "RegNet Y"), ("regnet_x_400mf", "RegNet X"),
      ("squeezenet1_1", "SqueezeNet"), ("googlenet", "GoogLeNet"), ("inception_v3", "Inception v3"),
      ("shufflenet_v2_x1_0", "ShuffleNet v2"), ("linear-classifier", "linear classifier"),
    ])
  func families(model: String, family: String) throws {
    let found = try Self.guess(Self.tensors(of: model))
    #expect(
      found.family?.name.hasPrefix(family) == true, "\(model): \(found.family.map { "\($0)" } ?? "nothing")")
    let network = try Network.find(model)
    #expect(found.parameters == network.totals.parameters && found.prefix.isEmpty && found.leftOut.isEmpty, "\(model)")
    #expect(found.classes?.count == (try network.logits()).channels, "\(model)")
  }

  @Test("layers, groups and what the first fully connected layer reads")
  func layers() throws {
    let resnet = try Self.guess(Self.tensors(of: "resnet18"))
    let layers = Dictionary(resnet.layers.map { ($0.name, $0) }) { first, _ in first }
    #expect(layers["conv1"]?.text == "convolution 7×7, 3 → 64, no bias" && resnet.inputChannels == 3)
    #expect(layers["bn1"]?.kind == .batchNorm && layers["bn1"]?.parameters == 128)
    #expect(layers["fc"]?.text == "fully connected, 512 → 1000" && resnet.classes?.layer == "fc")
    #expect(resnet.groups.map(\.name) == ["conv1", "bn1", "layer1", "layer2", "layer3", "layer4", "fc"])
    #expect(resnet.groups.map(\.blocks) == [0, 0, 2, 2, 2, 2, 0])
    #expect(resnet.groups[3].text == "2 blocks of conv 3×3, batch norm, conv 3×3, batch norm, to 128 channels")
    #expect(resnet.linked.count == resnet.linked.of && resnet.linked.of > 15)
    let vgg = try Self.guess(Self.tensors(of: "vgg11"))
    #expect(vgg.flattened?.channels == 512 && vgg.flattened?.side == 7)
    let mobile = try Self.guess(Self.tensors(of: "mobilenet_v2"))
    #expect(mobile.layers.count { $0.kind == .depthwise } == 17)
    let next = try Self.guess(Self.tensors(of: "resnext50_32x4d"))
    let grouped = next.layers.filter { $0.kind == .grouped }
    #expect(grouped.count == 16 && grouped[0].text == "convolution 3×3, 128 → 128 in 32 groups")
  }

  @Test("what wrappers, averages, optimisers and counters add to a checkpoint is left out, and said")
  func wrapped() throws {
    let plain = try Self.guess(Self.tensors(of: "resnet20"))
    var tensors = try Self.tensors(of: "resnet20") { "state_dict.module.\($0)" }
    let prefixed = try Self.guess(tensors)
    #expect(prefixed.prefix == "state_dict.module." && prefixed.layers == plain.layers)
    tensors = try Self.tensors(of: "resnet20") { "model.\($0)" }
    tensors += try Self.tensors(of: "resnet20") { "model_ema.module.\($0)" }
    tensors += try Self.tensors(of: "resnet20") { "optimizer.state.\($0).exp_avg" }
    let all = try Self.guess(tensors)
    #expect(all.prefix == "model." && all.layers == plain.layers && all.family?.name == plain.family?.name)
    let count = plain.tensorCount
    #expect(
      all.leftOut.map { "\($0.count) \($0.what)" } == [
        "\(count) state of an optimiser", "\(count) a copy of the weights under 'model_ema'",
      ])
  }

  @Test("a network of the catalogue fits, or is near, and what differs is told")
  func neighbours() throws {
    let fits = try Self.guess(Self.tensors(of: "squeezenet1_1") { "module.\($0)" }, isCompared: true)
    #expect(fits.fits.contains("squeezenet1_1") && fits.neighbours.first?.name == "squeezenet1_1")
    let near = try Self.guess(
      Self.tensors(of: "resnet20") { $0.hasPrefix("layer3.2.") ? nil : $0 }.map { tensor in
        tensor.name == "linear.weight" ? (tensor.name, [7, 64]) : tensor
      } + [("head.weight", [3, 64])], isCompared: true)
    #expect(near.fits.isEmpty)
    let first = try #require(near.neighbours.first)
    #expect(first.name == "resnet20" && first.extra == ["head.weight"])
    #expect(!first.missing.isEmpty && first.missing.allSatisfy { $0.hasPrefix("layer3.2.") })
    #expect(first.otherShapes.map { "\($0.name) \($0.found) \($0.expected)" } == ["linear.weight 7×64 10×64"])
    let renamed = try Self.guess(
      Self.tensors(of: "lenet").enumerated().map {
        ("a\($0.offset / 2).\($0.element.name.hasSuffix("weight") ? "w" : "b")", $0.element.shape)
      },
      isCompared: true)
    let other = try #require(renamed.neighbours.first { $0.name == "lenet" })
    #expect(other.same == 0 && other.hasSameOrder && other.sameShapes == other.allShapes)
    #expect(renamed.layers.map(\.kind) == [.convolution, .convolution, .fullyConnected, .fullyConnected])
  }

  @Test("tensors that are no network's, and none, are no failure")
  func nothing() throws {
    let odd = try Self.guess(
      [
        ("", [3]), ("x", []), ("a.b_w", [2, 2, 2, 2, 2]), ("weight", [4, 3]), ("...", [1]),
        ("q.in_proj_weight", [9, 3]),
      ]
      .filter { !$0.0.isEmpty }, isCompared: false)
    #expect(odd.tensorCount <= 5 && odd.layers.count == odd.layers.map(\.name).count)
    let none = try Self.guess([])
    #expect(none.layers.isEmpty && none.family == nil && none.classes == nil && none.groups.isEmpty)
  }
}
