/// A rectangle of a picture and what is seen in it.
///
/// Coordinates are in the picture's pixels from its upper left corner; parts may lie outside.
public struct LabelledBox: Hashable, Sendable {
  /// The column of the left edge.
  public var x: Double
  /// The row of the upper edge.
  public var y: Double
  /// In pixels.
  public var width: Double
  /// In pixels.
  public var height: Double
  /// What is seen; boxes of one label have one colour.
  public var label: String
  /// What else to write behind the label, such as a probability.
  public var detail: String

  /// A rectangle by its upper left corner and size in pixels, the name of what is in it, and a smaller text behind
  /// that.
  public init(x: Double, y: Double, width: Double, height: Double, label: String, detail: String = "") {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
    self.label = label
    self.detail = detail
  }

  /// What is written beside the box.
  var caption: String {
    [label, detail].filter { !$0.isEmpty }.joined(separator: " ")
  }
}
