import ZooTensor

/// How many rows and columns of zeros go around a map.
public enum PaddingRule: Hashable, Sendable {
  /// The same for every input.
  case fixed(Padding)
  /// TensorFlow's SAME: as many as make the output `⌈input / stride⌉`, in two halves of which the one below and to the
  /// right is the larger.
  case same

  /// The padding for an input of this extent.
  public func padding(
    input: Extent, kernel: Extent, stride: Extent, dilation: Extent = Extent(1)
  ) -> Padding {
    switch self {
    case .fixed(let padding):
      return padding
    case .same:
      func total(_ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
        guard input > 0, stride > 0 else { return 0 }
        let before = ((input - 1) / stride).multipliedSaturated(by: stride)
        let reach = (kernel - 1).multipliedSaturated(by: dilation).addingSaturated(1)
        return max(0, before.addingSaturated(reach).addingSaturated(-input))
      }
      let vertical = total(input.height, kernel.height, stride.height, dilation.height)
      let horizontal = total(input.width, kernel.width, stride.width, dilation.width)
      return Padding(
        top: vertical / 2, left: horizontal / 2, bottom: vertical - vertical / 2, right: horizontal - horizontal / 2)
    }
  }

  /// Whether no input gets any.
  public var isNone: Bool { self == .fixed(.none) }
}

extension PaddingRule: CustomStringConvertible {
  /// `1`, `1×2`, all four sides, or `same`.
  public var description: String {
    switch self {
    case .fixed(let padding): "\(padding)"
    case .same: "same"
    }
  }
}

extension Convolution {
  /// The rows and columns of zeros around an input of this extent.
  public func padding(for input: Extent) -> Padding {
    padding.padding(input: input, kernel: kernel, stride: stride, dilation: dilation)
  }
}

extension LocallyConnected {
  /// The rows and columns of zeros around an input of this extent.
  public func padding(for input: Extent) -> Padding {
    padding.padding(input: input, kernel: kernel, stride: stride)
  }
}

extension Pooling {
  /// The rows and columns of padding around an input of this extent.
  public func padding(for input: Extent) -> Padding {
    padding.padding(input: input, kernel: kernel, stride: stride)
  }
}
