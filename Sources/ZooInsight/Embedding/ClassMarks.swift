import ZooImages

/// How classes are told apart in a picture: a colour and a shape each. Ten colours and four shapes make twenty marks that differ;
/// classes beyond that begin again.
///
/// The colours differ by at least 18 units of CIELAB from each other also for people who see no red or no green (as simulated
/// by Machado, Oliveira & Fernandes, 2009), and have a contrast of at least 3:1 with a light page as well as with a dark one.
package enum ClassMarks {
  package static let colours: [Colour] = [
    0xd83d14, 0x8712ff, 0x4e9eb8, 0x536b43, 0xe9677f, 0x07a73f, 0x738ff2, 0xb208b0, 0x855678, 0x8365ff,
  ].map { Colour($0) }

  enum Shape: CaseIterable {
    case circle, square, triangle, diamond
  }

  package static func colour(of label: Int) -> Colour { colours[label % colours.count] }

  static func shape(of label: Int) -> Shape { Shape.allCases[label % Shape.allCases.count] }
}
