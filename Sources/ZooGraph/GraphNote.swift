import ZooTensor

/// Something about a graph that is worth knowing though it is not wrong.
public struct GraphNote: Hashable, Sendable {
  public enum Fact: Hashable, Sendable {
    /// The stride does not divide `input + padding − kernel`, so the number of windows is rounded down and the last
    /// `unread` rows and columns of the padded input, `lost` of them pixels of the input itself, are in no window.
    case strideDoesNotDivide(
      input: Extent, padding: Padding, kernel: Extent, stride: Extent, output: Extent, unread: Extent, lost: Extent)
    /// Adaptive pooling makes a map larger: cells are copies of each other.
    case adaptivePoolingEnlarges(input: Extent, output: Extent)
  }

  public let node: NodePlace
  public let fact: Fact

  /// Whether the network ignores pixels or makes copies; otherwise only padding is affected.
  public var isWarning: Bool {
    switch fact {
    case .strideDoesNotDivide(_, _, _, _, _, _, let lost): lost.height > 0 || lost.width > 0
    case .adaptivePoolingEnlarges: true
    }
  }
}

extension Graph {
  /// Notes about the graph's geometry, in the order of its nodes.
  public func notes() -> [GraphNote] {
    ids.compactMap { id in
      fact(about: self[id]).map { GraphNote(node: self[id].place, fact: $0) }
    }
  }

  private func fact(about node: Node) -> GraphNote.Fact? {
    guard let input = node.inputs.first.map({ self[$0].shape }) else { return nil }
    switch node.operation {
    case .convolution(let layer):
      return (try? layer.geometry(input: input)).flatMap(unreadFact)
    case .locallyConnected(let layer):
      return (try? layer.geometry(input: input)).flatMap(unreadFact)
    case .maxPool(let pooling) where pooling.rounding == .floor,
      .averagePool(let pooling, _) where pooling.rounding == .floor:
      // A pooling window reads as a convolution of one channel does.
      let geometry = try? ConvolutionGeometry(
        inputChannels: 1, outputChannels: 1, input: input.extent, kernel: pooling.kernel, stride: pooling.stride,
        padding: pooling.padding(for: input.extent))
      return geometry.flatMap(unreadFact)
    case .adaptiveAveragePool(let output):
      guard output.height > input.extent.height || output.width > input.extent.width else { return nil }
      return .adaptivePoolingEnlarges(input: input.extent, output: output)
    case .input, .maxPool, .averagePool, .fullyConnected, .globalAveragePool, .activation, .batchNorm,
      .localResponseNorm, .dropout, .softmax, .concat, .add, .flatten, .subsample:
      return nil
    }
  }

  /// Strides longer than the kernel skip pixels between windows on purpose; for them nothing is said.
  private func unreadFact(_ geometry: ConvolutionGeometry) -> GraphNote.Fact? {
    let reach = Extent(
      height: geometry.dilation.height * (geometry.kernel.height - 1) + 1,
      width: geometry.dilation.width * (geometry.kernel.width - 1) + 1)
    let unread = Extent(
      height: geometry.stride.height > reach.height ? 0 : geometry.unread.height,
      width: geometry.stride.width > reach.width ? 0 : geometry.unread.width)
    guard unread != Extent(0) else { return nil }
    return .strideDoesNotDivide(
      input: geometry.input, padding: geometry.padding, kernel: reach, stride: geometry.stride,
      output: geometry.output, unread: unread,
      lost: Extent(
        height: max(0, unread.height - geometry.padding.bottom), width: max(0, unread.width - geometry.padding.right)))
  }
}
