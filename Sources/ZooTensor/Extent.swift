/// A height and a width: of a feature map, a kernel, a stride or a dilation.
public struct Extent: Hashable, Sendable, Codable {
  public var height: Int
  public var width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// A square.
  public init(_ side: Int) {
    self.init(height: side, width: side)
  }

  public var area: Int { height * width }
}

extension Extent: CustomStringConvertible {
  public var description: String { "\(height)×\(width)" }
}

/// Rows and columns of zeros around a feature map.
public struct Padding: Hashable, Sendable, Codable {
  public var top: Int
  public var left: Int
  public var bottom: Int
  public var right: Int

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

  public static let none = Padding(0)

  public var isNone: Bool { self == .none }

  public var vertical: Int { top + bottom }
  public var horizontal: Int { left + right }
}

extension Padding: CustomStringConvertible {
  /// `1`, `1×2` (vertical × horizontal), or all four sides.
  public var description: String {
    if top == bottom, left == right { return top == left ? "\(top)" : "\(top)×\(left)" }
    return "top \(top), left \(left), bottom \(bottom), right \(right)"
  }
}
