import ZooGraph

/// A value of the model: a node of the graph, and how Keras sees it.
struct KerasValue {
  var node: NodeID
  /// Whether it has no positions for Keras. Its node may be a map with one position.
  var isVector: Bool
  /// The order of a vector's elements.
  var order = ElementOrder()
}

/// In which order Keras has the elements of a vector of zoo's: pieces that follow each other, each as it was, or a map whose
/// channels came last.
struct ElementOrder: Hashable {
  struct Piece: Hashable {
    var channels: Int
    /// How many positions each channel has; in zoo they are next to each other, in Keras the channels are.
    var positions: Int
  }

  /// Empty where the order is zoo's.
  private(set) var pieces: [Piece] = []

  init() {}

  /// Of a map whose channels came last.
  init(channels: Int, positions: Int) {
    if channels > 1, positions > 1 { pieces = [Piece(channels: channels, positions: positions)] }
  }

  /// Vectors of these numbers of elements, one after the other.
  init(joining vectors: [(order: ElementOrder, count: Int)]) {
    guard vectors.contains(where: { !$0.order.isPlain }) else { return }
    for (order, count) in vectors {
      pieces += order.isPlain ? [Piece(channels: count, positions: 1)] : order.pieces
    }
  }

  var isPlain: Bool { pieces.isEmpty }

  /// For each of zoo's elements, where Keras has it; `count` is the number of elements.
  func places(_ count: Int) -> [Int] {
    guard !isPlain else { return Array(0..<count) }
    var places: [Int] = []
    places.reserveCapacity(count)
    for piece in pieces {
      let start = places.count
      for channel in 0..<piece.channels {
        for position in 0..<piece.positions { places.append(start + position * piece.channels + channel) }
      }
    }
    return places
  }
}

/// What zoo has no layer for: a sentence without its subject, which is a layer of the file.
struct KerasRefusal: Error {
  let what: String

  init(_ what: String) {
    self.what = what
  }
}
