import ZooImages
import ZooTensor

extension OcclusionMap {
  /// The picture, and what the patch changes at each of its places, in one scale around zero.
  ///
  /// - Parameters:
  ///   - picture: what the network sees; `nil` to draw the places alone
  ///   - what: what is explained, in words, as `AttributionTarget.description` has it
  ///   - notes: what made it
  /// - Returns: A figure of two panels.
  public func figure(on picture: PixelImage?, of what: String, notes: [String]) -> Figure {
    let positions = occlusion.positions
    let limit = scoreChanges.map(abs).max() ?? 0
    let map = grid(scoreChanges)
    let caption = "\(positions) places of a patch of \(occlusion.patch)×\(occlusion.patch)"
    let panels: [Figure.Panel] =
      if let picture {
        [
          Figure.Panel(caption: "what the network sees", content: .picture(picture)),
          Figure.Panel(caption: caption, content: .overlay(map, on: picture)),
        ]
      } else {
        [Figure.Panel(caption: caption, content: .map(map))]
      }
    return Figure(
      title: "Occlusion: how the \(what) changes", panels: panels,
      scale: .signed(Double(limit), unit: "\(against == nil ? "logit" : "difference") with the patch − without"),
      notes: notes)
  }

  /// Numbers for all places, at their places on the picture: each stands in the middle of its patch, and is as large as the
  /// step, so that cells do not cover each other.
  func grid(_ values: [Float]) -> GridMap {
    let (positions, stride, centre) = (occlusion.positions, Double(occlusion.stride), Double(occlusion.patch) / 2)
    return GridMap(
      rows: positions.height, columns: positions.width, values: values,
      placement: GridMap.Placement(
        origin: HeatMap.Vector(x: centre, y: centre), step: HeatMap.Vector(x: stride, y: stride)))
  }
}
