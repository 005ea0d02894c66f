import Testing
import ZooSpec
import ZooTestSupport
import ZooTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The schema of recipes is made of the table of fields.
struct RecipeSchemaTests {
  private static let path =
    String(#filePath.dropLast("/Tests/ZooTrainingTests/Recipe/RecipeSchemaTests.swift".count))
    + "/Schemas/recipe.schema.json"

  /// `ZOO_RECORD=1` writes the schema anew; the test then fails, so that nobody records without looking.
  @Test func `the schema is that of the table`() throws {
    let file = try #require(fopen(Self.path, getenv("ZOO_RECORD") == nil ? "rb" : "wb"), "\(Self.path)")
    defer { fclose(file) }
    let expected = Array(Recipe.schema.utf8)
    if getenv("ZOO_RECORD") != nil {
      #expect(fwrite(expected, 1, expected.count, file) == expected.count)
      Issue.record("recorded the schema")
      return
    }
    var bytes = [UInt8](repeating: 0, count: expected.count + 1)
    let count = fread(&bytes, 1, bytes.count, file)
    #expect(String(decoding: bytes[..<count], as: UTF8.self) == Recipe.schema)
  }

  @Test func `the schema is YAML of the fields, with standards that they accept`() throws {
    let (root, complaints) = YAMLReader.read(SourceFile(path: "schema", text: Recipe.schema))
    #expect(complaints.isEmpty)
    guard case .mapping(let pairs)? = root?.content,
      case .mapping(let fields)? = pairs.first(where: { $0.name == "properties" })?.value.content
    else {
      Issue.record("the schema has no properties")
      return
    }
    #expect(fields.map(\.name) == RecipeField.all.map(\.name))
    for field in RecipeField.all {
      #expect((field.standard == nil) == (field.name == "step_at"), "\(field.name)")
      #expect(field.owner != nil || field.value(in: Recipe()) != nil, "\(field.name)")
    }
  }

  /// Each choice of an owner has exactly the fields that name it.
  @Test func `fields belong to the choices that they name`() throws {
    for field in RecipeField.all {
      guard let owner = field.owner, let choices = RecipeField.named(owner.field) else { continue }
      let words: [String] = if case .choice(let words) = choices.form { words } else { ["true", "false"] }
      for word in words {
        var recipe = Recipe()
        try recipe.set([(owner.field, word)] + (word == "steps" ? [("step_at", "3")] : []))
        #expect((field.value(in: recipe) != nil) == owner.choices.contains(word), "\(field.name) with \(word)")
      }
    }
  }
}
