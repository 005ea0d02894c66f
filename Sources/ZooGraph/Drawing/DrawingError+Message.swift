extension DrawingError: CustomStringConvertible {
  /// What cannot be drawn, for a person, with the names that there are.
  public var description: String {
    switch self {
    case .blockNotFound(let path, let graph, let isLayer, let suggestions, let outermost):
      let what =
        isLayer
        ? "'\(path)' is a layer of \(graph), not a block of layers" : "no block '\(path)' in \(graph)"
      if outermost.isEmpty {
        return "\(what); no layer's path has a part before a dot, so the network has no blocks"
      }
      if !suggestions.isEmpty {
        return "\(what) (did you mean \(suggestions.map { "'\($0)'" }.joined(separator: " or "))?)"
      }
      return "\(what); its outermost blocks are \(outermost.prefix(12).joined(separator: ", "))"
        + (outermost.count > 12 ? " and \(outermost.count - 12) more" : "")
    case .tooLarge(let width, let height, let limit):
      return
        "the picture would have \(width)×\(height) pixels, more than \(grouped(limit)); draw blocks as one box each, one block "
        + "alone, or an SVG, which has no limit"
    case .noBlocksAtDepth(let depth, let graph, let deepest):
      if deepest == 0 {
        return "\(graph) has no blocks: no layer's path has a part before a dot, so there is nothing to make one box of"
      }
      return
        "\(graph) has no blocks \(depth) levels deep; expected 1 (the outermost)\(deepest > 1 ? " to \(deepest)" : "")"
    }
  }
}
