/// A height and a width: of a feature map, a kernel, a stride or a dilation.
public struct Extent: Hashable, Sendable, Codable {
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int

  /// Checks nothing: what may be zero depends on what it is for.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// A square.
  public init(_ side: Int) {
    self.init(height: side, width: side)
  }

  /// Height × width.
  public var area: Int { height * width }
}

extension Extent: CustomStringConvertible {
  /// `3×224`: height before width.
  public var description: String { "\(height)×\(width)" }
}

/// Rows and columns of zeros around a feature map.
public struct Padding: Hashable, Sendable, Codable {
  /// Rows before the first.
  public var top: Int
  /// Columns before the first.
  public var left: Int
  /// Rows after the last.
  public var bottom: Int
  /// Columns after the last.
  public var right: Int

  /// Rows and columns on each side; checks nothing.
  public init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  /// The same on all four sides.
  public init(_ all: Int) {
    self.init(top: all, left: all, bottom: all, right: all)
  }

  /// No rows and no columns.
  public static let none = Padding(0)

  /// Whether nothing is added on any side.
  public var isNone: Bool { self == .none }

  /// Rows above and below together.
  public var vertical: Int { top + bottom }
  /// Columns on the left and on the right together.
  public var horizontal: Int { left + right }
}

extension Padding: CustomStringConvertible {
  /// `1`, `1×2` (vertical × horizontal), or all four sides.
  public var description: String {
    if top == bottom, left == right { return top == left ? "\(top)" : "\(top)×\(left)" }
    return "top \(top), left \(left), bottom \(bottom), right \(right)"
  }
}
