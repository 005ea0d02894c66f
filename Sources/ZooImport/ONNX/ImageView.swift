import ZooTensor

/// How a value of a file's lies over a value of zoo's, `[channels, height, width]` or `[channels]`: each dimension of the
/// file's is a product of parts of these sides, and dimensions of one element are of none.
///
/// What only moves elements — transposing, reshaping, adding and removing dimensions — changes the view alone. So pairs of
/// transpositions cancel, and an operation sees what its axis is.
package struct ImageView: Hashable {
  package enum Side: Int, Hashable {
    case batch, channels, height, width
  }

  /// A part of a side: `size` steps of so many elements of the side.
  package struct Part: Hashable {
    package var side: Side
    package var stride: Int
    package var size: Int
  }

  /// Outermost first; no part has one element.
  private(set) var dimensions: [[Part]]

  init(_ dimensions: [[Part]]) {
    self.dimensions = dimensions.map(Self.merged)
  }

  /// `[batch, channels, height, width]` or `[batch, channels]`.
  package init(of shape: Shape, batch: Int) {
    let sides: [Side] = [.channels, .height, .width]
    dimensions =
      [Self.whole(.batch, batch)] + zip(sides, shape.dimensions).map { Self.whole($0, $1) }
  }

  /// All of a side.
  static func whole(_ side: Side, _ size: Int) -> [Part] {
    size == 1 ? [] : [Part(side: side, stride: 1, size: size)]
  }

  var rank: Int { dimensions.count }
  package var sizes: [Int] { dimensions.map { $0.reduce(1) { $0 * $1.size } } }

  /// All parts, outermost first, as far as possible in one.
  package var parts: [Part] { Self.merged(dimensions.flatMap(\.self)) }

  /// Whether the elements are in zoo's order.
  package var isInOrder: Bool {
    let parts = parts
    return parts.allSatisfy { $0.stride == 1 }
      && zip(parts, parts.dropFirst()).allSatisfy { $0.side.rawValue < $1.side.rawValue }
  }

  /// Whether each side is there once and as a whole: at most the axes are in another order.
  package var hasWholeSides: Bool {
    parts.allSatisfy { $0.stride == 1 } && Set(parts.map(\.side)).count == parts.count
  }

  package func transposed(_ order: [Int]) -> ImageView { ImageView(order.map { dimensions[$0] }) }

  /// - Precondition: as many elements.
  /// - Returns: `nil` where a dimension would hold a piece of a part.
  package func reshaped(to sizes: [Int]) -> ImageView? {
    var rest = Array(parts.reversed())
    var result: [[Part]] = []
    for size in sizes {
      var left = size
      var dimension: [Part] = []
      while left > 1 {
        guard let part = rest.popLast() else { return nil }
        if left % part.size == 0 {
          dimension.append(part)
          left /= part.size
        } else if part.size % left == 0 {
          let inner = part.size / left
          dimension.append(Part(side: part.side, stride: part.stride * inner, size: left))
          rest.append(Part(side: part.side, stride: part.stride, size: inner))
          left = 1
        } else {
          return nil
        }
      }
      result.append(dimension)
    }
    return rest.isEmpty ? ImageView(result) : nil
  }

  /// With dimensions of one element removed; `nil` where another one is.
  func removing(_ axes: Set<Int>) -> ImageView? {
    guard axes.allSatisfy({ dimensions[$0].isEmpty }) else { return nil }
    return ImageView(dimensions.indices.filter { !axes.contains($0) }.map { dimensions[$0] })
  }

  /// With other dimensions in place of some.
  func replacing(_ changes: [Int: [Part]]) -> ImageView {
    ImageView(dimensions.indices.map { changes[$0] ?? dimensions[$0] })
  }

  private static func merged(_ parts: [Part]) -> [Part] {
    var result: [Part] = []
    for part in parts where part.size > 1 {
      if let last = result.last, last.side == part.side, last.stride == part.stride * part.size {
        result[result.count - 1] = Part(side: part.side, stride: part.stride, size: last.size * part.size)
      } else {
        result.append(part)
      }
    }
    return result
  }
}
