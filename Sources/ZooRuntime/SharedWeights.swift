import ZooGraph
import ZooKernels
import ZooTensor

/// The packed weights of one network at several sizes, by the nodes that they belong to.
///
/// A direct convolution's weights do not depend on the size of the map, Winograd's on its form only.
struct SharedWeights {
  private var layers: [String: [any PackedLayer]] = [:]

  init(_ networks: [CompiledNetwork] = []) {
    for step in networks.lazy.flatMap(\.steps) {
      if let layer = step.packed as? ScaledConvolution {
        layers[step.name, default: []].append(layer.convolution)
        layers[layer.scaleName, default: []].append(layer.scale)
      } else if let layer = step.packed as? ExpandedDepthwise {
        layers[step.name, default: []].append(layer.depthwise)
        layers[layer.expansionName, default: []].append(layer.expansion)
      } else if let layer = step.packed {
        layers[step.name, default: []].append(layer)
      }
    }
  }

  /// The first of a node's layers of which `match` makes one.
  private func first<Layer: PackedLayer>(_ node: Node, where match: (Layer) -> Layer?) -> Layer? {
    for case let layer as Layer in layers[node.name] ?? [] {
      if let found = match(layer) { return found }
    }
    return nil
  }

  func convolution(
    _ node: Node, _ geometry: ConvolutionGeometry, _ inputForm: PackedConvolution.InputForm
  ) -> PackedConvolution? {
    first(node) { $0.resized(geometry, inputForm: inputForm) }
  }

  func winograd(_ node: Node, _ geometry: ConvolutionGeometry, _ form: WinogradForm) -> PackedWinograd? {
    first(node) { $0.resized(geometry, form) }
  }

  func transposedConvolution(_ node: Node, _ geometry: ConvolutionGeometry) -> PackedTransposedConvolution? {
    first(node) { $0.resized(geometry) }
  }

  /// A layer with weights for each position fits one size only.
  func locallyConnected(_ node: Node, _ geometry: ConvolutionGeometry) -> PackedLocallyConnected? {
    first(node) { $0.geometry == geometry ? $0 : nil }
  }

  func fullyConnected(_ node: Node, _ input: Shape, _ outputFeatures: Int) -> PackedFullyConnected? {
    first(node) { layer in
      let isSame =
        layer.inputShape.elementCount == input.elementCount && layer.inputShape.extent == input.extent
        && layer.outputFeatures == outputFeatures
      return isSame ? layer : nil
    }
  }

  func scale(_ node: Node) -> ChannelScale? {
    first(node) { $0 }
  }

  func affine(_ node: Node) -> ChannelAffine? {
    first(node) { $0 }
  }

  func slopes(_ node: Node) -> ChannelSlopes? {
    first(node) { $0 }
  }
}
