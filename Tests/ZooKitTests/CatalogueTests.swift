import FoundationEssentials
import Testing
import ZooKit

/// The repository's root, found from this file.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

@Suite struct CatalogueTests {
  @Test("every file of zoo/ travels in the library, byte for byte")
  func embeddedFiles() throws {
    let folder = repository.appending(path: "zoo")
    var expected: Set<String> = ["Schemas/model.schema.json"]
    for (sub, suffix) in [("", ".yaml"), ("labels/", ".tsv"), ("weights/", ".zoow")] {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/" + sub)
      expected.formUnion(names.filter { $0.hasSuffix(suffix) }.map { "zoo/\(sub)\($0)" })
    }
    #expect(Set(Catalogue.paths) == expected, "list the files in Sources/CZooCatalogue/catalogue.c")
    for path in expected {
      #expect(Catalogue.file(path) == [UInt8](try Data(contentsOf: repository.appending(path: path))), "\(path)")
    }
  }

  @Test("the names are sorted by number, not by letter")
  func order() throws {
    let names = Catalogue.modelNames
    #expect(names.count >= 30)
    let residual = names.filter { $0.hasPrefix("resnet") }
    #expect(residual.prefix(5) == ["resnet18", "resnet20", "resnet32", "resnet34", "resnet44"])
  }
}
