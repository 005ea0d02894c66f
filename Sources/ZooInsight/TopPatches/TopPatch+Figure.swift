import ZooImages
import ZooTensor

extension TopPatch {
  /// The patches of units, a row for each, the best first.
  ///
  /// - Parameters:
  ///   - title: above the figure.
  ///   - patches: of one or more units.
  ///   - columns: how many patches are kept for each unit.
  ///   - notes: below the figure, one a line.
  /// - Returns: A figure.
  public static func figure(title: String, _ patches: [TopPatch], columns: Int, notes: [String]) -> Figure {
    let panels = patches.map { patch in
      let crop = patch.crop ?? PixelImage(width: 1, height: 1, layout: .grey, trusted: [255])
      return Figure.Panel(
        caption: "\(patch.unit): \(Figure.short(Double(patch.value)))\(patch.crop == nil ? " (padding)" : "")",
        content: .picture(crop))
    }
    return Figure(
      title: title, panels: panels, columns: max(1, columns),
      notes: [
        "Below each patch: the number of the unit, and its value there. A patch is the receptive box at that place, what the unit sees of the input, cut out of the picture; of each picture only the best is shown."
      ] + notes)
  }
}
