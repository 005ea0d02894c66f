import ZooTensor

/// Something about a graph that is worth knowing though it is not wrong.
public struct GraphNote: Hashable, Sendable {
  /// What is worth knowing.
  public enum Fact: Hashable, Sendable {
    /// The stride does not divide `input + padding − kernel`, so the number of windows is rounded down and the last
    /// `unread` rows and columns of the padded input, `lost` of them pixels of the input itself, are in no window.
    case strideDoesNotDivide(
      input: Extent, padding: Padding, kernel: Extent, stride: Extent, output: Extent, unread: Extent, lost: Extent)
    /// Adaptive pooling makes a map larger: cells are copies of each other.
    case adaptivePoolingEnlarges(input: Extent, output: Extent)
  }

  /// The layer that it is about.
  public let node: NodePlace
  /// What is worth knowing, as data.
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
    switch node.geometry {
    case .convolution(let window):
      let reach = Extent(
        height: window.dilation.height * (window.kernel.height - 1) + 1,
        width: window.dilation.width * (window.kernel.width - 1) + 1)
      return unreadFact(window.input, window.padding, reach, window.stride, window.output)
    case .pooling(let window):
      guard window.rounding == .floor else { return nil }
      return unreadFact(window.input, window.padding, window.kernel, window.stride, window.output)
    case .resampling, .transposedConvolution: return nil
    case nil:
      guard node.operation.traits.reach == .share else { return nil }
      let (input, output) = (self[node.inputs[0]].shape.extent, node.shape.extent)
      guard output.height > input.height || output.width > input.width else { return nil }
      return .adaptivePoolingEnlarges(input: input, output: output)
    }
  }

  /// Strides longer than the kernel skip pixels between windows on purpose; for them nothing is said.
  private func unreadFact(
    _ input: Extent, _ padding: Padding, _ kernel: Extent, _ stride: Extent, _ output: Extent
  ) -> GraphNote.Fact? {
    func unread(_ length: Int, _ kernel: Int, _ stride: Int) -> Int {
      stride > kernel ? 0 : (length - kernel) % stride
    }
    let unread = Extent(
      height: unread(input.height + padding.vertical, kernel.height, stride.height),
      width: unread(input.width + padding.horizontal, kernel.width, stride.width))
    guard unread != Extent(0) else { return nil }
    return .strideDoesNotDivide(
      input: input, padding: padding, kernel: kernel, stride: stride, output: output, unread: unread,
      lost: Extent(
        height: max(0, unread.height - padding.bottom), width: max(0, unread.width - padding.right)))
  }
}
