import Testing
import ZooGraph
import ZooSpec
import ZooTestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The schema and the parser accept the same files, as far as structure goes.
struct SchemaTests {
  /// `withRecipes`: whether what is under `train` is validated too, of which the parser of definitions knows nothing.
  static func validator(withRecipes: Bool = false) throws -> SchemaValidator {
    func schema(_ name: String) throws -> YAMLNode {
      let bytes = try Repository.read(Repository.root + "/Schemas/\(name)")
      let (root, complaints) = YAMLReader.read(SourceFile(path: name, bytes: bytes))
      try #require(complaints.isEmpty, "\(complaints)")
      return try #require(root)
    }
    let recipes = "recipe.schema.json"
    return SchemaValidator(
      try schema("model.schema.json"), others: withRecipes ? [recipes: try schema(recipes)] : [:])
  }

  /// The schema's complaints; a file that is no YAML at all is complained about too.
  private func complaints(_ bytes: [UInt8], validator: SchemaValidator) throws -> [String] {
    let (root, complaints) = YAMLReader.read(SourceFile(path: "x.yaml", bytes: bytes))
    guard let root, complaints.isEmpty else { return ["not YAML"] }
    return try validator.complaints(root)
  }

  /// `ZOO_RECORD=1` writes the operations of the schema anew; the test then fails, so that nobody records without looking.
  @Test func `the schema's operations are those of the table`() throws {
    let path = Repository.root + "/Schemas/model.schema.json"
    var text = try Repository.text(path)
    if getenv("ZOO_RECORD") != nil {
      for (start, part) in GeneratedSchema.parts {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let first = try #require(lines.firstIndex { $0 + "\n" == start }, "\(start)")
        let last = try #require(lines[first...].firstIndex { $0 == "    }" || $0 == "    }," })
        let comma = lines[last].hasSuffix(",") ? "," : ""
        text = (lines[..<first].map(String.init) + [part + comma] + lines[(last + 1)...].map(String.init))
          .joined(separator: "\n")
      }
      try Repository.write(text, to: path)
      Issue.record("recorded the schema")
      return
    }
    for (start, part) in GeneratedSchema.parts {
      #expect(text.contains("\n" + part + (text.contains("\n" + part + ",\n") ? ",\n" : "\n")), "\(start)")
    }
    let words = text.split(separator: "\"op_").dropFirst().compactMap {
      $0.split(separator: "\"").first.map(String.init)
    }
    #expect(Set(words) == Set(OperationKind.all.map(\.word)))
  }

  @Test func `every definition of the catalogue is valid`() throws {
    let validator = try Self.validator(withRecipes: true)
    for name in Repository.catalogue {
      let bytes = try Repository.read(Repository.root + "/zoo/\(name).yaml")
      #expect(try complaints(bytes, validator: validator) == [], "\(name)")
    }
  }

  @Test func `a structural error fails in the schema, a semantic one does not`() throws {
    let validator = try Self.validator()
    for name in BrokenDefinitionTests.names {
      let bytes = try Repository.read(BrokenDefinitionTests.folder + "/\(name).yaml")
      let kind = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
      try #require(kind == "# structural" || kind == "# semantic", "\(name)")
      let isValid = try complaints(bytes, validator: validator).isEmpty
      #expect(isValid == (kind == "# semantic"), "\(name)")
      let answer = BrokenDefinitionTests.answer(to: name, bytes: bytes)
      #expect(answer != "nothing is wrong\n", "\(name)")
    }
  }

  /// Puts odd values and keys into the catalogue's files; whatever comes out, the schema and the parser must agree.
  @Test(arguments: Repository.kinds)
  func `schema and parser agree on mutations of a definition`(name: String) throws {
    let validator = try Self.validator()
    let original = try Repository.text(Repository.root + "/zoo/\(name).yaml").split(separator: "\n").map(String.init)
    var random = SplitMix64(seed: name)
    let values = [
      "0", "-1", "1", "2.5", "3.0", "1e3", "true", "no", "~", "''", "x", "a.b", "a b", "[1]", "[1, 2]", "[]", "{}",
      "{a: 1}", "$n", "$n * 2", "2 * 3", "7x7", "99999999999999999999", "[$n, 1]", "{top: 1}", ".inf", "relu",
      "rgb", "https://a.b", "imagenet-1k", "a.tsv", "b.yaml", "'3'", "logits", "[relu, flatten]", "[{fc: {name: x}}]",
    ]
    let keys = [
      "name", "from", "when", "out", "kernel", "stride", "padding", "bias", "conv", "relu", "add", "use", "block",
      "repeat", "with", "first", "layers", "parameters", "labels", "input", "with", "variant_of", "outputs", "mean",
      "training_only", "i", "n", "url", "title",
    ]
    var counts = [true: 0, false: 0]
    for _ in 0..<60 {
      var lines = original
      for _ in 0..<Int.random(in: 1...2, using: &random) {
        let line = Int.random(in: 0..<lines.count, using: &random)
        let parts = lines[line].split(separator: ": ", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 1 else { continue }
        let index = Int.random(in: 1..<parts.count, using: &random)
        var changed = parts
        if Bool.random(using: &random) {
          let end: Set<Character> = index == parts.count - 1 ? [",", "}", "]"] : [","]
          changed[index] = (values.randomElement(using: &random) ?? "") + parts[index].drop { !end.contains($0) }
        } else {
          let start = parts[index - 1].lastIndex { " {".contains($0) }.map { parts[index - 1].index(after: $0) }
          changed[index - 1] =
            parts[index - 1][..<(start ?? parts[index - 1].startIndex)] + (keys.randomElement(using: &random) ?? "")
        }
        lines[line] = changed.joined(separator: ": ")
      }
      let text = lines.joined(separator: "\n") + "\n"
      let (root, complaints) = YAMLReader.read(SourceFile(path: "x.yaml", text: text))
      guard let root, complaints.isEmpty else { continue }
      var faults: [DefinitionFault] = []
      do throws(DefinitionErrors) {
        _ = try Definition.parse(SourceFile(path: "zoo/x.yaml", text: text), loader: Repository.load)
      } catch {
        faults = error.diagnostics.filter { $0.range.file == "zoo/x.yaml" }.map(\.fault)
      }
      // An expression with a character of its own fails in both; one that is only out of order, in the parser alone.
      if faults.contains(where: { if case .expression = $0 { true } else { false } }) { continue }
      let isValid = !faults.contains { Self.isStructural($0) }
      counts[isValid, default: 0] += 1
      let schemaComplaints = try validator.complaints(root)
      #expect(schemaComplaints.isEmpty == isValid, "\(schemaComplaints)\n\(faults)\n\(text)")
    }
    #expect(counts[false, default: 0] > 0, "no mutation of \(name) was refused")
  }

  /// What a schema can know.
  private static func isStructural(_ fault: DefinitionFault) -> Bool {
    switch fault {
    // To a schema, 3.0 is an integer, which may name a layer.
    case .wrongValue(_, .layerName, .number(let text), _), .wrongValue(_, .output, .number(let text), _),
      .wrongValue(_, .reference, .number(let text), _), .wrongValue(_, .references, .number(let text), _),
      .wrongValue(.item(of: "labels"), .text, .number(let text), _):
      Double(text).flatMap { Int(exactly: $0) } == nil
    case .wrongValue, .unknownKey, .missingKey, .keyNotInVariant, .withOutsideVariant, .unknownOperation,
      .missingOperation, .operationIsAttribute, .layerNeedsOneOperation, .operationNeedsAttributes, .reservedParameter:
      true
    default: false
    }
  }

  /// Single values at the edges of what is allowed: the schema and the parser must agree on each.
  @Test(arguments: [
    ("- conv: {name: a, out: $, kernel: 3}", false), ("- conv: {name: a, out: 3.0, kernel: 3}", true),
    ("- conv: {name: a, out: 1048576, kernel: 3}", true), ("- conv: {name: a, out: 1048577, kernel: 3}", false),
    ("- conv: {name: a, out: 3, kernel: [1, 3], padding: [0, 1]}", true),
    ("- conv: {name: a, out: 3, kernel: 3, padding: {bottom: 1}}", true),
    ("- conv: {name: a, out: 3, kernel: 3, padding: {}}", false),
    ("- conv: {name: a, out: 3, kernel: 3, padding: same}", true),
    ("- max_pool: {kernel: 3, stride: 2, padding: same}", true),
    ("- conv: {name: a, out: 3, kernel: 3, padding: valid}", false),
    ("- conv: {name: a, out: \"3\", kernel: 3}", false), ("- conv: {name: a, out: 1 + 2, kernel: 3}", true),
    ("- conv: {name: a, out: 0o7, kernel: 0x3}", true), ("- conv: {name: a, out: True, kernel: 3}", false),
    ("- conv: {name: a, out: 3, kernel: 3, bias: False}", true), ("- fc: {name: +3, out: 3}", true),
    ("- fc: {name: 007, out: 3}", true), ("- fc: {name: -3, out: 3}", false), ("- fc: {name: 1.5, out: 3}", false),
    ("- fc: {name: null, out: 3}", false), ("- fc: {name: ~, out: 3}", false),
    ("- fc: {name: a/b-c_d.e, out: 3}", true),
    ("- fc: {name: .a, out: 3}", false), ("- fc: {name: a., out: 3}", false), ("- fc: {name: é, out: 3}", false),
    ("- relu: {}", true), ("- relu:", false), ("- relu: {when: 0}\n  - relu", true), ("- relu: {when: 0.5}", false),
    ("- relu: {from: input}", true), ("- relu: {from: [input]}", true), ("- relu: {from: [[input]]}", false),
    ("- leaky_relu: {slope: 1}", true), ("- leaky_relu: {slope: -0.1}", false), ("- leaky_relu: {slope: .nan}", false),
    ("- leaky_relu: {slope: .inf}", false), ("- leaky_relu: {slope: 1e-3}", true),
    ("- dropout: {probability: 0}", true), ("- dropout: {probability: 1.0}", false),
    ("- batch_norm: {name: a, epsilon: 1e-30}", true), ("- sequential: {name: s, layers: []}", false),
    ("- sequential: {name: s, layers: [sequential: [relu, tanh: {}]]}", true), ("- sequential: []", false),
    ("- sequential: [[relu]]", false),
    ("- use: {block: b}", true), ("- use: {block: b, repeat: 0}\n  - relu", true), ("- use: {block: \"\"}", false),
    ("- use: {block: b, repeat: 10001}", false), ("- use: {block: b, with: {}}", true),
    ("- use: {block: b, with: {n: 9007199254740992}}", false), ("- max_pool: {kernel: 2, rounding: Floor}", false),
    ("- softmax: {training_only: no}", false), ("- softmax: {training_only: true}\n  - relu", true),
    ("- Relu", false), ("- true", false), ("- ''", false), ("- {}", false), ("- {relu: {}, tanh: {}}", false),
  ])
  func `schema and parser agree on a layer`(layer: String, isValid: Bool) throws {
    let text = "zoo: 1\nname: net\ninput: [3, 8, 8]\nblocks: {b: {layers: [relu]}}\nlayers:\n  \(layer)\n"
    let complaints = try complaints(Array(text.utf8), validator: try Self.validator())
    #expect(complaints.isEmpty == isValid, "schema on \(layer): \(complaints)")
    let answer = BrokenDefinitionTests.answer(to: "layer", bytes: Array(text.utf8))
    #expect((answer == "nothing is wrong\n") == isValid, "parser on \(layer): \(answer)")
  }
}
