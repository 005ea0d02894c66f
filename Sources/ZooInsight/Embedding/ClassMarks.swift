import ZooImages

/// How classes are told apart in a picture: a colour and a shape each. Ten colours and four shapes make twenty marks that differ;
/// classes beyond that begin again.
///
/// The colours differ by at least 18 units of CIELAB from each other also for people who see no red or no green (as simulated
/// by Machado, Oliveira & Fernandes, 2009), and stand out from a light page as well as from a dark one.
package enum ClassMarks {
  package static let colours: [Colour] = [
    0x2986a8, 0x4d2bfa, 0xfc8445, 0x9e6459, 0x0458c6, 0xd71200, 0x55bb93, 0xfb15b0, 0xa52d24, 0xb01467,
  ].map { Colour($0) }

  enum Shape: CaseIterable {
    case circle, square, triangle, diamond
  }

  package static func colour(of label: Int) -> Colour { colours[label % colours.count] }

  static func shape(of label: Int) -> Shape { Shape.allCases[label % Shape.allCases.count] }
}

extension Colour {
  var hexadecimal: String {
    "#"
      + [red, green, blue].map { channel in
        let text = String(channel, radix: 16)
        return text.utf8.count == 1 ? "0\(text)" : text
      }.joined()
  }
}
