import ZooImages
import ZooTensor

extension PreferredPicture {
  /// The picture, and the score of each step.
  ///
  /// - Parameter notes: what to say of model, weights and command.
  /// - Returns: A figure.
  public func figure(notes: [String]) -> Figure {
    var caption = "\(name): \(Figure.short(pictureScore))"
    if let wanted { caption += ", probability \(Figure.short(wanted.probability))" }
    let curve = PictureSearchCurve(curve: curve, isLogarithmic: false, title: "score as moved", marked: iteration)
    return Figure(
      title: "a picture for: \(name)",
      panels: [
        .init(caption: caption, content: .picture(picture)),
        .init(caption: "dot: the last that was moved", content: .picture(curve.image())),
      ], columns: 2,
      notes: notes + ["Made by the gradient: not a picture of what such things look like, nor the only one."])
  }
}
