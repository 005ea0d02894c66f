import ZooGraph
import ZooKernels
import ZooTensor

/// The packed weights of one network at several sizes, by the nodes that they belong to.
///
/// A direct convolution's weights do not depend on the size of the map, Winograd's on its form only.
struct SharedWeights {
  private var actions: [String: [Action]] = [:]

  init(_ networks: [CompiledNetwork] = []) {
    for step in networks.lazy.flatMap(\.steps) where step.weightByteCount > 0 {
      actions[step.name, default: []].append(step.action)
    }
  }

  private func first<Packed>(_ node: Node, where match: (Action) -> Packed?) -> Packed? {
    actions[node.name]?.lazy.compactMap(match).first
  }

  func convolution(
    _ node: Node, _ geometry: ConvolutionGeometry, _ inputForm: PackedConvolution.InputForm
  ) -> PackedConvolution? {
    first(node) { action in
      switch action {
      case .convolve(let packed, _, _, _), .convolvePlanes(let packed, _, _, _):
        packed.resized(geometry, inputForm: inputForm)
      default: nil
      }
    }
  }

  func winograd(_ node: Node, _ geometry: ConvolutionGeometry, _ form: WinogradForm) -> PackedWinograd? {
    first(node) { action in
      if case .convolveWinograd(let packed, _, _, _, _, _) = action { packed.resized(geometry, form) } else { nil }
    }
  }

  /// A layer with weights for each position fits one size only.
  func locallyConnected(_ node: Node, _ geometry: ConvolutionGeometry) -> PackedLocallyConnected? {
    first(node) { action in
      if case .locallyConnect(let packed, _, _) = action, packed.geometry == geometry { packed } else { nil }
    }
  }

  func fullyConnected(_ node: Node, _ input: Shape, _ outputFeatures: Int) -> PackedFullyConnected? {
    first(node) { action in
      guard case .fullyConnect(let packed, _, _) = action, packed.inputShape.elementCount == input.elementCount,
        packed.inputShape.extent == input.extent, packed.outputFeatures == outputFeatures
      else { return nil }
      return packed
    }
  }

  func scale(_ node: Node) -> ChannelScale? {
    first(node) { action in
      if case .scale(let scale, _, _) = action { scale } else { nil }
    }
  }
}
