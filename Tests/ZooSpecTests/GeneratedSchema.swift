import ZooGraph
import ZooTensor

/// The parts of the schema that follow from the table of operations, as text of the file.
enum GeneratedSchema {
  /// Where a part begins in the file, and what stands there, up to the part's closing brace.
  static var parts: [(start: String, text: String)] {
    [
      ("    \"defaults\": {\n", object("defaults", defaults, indentation: 4)),
      ("    \"layer\": {\n", object("layer", layer, indentation: 4)),
    ]
      + OperationKind.all.map { kind in
        ("    \"op_\(kind.word)\": {\n", object("op_\(kind.word)", operation(kind), indentation: 4))
      }
  }

  private indirect enum JSON {
    case text(String)
    case raw(String)
    case list([JSON])
    case object([(String, JSON)])

    func text(indentation: Int) -> String {
      let (outer, inner) = (String(repeating: " ", count: indentation), String(repeating: " ", count: indentation + 2))
      switch self {
      case .text(let text): return "\"\(text)\""
      case .raw(let text): return text
      case .list(let items):
        let line = "[" + items.map { $0.text(indentation: 0) }.joined(separator: ", ") + "]"
        if line.count <= 60, !line.contains("\n") { return line }
        return "[\n" + items.map { inner + $0.text(indentation: indentation + 2) }.joined(separator: ",\n")
          + "\n\(outer)]"
      case .object(let pairs):
        if pairs.count == 1, case .text(let text) = pairs[0].1 { return "{\"\(pairs[0].0)\": \"\(text)\"}" }
        return "{\n"
          + pairs.map { "\(inner)\"\($0)\": \($1.text(indentation: indentation + 2))" }.joined(separator: ",\n")
          + "\n\(outer)}"
      }
    }
  }

  private static func object(_ key: String, _ value: JSON, indentation: Int) -> String {
    String(repeating: " ", count: indentation) + "\"\(key)\": " + value.text(indentation: indentation)
  }

  private static func reference(_ definition: String) -> JSON {
    .object([("$ref", .text("#/definitions/\(definition)"))])
  }

  private static var defaults: JSON {
    .object([
      ("title", .text("Defaults")), ("description", .text("Attributes for all layers of an operation.")),
      ("type", .text("object")), ("additionalProperties", .raw("false")),
      (
        "properties",
        .object(
          OperationKind.all.filter { !$0.attributes.isEmpty }.map { kind in
            (
              kind.word,
              .object([
                ("title", .text(kind.title)),
                (
                  "description",
                  .text("Attributes that every \(kind.word) of this file has unless it says otherwise.")
                ),
                ("type", .text("object")), ("additionalProperties", .raw("false")),
                ("properties", .object(kind.attributes.map { ($0.name, attribute($0)) })),
              ])
            )
          })
      ),
    ])
  }

  private static var layer: JSON {
    .object([
      ("title", .text("Layer")),
      (
        "description",
        .text("An operation with its attributes, or its bare name; or the use of a block, or a sequential group.")
      ),
      (
        "anyOf",
        .list([
          .object([
            ("type", .text("string")),
            ("enum", .list(OperationKind.all.filter { !$0.joins }.map { .text($0.word) })),
          ]),
          .object([
            ("type", .text("object")), ("minProperties", .raw("1")), ("maxProperties", .raw("1")),
            ("additionalProperties", .raw("false")),
            (
              "properties",
              .object(
                OperationKind.all.map { ($0.word, reference("op_\($0.word)")) }
                  + ["use", "sequential"].map { ($0, reference($0)) })
            ),
          ]),
        ])
      ),
    ])
  }

  private static func operation(_ kind: OperationKind) -> JSON {
    .object(
      [
        ("title", .text(kind.title)), ("description", .text(kind.summary)), ("type", .text("object")),
        ("additionalProperties", .raw("false")),
        (
          "properties",
          .object(
            ["name", "from", "when", "training_only"].map { ($0, reference($0)) }
              + kind.attributes.map { ($0.name, attribute($0)) })
        ),
      ] + (kind.joins ? [("required", .list([.text("from")]))] : []))
  }

  private static func attribute(_ attribute: OperationAttribute) -> JSON {
    let words: [(String, JSON)] = [("title", .text(attribute.title)), ("description", .text(attribute.summary))]
    let form: [(String, JSON)] =
      switch attribute.form {
      case .integer(let range): referring(integers(range), words)
      case .extent(let range): referring(range.contains(0) ? "extent_or_none" : "extent", words)
      case .padding: referring("padding", words)
      case .boolean: referring("bool_or_expression", words)
      case .number(let range):
        words + [
          (
            "anyOf",
            .list([
              .object([
                ("type", .text("number")),
                (range.includesLower ? "minimum" : "exclusiveMinimum", .raw(number(range.lower))),
                (range.includesUpper ? "maximum" : "exclusiveMaximum", .raw(number(range.upper))),
              ]),
              reference("expression"),
            ])
          )
        ]
      case .choice(let choices): words + [("enum", .list(choices.map { .text($0) }))]
      }
    guard case .value(let standard) = attribute.standard else { return .object(form) }
    let value: JSON =
      switch standard {
      case .integer(let value): .raw("\(value)")
      case .extent(let extent): .raw("\(extent.height)")
      case .padding: .raw("0")
      case .boolean(let value): .raw("\(value)")
      case .number(let value): .raw(number(value))
      case .choice(let text): .text(text)
      }
    return .object(form + [("default", value)])
  }

  private static func referring(_ definition: String, _ words: [(String, JSON)]) -> [(String, JSON)] {
    [("allOf", .list([reference(definition)]))] + words
  }

  private static func integers(_ range: ClosedRange<Int>) -> String {
    switch range {
    case 1...ConvolutionGeometry.maximumChannels: "channels"
    case 0...ConvolutionGeometry.maximumChannels: "zero_channels"
    default: "lrn_size"
    }
  }

  private static func number(_ value: Double) -> String { Int(exactly: value).map { "\($0)" } ?? "\(value)" }
}
