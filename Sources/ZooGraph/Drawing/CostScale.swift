/// The scale of a picture that is coloured by a quantity: what the colours mean, in numbers.
struct CostScale {
  /// What is measured and how, and the sum.
  let lines: [String]
  /// The numbers at the beginning, the middle and the end.
  let ticks: [String]

  /// `nil` for a picture in the colours of operations.
  init?(_ drawing: GraphDrawing) {
    guard let quantity = drawing.quantity else { return nil }
    let unit = quantity.unit
    let maximum = drawing.maximum
    lines = [
      "\(quantity.title) \(quantity.caption)",
      "\(unit.text(drawing.total)) in all; boxes without a colour have none of their own",
    ]
    ticks = [unit.text(0), unit.text(maximum / 2), unit.text(maximum)]
  }
}
