/// Why a graph cannot be drawn as it was asked for. The words are in `DrawingError+Message.swift`.
public enum DrawingError: Error, Hashable, Sendable {
  /// The network has no block of that path; `isLayer` says whether it has a layer, `suggestions` are near paths.
  case blockNotFound(String, graph: String, isLayer: Bool, suggestions: [String], outermost: [String])
  /// No block lies so deep; 0 for the deepest when there are none at all.
  case noBlocksAtDepth(Int, graph: String, deepest: Int)
  /// The picture would have more pixels than that.
  case tooLarge(width: Int, height: Int, limit: Int)
}
