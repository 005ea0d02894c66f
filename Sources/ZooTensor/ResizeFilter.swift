/// How a resized pixel is made of the pixels around it.
public enum ResizeFilter: String, Hashable, Sendable, CaseIterable {
  /// A triangle, as wide as the reduction demands (antialiased).
  case bilinear
  /// Keys' cubic with a = −0.5, as wide as the reduction demands (antialiased).
  case bicubic
  /// The nearest pixel; not antialiased.
  case nearest
}
