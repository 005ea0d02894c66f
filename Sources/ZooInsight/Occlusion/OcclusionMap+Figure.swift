import ZooImages
import ZooTensor

extension OcclusionMap {
  /// The picture, and what the patch changes at each of its places, in one scale around zero.
  ///
  /// - Parameters:
  ///   - picture: what the network sees; `nil` to draw the places alone
  ///   - name: of the class
  ///   - notes: what made it
  public func figure(of picture: PixelImage?, class name: String, notes: [String]) -> Figure {
    let (positions, stride) = (occlusion.positions, Double(occlusion.stride))
    let limit = scoreChanges.map(abs).max() ?? 0
    // A cell stands in the middle of its patch, and is as large as the step, so that cells do not cover each other.
    let centre = Double(occlusion.patch) / 2
    let map = GridMap(
      rows: positions.height, columns: positions.width, values: scoreChanges,
      placement: GridMap.Placement(
        origin: HeatMap.Vector(x: centre, y: centre), step: HeatMap.Vector(x: stride, y: stride)))
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
      title: "Occlusion: how the logit of \(name) changes", panels: panels,
      scale: .signed(Double(limit), unit: "logit with the patch − without"), notes: notes)
  }
}
