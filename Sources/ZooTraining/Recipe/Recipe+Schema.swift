import ZooGraph

extension Recipe {
  /// `Schemas/recipe.schema.json`: JSON Schema draft-07 of recipes, for editors. Which fields go with which choices, it says
  /// in words only.
  public static var schema: String {
    let fields = RecipeField.all.map { field in
      let lines =
        [("title", quoted(field.title)), ("description", quoted(field.schemaSummary))] + field.form.schema
        + (field.standard.map { [("default", $0.json)] } ?? [])
      return "    \"\(field.name)\": {\n" + lines.map { "      \"\($0)\": \($1)" }.joined(separator: ",\n") + "\n    }"
    }
    return """
      {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "zoo training recipe",
        "description": "Everything that decides a training run. What is not written has its standard value.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
      \(fields.joined(separator: ",\n"))
        }
      }

      """
  }
}

/// A text of the table, in which nothing but quotes needs an escape.
private func quoted(_ text: String) -> String {
  "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\""
}

extension RecipeField {
  /// The summary, and with which choices there is the field.
  fileprivate var schemaSummary: String {
    guard let owner else { return summary }
    return "\(summary) Only with \(owner.field): \(owner.choices.joined(separator: ", "))."
  }
}

extension RecipeField.Form {
  fileprivate var schema: [(String, String)] {
    switch self {
    case .integer(let range): [("type", "\"integer\"")] + Self.limits(range)
    case .number(let range): [("type", "\"number\"")] + Self.limits(range)
    case .boolean: [("type", "\"boolean\"")]
    case .choice(let choices): [("enum", "[\(choices.map(quoted).joined(separator: ", "))]")]
    case .seed: [("type", "\"integer\""), ("minimum", "0"), ("maximum", "\(UInt64.max)")]
    case .ascending(let range):
      [
        ("type", "\"array\""), ("minItems", "1"),
        ("items", Self.object([("type", "\"integer\"")] + Self.limits(range))),
      ]
    case .patterns: [("type", "\"array\""), ("items", Self.pattern)]
    case .factors(let range):
      [
        ("type", "\"object\""), ("propertyNames", Self.object([("pattern", "\"^[A-Za-z0-9_/.*?-]{1,512}$\"")])),
        ("additionalProperties", Self.object([("type", "\"number\"")] + Self.limits(range))),
      ]
    }
  }

  /// A layer's name may be a number.
  private static let pattern =
    "{\"anyOf\": [{\"type\": \"string\", \"pattern\": \"^[A-Za-z0-9_/.*?-]{1,512}$\"}, {\"type\": \"integer\", \"minimum\": 0}]}"

  private static func object(_ pairs: [(String, String)]) -> String {
    "{" + pairs.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
  }

  private static func limits(_ range: ClosedRange<Int>) -> [(String, String)] {
    [("minimum", "\(range.lowerBound)"), ("maximum", "\(range.upperBound)")]
  }

  private static func limits(_ range: NumberRange) -> [(String, String)] {
    [
      (range.includesLower ? "minimum" : "exclusiveMinimum", "\(RecipeField.Value.number(range.lower))"),
      (range.includesUpper ? "maximum" : "exclusiveMaximum", "\(RecipeField.Value.number(range.upper))"),
    ]
  }
}

extension RecipeField.Value {
  fileprivate var json: String {
    if case .choice(let text) = self { quoted(text) } else { description }
  }
}
