import Testing
import ZooGraph
import ZooSpec

/// The recipe under `train`: kept as it was written, whatever its fields mean.
struct TrainingTests {
  static func net(_ train: String, name: String = "net") -> String {
    "zoo: 1\nname: \(name)\ninput: [3, 8, 8]\n\(train)layers: [{fc: {name: fc, out: 4}}]\n"
  }

  static let recipe = """
    train:                       # a comment
      lr: 1e-1
      step_at:
        - 82
        - 123
      seed: 0x10
      rates: {"layer1.*": 0.1, 'a: "b"': 2, 7: 1, "8": 1}
      freeze: ["true", yes, {a: [~, .inf]}]
      note: >-
        two
        lines

    """

  @Test func `a recipe is kept without comments and layout`() throws {
    let definition = try Definition.parse(SourceFile(path: "net.yaml", text: Self.net(Self.recipe)))
    #expect(
      definition.card.training?.lines == [
        "lr: 1e-1", "step_at: [82, 123]", "seed: 0x10",
        #"rates: {"layer1.*": 0.1, "a: \"b\"": 2, 7: 1, "8": 1}"#,
        #"freeze: ["true", yes, {a: [null, .inf]}]"#, #"note: "two lines""#,
      ])
    #expect(definition.marks["train"]?.description == "net.yaml:5:3")
    let training = try #require(definition.training)
    #expect(training.source.path == "net.yaml")
    #expect(training.node.range.start == SourcePosition(line: 5, column: 3))
  }

  @Test(arguments: [recipe, "train: {}\n", "train: {a: {? \(String(repeating: "k", count: 3000)) : 1}}\n"])
  func `a recipe that is written is the same when it is read again`(recipe: String) throws {
    let definition = try Definition.parse(SourceFile(path: "net.yaml", text: Self.net(recipe)))
    let text = try DefinitionWriter(graph: definition.graph(), card: definition.card).text()
    let again = try Definition.parse(SourceFile(path: "net.yaml", text: text))
    #expect(definition.card.training != nil)
    #expect(again.card == definition.card, "\(text)")
  }

  @Test func `a variant inherits the recipe or replaces it as a whole`() throws {
    let base = Self.net("train: {lr: 1, epochs: 3}\n", name: "base")
    func variant(_ train: String) throws -> Definition {
      try Definition.parse(
        SourceFile(path: "variant.yaml", text: "zoo: 1\nname: variant\nvariant_of: base.yaml\n\(train)")
      ) { name, _ in SourceFile(path: name, text: base) }
    }
    let inherited = try variant("")
    #expect(inherited.card.training?.lines == ["lr: 1", "epochs: 3"])
    #expect(inherited.training?.source.path == "base.yaml")
    #expect(inherited.marks["train"]?.description == "base.yaml:4:8")
    let replaced = try variant("train: {batch: 2}\n")
    #expect(replaced.card.training?.lines == ["batch: 2"])
    #expect(replaced.training?.source.path == "variant.yaml")
    #expect(replaced.marks["train"]?.description == "variant.yaml:4:8")
  }

  /// Aliases can repeat a long text many times.
  @Test func `a recipe of more text than anyone writes is refused`() throws {
    let long = String(repeating: "x", count: 3000)
    let aliases = String(repeating: "*a, ", count: 40)
    for (text, isRefused) in [("[&a \(long)]", false), ("[&a \(long), \(aliases)]", true)] {
      do throws(DefinitionErrors) {
        _ = try Definition.parse(SourceFile(path: "net.yaml", text: Self.net("train: {freeze: \(text)}\n")))
        #expect(!isRefused)
      } catch {
        #expect(isRefused)
        #expect(
          error.diagnostics.map(\.fault.message) == [
            "'train' must be a mapping whose text has at most 65536 bytes; found a mapping"
          ])
      }
    }
  }
}
