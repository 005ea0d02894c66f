import ZooTensor

/// Channels of a value in an order: each channel of the result is one of the input's, which is there once at most.
public enum ChannelSelection: Hashable, Sendable {
  /// So many, from one on.
  case slice(first: Int, channels: Int)
  /// All of them, with the groups interleaved: channel `j · groups + i` is the j-th of group i (Zhang et al., 2018).
  case shuffle(groups: Int)
  /// The given ones, counted over all inputs, one after the other (set by `ComposeChannelSelections`).
  case listed([Int])

  /// Which of the input's channels each of the result is. `channels`: those of all inputs. Throws
  /// `ShapeError.attributeOutOfRange` when there are no such channels.
  package func sources(of channels: Int) throws(ShapeError) -> [Int] {
    switch self {
    case .slice(let first, let count):
      guard (0..<channels).contains(first) else {
        throw .attributeOutOfRange(
          attribute: "first", value: "\(first)", expected: "0 to \(channels - 1); the input has \(channels) channels")
      }
      guard (1...channels - first).contains(count) else {
        throw .attributeOutOfRange(
          attribute: "channels", value: "\(count)",
          expected: "1 to \(channels - first); from channel \(first) on, the input has so many")
      }
      return Array(first..<first + count)
    case .shuffle(let groups):
      guard groups > 0, channels % groups == 0 else {
        throw .attributeOutOfRange(
          attribute: "groups", value: "\(groups)", expected: "a divisor of the input's \(channels) channels")
      }
      let each = channels / groups
      return (0..<channels).map { $0 % groups * each + $0 / groups }
    case .listed(let sources):
      guard !sources.isEmpty, Set(sources).count == sources.count, sources.allSatisfy((0..<channels).contains) else {
        throw .attributeOutOfRange(
          attribute: "channels", value: "\(sources)", expected: "different ones of the \(channels) that there are")
      }
      return sources
    }
  }
}

extension Operation {
  /// For an operation that selects channels, which of those of its inputs, one input after the other, each channel of
  /// the value is; `nil` for other operations. Precondition: the operation fits the inputs. `inputs`: the shapes of the
  /// inputs.
  package func selectedChannels(of inputs: [Shape]) -> [Int]? {
    guard case .selectChannels(let selection) = self else { return nil }
    do throws(ShapeError) {
      return try selection.sources(of: inputs.reduce(0) { $0 + $1.channels })
    } catch {
      preconditionFailure("\(self) of \(inputs): \(error)")
    }
  }
}

extension Graph {
  /// Whether a node's value has all channels of its input in their order, by the operation that selects them.
  func selectsAllInOrder(_ node: Node) -> Bool {
    let shapes = node.inputs.map { self[$0].shape }
    return shapes.count == 1 && node.shape == shapes[0]
      && node.operation.selectedChannels(of: shapes).map { $0.elementsEqual($0.indices) } ?? true
  }
}

extension Gradient {
  /// For the gradient of a selection of channels: which channel of the value's gradient that of each channel of an input is;
  /// `nil` for those that are not selected.
  package func channelsOfInput(_ index: Int) -> [Int?] {
    let before = inputs[..<index].reduce(0) { $0 + $1.channels }
    var channels = [Int?](repeating: nil, count: inputs[index].channels)
    for (channel, source) in (operation.selectedChannels(of: inputs) ?? []).enumerated() {
      if channels.indices.contains(source - before) { channels[source - before] = channel }
    }
    return channels
  }
}
