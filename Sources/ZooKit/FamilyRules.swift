import ZooTensor

/// Tells the family of a network by what its layers are and how they follow each other; names count where a family has its own.
struct FamilyRules {
  private let layers: [WeightsGuess.Layer]
  private let groups: [WeightsGuess.Group]

  init(_ layers: [WeightsGuess.Layer], _ groups: [WeightsGuess.Group]) {
    self.layers = layers
    self.groups = groups
  }

  private func count(_ kind: WeightsGuess.Kind, _ kernel: Extent? = nil) -> Int {
    layers.count { $0.kind == kind && (kernel == nil || $0.kernel == kernel) }
  }

  private func has(_ parts: String...) -> Bool {
    layers.contains { layer in parts.contains { layer.name.contains($0) } }
  }

  /// `nil` where no rule fits.
  var family: (name: String, reason: String)? {
    let convolutions = layers.filter(\.isConvolution)
    let depthwise = layers.filter { $0.kind == .depthwise }
    if count(.attention) > 0 || has(".attn.qkv", ".self_attention.", ".attn.") {
      return (
        has("relative_position") ? "Swin Transformer" : "vision transformer",
        "it has attention, which no layer of zoo's computes"
      )
    }
    if count(.recurrent) > 0 { return ("recurrent network", "it has recurrent layers, which zoo has not") }
    guard !convolutions.isEmpty else {
      let dense = count(.fullyConnected)
      return dense == 0
        ? nil
        : (dense == 1 ? "linear classifier" : "multilayer perceptron", "its weights are fully connected layers alone")
    }
    if count(.transposed) > 0 {
      return (
        "network that makes maps (U-Net, decoder)", "\(count(.transposed)) of its convolutions seem to be transposed"
      )
    }
    if depthwise.contains(where: { $0.kernel == Extent(7) }), count(.norm) > 0 {
      return ("ConvNeXt", "depthwise convolutions 7×7, and norms without statistics")
    }
    if let growth {
      return ("DenseNet", "convolutions that each read \(growth) channels more than the one before them")
    }
    if has(".squeeze.", ".expand1x1", "/squeeze", "_squeeze") {
      return ("SqueezeNet", "layers called squeeze and expand")
    }
    if has("Mixed_") { return ("Inception v3", "parts called Mixed_…") }
    if has("inception") { return ("GoogLeNet", "parts called inception…") }
    if !depthwise.isEmpty { return separable(depthwise) }
    let grouped = layers.filter { $0.kind == .grouped }
    let bottlenecks = bottleneckCount
    if grouped.count > 2, grouped.count * 7 > convolutions.count {
      return hasSqueezeExcitation
        ? ("RegNet Y", "grouped convolutions, and pairs of 1×1 convolutions that squeeze and excite")
        : bottlenecks.expanded > 0
          ? ("ResNeXt", "bottlenecks (1×1, grouped 3×3, 1×1 to twice the channels or more)")
          : ("RegNet X", "blocks of 1×1, grouped 3×3 and 1×1 convolutions of as many channels")
    }
    let blocks = groups.map(\.blocks).filter { $0 > 0 }
    let stages = blocks.isEmpty ? "" : "; \(blocks.map(String.init).joined(separator: ", ")) blocks in its stages"
    if bottlenecks.expanded > 1 {
      let depth = convolutions.count { !$0.isShortcut } + count(.fullyConnected)
      let isWide = bottlenecks.factor < 4
      return (
        "\(isWide ? "wide ResNet" : "ResNet") with bottlenecks, \(depth) layers deep",
        "1×1, 3×3 and 1×1 convolutions, to \(bottlenecks.factor) times the channels\(stages)"
      )
    }
    if layers.contains(where: \.isShortcut) || blocks.count > 1, count(.convolution, Extent(3)) > 6 {
      let depth = convolutions.count { !$0.isShortcut } + count(.fullyConnected)
      return ("ResNet with basic blocks, \(depth) layers deep", "pairs of 3×3 convolutions\(stages)")
    }
    let dense = count(.fullyConnected)
    if count(.convolution, Extent(3)) == convolutions.count, convolutions.count >= 6, dense > 0 {
      let norms = count(.batchNorm) > 0 ? ", with batch norms" : ""
      return (
        "VGG, \(convolutions.count + dense) layers deep",
        "3×3 convolutions alone and \(dense) fully connected layers\(norms)"
      )
    }
    if convolutions.count == 5, dense == 3 {
      return ("AlexNet or ZFNet", "five convolutions and three fully connected layers")
    }
    if convolutions.count <= 4, dense > 0 {
      return (
        "small network in the manner of LeNet", "\(convolutions.count) convolutions and \(dense) fully connected layers"
      )
    }
    return nil
  }

  private func separable(_ depthwise: [WeightsGuess.Layer]) -> (String, String) {
    if has(".branch1.", ".branch2.") {
      return ("ShuffleNet v2", "depthwise convolutions in parts called branch1 and branch2")
    }
    let expanded = layers.indices.dropFirst().contains { index in
      guard layers[index].kind == .depthwise,
        let before = layers[..<index].last(where: \.isConvolution), before.kernel == Extent(1),
        let inputs = before.inputs, let outputs = before.outputs
      else { return false }
      return outputs >= 3 * inputs
    }
    guard expanded else {
      return ("MobileNet v1 or Xception", "depthwise convolutions, with no expansion before them")
    }
    let large = depthwise.contains { $0.kernel == Extent(5) }
    if hasSqueezeExcitation {
      return (
        "EfficientNet or MobileNet v3", "inverted residuals (1×1 expansion, depthwise, 1×1) with squeeze and excitation"
      )
    }
    return (
      large ? "MNASNet" : "MobileNet v2",
      "inverted residuals (1×1 expansion, depthwise\(large ? " 3×3 and 5×5" : ""), 1×1) without squeeze and excitation"
    )
  }

  /// Pairs of layers with biases and no norm, that go to fewer channels and back.
  private var hasSqueezeExcitation: Bool {
    var pairs = 0
    for (first, second) in zip(layers, layers.dropFirst()) {
      guard first.kernel ?? Extent(1) == Extent(1), second.kernel ?? Extent(1) == Extent(1),
        [.convolution, .fullyConnected].contains(first.kind), second.kind == first.kind,
        let inputs = first.inputs, let middle = first.outputs, second.inputs == middle, second.outputs == inputs,
        middle < inputs
      else { continue }
      pairs += 1
    }
    return pairs > 1
  }

  /// How many times a 1×1 convolution, one with a window and another 1×1 follow each other and end with more channels than
  /// the window's, and how many times more.
  private var bottleneckCount: (expanded: Int, factor: Int) {
    let convolutions = layers.filter { $0.isConvolution && !$0.isShortcut }
    var found = (expanded: 0, factor: 0)
    for index in convolutions.indices.dropLast(2) {
      let (first, second, third) = (convolutions[index], convolutions[index + 1], convolutions[index + 2])
      guard first.kernel == Extent(1), second.kernel == Extent(3), third.kernel == Extent(1),
        let middle = second.outputs, let outputs = third.outputs, third.inputs == middle, outputs >= 2 * middle
      else { continue }
      found = (found.expanded + 1, outputs / middle)
    }
    return found
  }

  /// By how much the inputs of most 1×1 convolutions grow, one after the other.
  private var growth: Int? {
    let inputs = layers.filter { $0.kind == .convolution && $0.kernel == Extent(1) }.compactMap(\.inputs)
    guard inputs.count > 6 else { return nil }
    var counts: [Int: Int] = [:]
    for (first, second) in zip(inputs, inputs.dropFirst()) where second > first {
      counts[second - first, default: 0] += 1
    }
    guard let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), most.value * 4 > inputs.count * 3,
      count(.convolution, Extent(3)) * 3 > inputs.count * 2
    else { return nil }
    return most.key
  }
}
