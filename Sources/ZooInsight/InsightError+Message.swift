extension InsightError: CustomStringConvertible {
  /// The message for a person, with what was asked for and what is defined.
  public var description: String {
    switch self {
    case .unitNotFound(let unit, let layer, let units):
      let range = units == 1 ? "it has one, number 0" : "its units are 0 to \(units - 1)"
      return "'\(layer)' has no unit \(unit); \(range)"
    case .notAMap(let layer, let shape, let maps):
      let nearest =
        maps.isEmpty ? "the network has no layer with maps" : "layers with maps: \(maps.joined(separator: ", "))"
      return "'\(layer)' has no rows and columns, its value is \(shape); \(nearest)"
    case .noActivationLayer(let model, let maps):
      let nearest = maps.isEmpty ? "it has none with maps at all" : "name one, such as \(maps.joined(separator: ", "))"
      return
        "no layer of '\(model)' with rows and columns is on all ways from the input to the class scores; \(nearest)"
    case .notAScore:
      return "this map is made for a class's score, or for the difference of two; there is none for a unit"
    }
  }
}
