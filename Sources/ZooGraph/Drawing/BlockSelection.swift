import ZooTensor

/// Which blocks of a network a picture shows as one box each.
///
/// The layers of a block have its path before their own: `layer1.0.conv1` lies in `layer1` and in `layer1.0`.
public enum BlockSelection: Hashable, Sendable {
  /// All blocks so many levels deep; 1 for the outermost. A layer that lies in none of that depth is drawn itself.
  case depth(Int)
  /// So many levels of blocks are shown, each block of the innermost of them as one box: as `depth`, but every layer is drawn itself
  /// where blocks are not that deep. Within a block, levels are counted from there.
  case levels(Int)
  /// The blocks of these paths. Of one within another, the outer one counts.
  case paths([String])
}

extension Graph {
  /// The paths of all blocks, in the order in which they begin.
  public var blockPaths: [String] {
    var seen: Set<String> = []
    return nodes.flatMap { enclosingBlocks(of: $0.name) }.filter { seen.insert($0).inserted }
  }

  /// For each node, the path of the selected block that it lies in.
  ///
  /// - Parameters:
  ///   - selection: what is one box each.
  ///   - block: the path of the block that is drawn; `nil` for the whole network.
  /// - Returns: for each node a path, or `nil` where it is drawn itself.
  /// - Throws: `DrawingError` when the network has no such block.
  func blocks(_ selection: BlockSelection, within block: String? = nil) throws(DrawingError) -> [String?] {
    switch selection {
    case .levels(let levels):
      let index = (block.map { enclosingBlocks(of: $0).count + 1 } ?? 0) + max(0, levels) - 1
      return nodes.map { node in
        let around = enclosingBlocks(of: node.name)
        return around.indices.contains(index) ? around[index] : nil
      }
    case .depth(let depth):
      let deepest = nodes.map { enclosingBlocks(of: $0.name).count }.max() ?? 0
      guard (1...max(deepest, 1)).contains(depth), deepest > 0 else {
        throw .noBlocksAtDepth(depth, graph: name, deepest: deepest)
      }
      return nodes.map { node in
        let around = enclosingBlocks(of: node.name)
        return around.count >= depth ? around[depth - 1] : nil
      }
    case .paths(let paths):
      for path in paths { try checkBlock(path) }
      return nodes.map { node in enclosingBlocks(of: node.name).first(where: paths.contains) }
    }
  }
}

extension Graph {
  /// - Throws: `DrawingError` when the network has no block of that path.
  func checkBlock(_ path: String) throws(DrawingError) {
    let known = blockPaths
    guard !known.contains(path) else { return }
    throw .blockNotFound(
      path, graph: name, isLayer: nodes.contains { $0.name == path }, suggestions: path.near(among: known),
      outermost: known.filter { enclosingBlocks(of: $0).isEmpty })
  }
}

/// The blocks around a layer or a block, the outermost first.
func enclosingBlocks(of path: String) -> [String] {
  path.indices.filter { path[$0] == "." || path[$0] == "/" }.map { String(path[..<$0]) }.filter { !$0.isEmpty }
}
