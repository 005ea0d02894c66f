import ZooTensor

/// Which blocks of a network a picture shows as one box each.
///
/// The layers of a block have its path before their own: `layer1.0.conv1` lies in `layer1` and in `layer1.0`.
public enum BlockSelection: Hashable, Sendable {
  /// All blocks so many levels deep; 1 for the outermost. A layer that lies in none of that depth is drawn itself.
  case depth(Int)
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
  /// - Throws: `DrawingError` when the network has no such block.
  func blocks(_ selection: BlockSelection) throws(DrawingError) -> [String?] {
    switch selection {
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
      let known = blockPaths
      for path in paths where !known.contains(path) {
        throw .blockNotFound(
          path, graph: name, isLayer: nodes.contains { $0.name == path }, suggestions: path.near(among: known),
          outermost: known.filter { enclosingBlocks(of: $0).isEmpty })
      }
      return nodes.map { node in enclosingBlocks(of: node.name).first(where: paths.contains) }
    }
  }
}

/// The blocks around a layer or a block, the outermost first.
private func enclosingBlocks(of path: String) -> [String] {
  path.indices.filter { path[$0] == "." || path[$0] == "/" }.map { String(path[..<$0]) }.filter { !$0.isEmpty }
}
