/// A part of a report under a heading of its own.
public struct ReportSection: Sendable {
  /// What a section is put together of.
  public enum Block: Sendable {
    /// Names and what they are.
    case facts([Fact])
    case paragraph(String)
    /// Rows of cells; columns whose numbers are compared are aligned at their right.
    case table(caption: String, columns: [Column], rows: [[String]])
    /// Classes with their probabilities as bars.
    case bars(caption: String, [Bar])
    case figure(Figure, ReportFigure)
    /// An SVG that is part of the page.
    case drawing(svg: String, words: String, ReportFigure)
    /// An SVG with a style of its own, so many of its units wide and high.
    case plot(svg: String, width: Int, height: Int, words: String, ReportFigure)
    /// Why a figure is not there.
    case refusal(title: String, reason: String)
    /// What to run to get all of it again.
    case command(String)
  }

  /// A name with a value.
  public struct Fact: Hashable, Sendable {
    /// On the left.
    public var name: String
    /// On the right.
    public var value: String
    /// Where the value is published.
    public var address: String?

    /// A name with a value; `address` makes a link of it.
    public init(_ name: String, _ value: String, address: String? = nil) {
      (self.name, self.value, self.address) = (name, value, address)
    }
  }

  /// A column of a table.
  public struct Column: Hashable, Sendable {
    /// In its head.
    public var title: String
    /// Whether it is set flush right.
    public var isNumber: Bool

    /// A column by its head.
    public init(_ title: String, isNumber: Bool = false) { (self.title, self.isNumber) = (title, isNumber) }
  }

  /// A bar with a name.
  public struct Bar: Hashable, Sendable {
    /// On the left of it.
    public var name: String
    /// From 0 to 1.
    public var share: Double
    /// The numbers behind the bar.
    public var numbers: [String]
  }

  /// What a link within the page names.
  public var id: String
  /// The heading.
  public var title: String
  /// In the order of the page.
  public var blocks: [Block]
  /// Whether it is shown before anybody asks for it.
  public var isOpen: Bool

  /// - Parameters:
  ///   - id: the anchor of the heading, unique on the page.
  ///   - title: the heading.
  ///   - isOpen: whether it is unfolded when the page opens.
  ///   - blocks: in the order of the page.
  public init(id: String, title: String, isOpen: Bool = true, _ blocks: [Block]) {
    (self.id, self.title, self.isOpen, self.blocks) = (id, title, isOpen, blocks)
  }
}

/// A figure of a report, for the command that makes it again.
public enum ReportFigure: Hashable, Sendable {
  /// What the network saw.
  case picture
  case answer
  case activations(layer: String, maps: Int)
  case attribution(AttributionMethod, maximumSteps: Int)
  case contributions
  case occlusion(patch: Int, stride: Int)
  case adversarial(epsilon: Int)
  /// The patches of one unit.
  case top(layer: String, unit: Int, count: Int)
  /// The picture among the folder's.
  case codes
  case filters(layer: String, maps: Int)
  case layers
  case graph

  /// What tells it from the others of a page.
  var id: String {
    switch self {
    case .picture: "figure-picture"
    case .answer: "figure-answer"
    case .activations(let layer, _): "figure-activations-\(Self.word(layer))"
    case .attribution(let method, _): "figure-\(method.rawValue)"
    case .contributions: "figure-cam"
    case .occlusion: "figure-occlusion"
    case .adversarial: "figure-adversarial"
    case .top(let layer, let unit, _): "figure-top-\(Self.word(layer))-\(unit)"
    case .codes: "figure-codes"
    case .filters: "figure-filters"
    case .layers: "figure-layers"
    case .graph: "figure-graph"
    }
  }

  /// Letters, digits, dots and dashes as they are, others by their numbers, so that two names never give the same.
  private static func word(_ name: String) -> String {
    name.unicodeScalars.map { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", ".", "-": String(scalar)
      default: "_\(String(scalar.value, radix: 16))_"
      }
    }.joined()
  }
}
