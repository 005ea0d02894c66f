import ZooGraph
import ZooSpec

extension RecipeError: CustomStringConvertible {
  /// One sentence.
  public var message: String {
    switch self {
    case .unknownField(let name, let suggestion):
      "a recipe has no '\(name)'" + (suggestion.map { " (did you mean '\($0)'?)" } ?? "")
    case .unknownAugmentation(let item, let known, let suggestion):
      "'\(item)' is no augmentation"
        + (suggestion.map { " (did you mean '\($0)'?)" } ?? "; there are \(known.joined(separator: ", "))")
    case .value(_, let fault): fault.message
    case .outOfRange(let field, let value, let form): "'\(field)' is \(value); it must be \(form.words)"
    }
  }

  /// The message for a person, with the place in the file where there is one.
  public var description: String { message }
}

extension RecipeField.Form {
  /// What a value must be: `a number from 0 to 1`.
  public var words: String {
    switch self {
    case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range): range.words
    case .boolean: "true or false"
    case .choice(let choices): "one of \(choices.joined(separator: ", "))"
    case .seed: "an integer from 0 to \(UInt64.max)"
    case .ascending(let range): "a list of ascending integers from \(range.lowerBound) to \(range.upperBound)"
    case .patterns: "a list of patterns of layers' names, of letters, digits and any of _-/.*?"
    case .factors(let range):
      "a mapping of different patterns of layers' names, of letters, digits and any of _-/.*?, each to \(range.words)"
    }
  }
}

extension NumberRange {
  fileprivate var words: String {
    let (low, high) = (RecipeField.Value.number(lower), RecipeField.Value.number(upper))
    if includesLower && includesUpper { return "a number from \(low) to \(high)" }
    return
      "a number \(includesLower ? "of at least" : "above") \(low) and \(includesUpper ? "at most" : "below") \(high)"
  }
}
