extension InsightError: CustomStringConvertible {
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
      return "contributions are taken of a class's score, or of the difference of two; of a unit there are none"
    }
  }
}
