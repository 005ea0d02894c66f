import ZooImages
import ZooKit

extension AdversarialPicture {
  /// How many times larger than it is a change of so many levels can be drawn.
  package static func magnification(of change: Int) -> Int { max(1, 127 / max(1, change)) }

  /// The change about mid-grey, so many times larger than it is.
  package func change(magnified factor: Int) -> PixelImage {
    let pixels = zip(before.pixels, after.pixels).map { before, after in
      UInt8(min(255, max(0, 128 + (Int(after) - Int(before)) * factor)))
    }
    return PixelImage(width: before.width, height: before.height, layout: before.layout, trusted: pixels)
  }

  /// Before, the change, and after. `first`: what the model takes it for before. `last`: what it takes it for after.
  /// `factor`: how many times larger than it is the change is drawn; `nil` for as many as fit.
  package func panels(
    before first: Classification, after last: Classification, magnification factor: Int? = nil
  ) -> [Figure.Panel] {
    let factor = factor ?? Self.magnification(of: size.largest)
    func caption(_ answer: Classification) -> String { "\(answer.label), \(Figure.short(answer.probability))" }
    return [
      Figure.Panel(caption: "before: \(caption(first))", content: .picture(before)),
      Figure.Panel(caption: "change × \(factor), none is grey", content: .picture(change(magnified: factor))),
      Figure.Panel(caption: "after: \(caption(last))", content: .picture(after)),
    ]
  }
}
