/// Positions for the boxes of a graph and paths for its edges, from top to bottom; no two boxes overlap and no edge meets a box.
///
/// Graphs of series and parallel parts, as nearly all classifiers are, have lanes; others have layers. A pure function of the sizes and
/// edges.
package struct GraphLayout {
  /// The centre of each box.
  package let centers: [LayeredLayout.Point]
  /// For each edge, the vertical pieces that it consists of, from the box above to the box below; curves join them.
  package let paths: [[(x: Double, top: Double, bottom: Double)]]
  package let width: Double
  package let height: Double
  /// Whether each way between a fork and its join has a lane of its own.
  package let hasLanes: Bool

  /// - Parameters:
  ///   - sizes: of the boxes.
  ///   - labels: the width of what is written below each box, at the right of its edges.
  ///   - edges: pairs of boxes.
  /// - Precondition: each edge leads to a box with a larger index; there are as many labels as sizes.
  package init(sizes: [(width: Double, height: Double)], labels: [Double], edges: [(from: Int, to: Int)]) {
    if let lanes = LaneLayout(sizes: sizes, labels: labels, edges: edges) {
      (centers, paths, width, height) = (lanes.centers, lanes.paths, lanes.width, lanes.height)
      hasLanes = true
    } else {
      let layers = LayeredLayout(sizes: sizes, edges: edges)
      (centers, paths, width, height) = (layers.centers, layers.paths, layers.width, layers.height)
      hasLanes = false
    }
  }
}
