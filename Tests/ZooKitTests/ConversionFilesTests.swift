import Testing
import ZooKit

@Suite struct ConversionFilesTests {
  @Test("a definition and an archive, and both back again")
  func thereAndBack() throws {
    let temporary = try Folder()
    let folder = temporary.path
    defer { withExtendedLifetime(temporary) {} }
    let network = try Network.find("lenet-digits")
    let checkpoint = WeightSource.file("\(Fixtures.folder)/digits/lenet-digits.pth")
    let path = "\(folder)/sliding.yaml"
    let files = try ConversionFiles(network, to: path, weights: checkpoint, checks: true)
    #expect(files.archivePath == "\(folder)/sliding.zoow" && !files.isRestored)
    #expect(!FileSystem.exists(path))
    #expect(try #require(try files.write()) <= 1e-5)
    let converted = try Network.find(path)
    #expect(converted.original != nil && converted.name == "lenet-digits-conv")
    // Nothing is replaced unless that was asked for.
    #expect(throws: ZooError.alreadyExists(path: path)) { _ = try ConversionFiles(network, to: path) }
    #expect {
      try files.write()
    } throws: {
      FailureCategory(of: $0) == .cannotCreate
    }

    let back = try ConversionFiles(
      converted, restoring: true, to: "\(folder)/back.yml", weights: .file("\(folder)/sliding.zoow"))
    #expect(try back.write() == nil)
    #expect(back.isRestored && back.archivePath == "\(folder)/back.zoow")
    let restored = try Network.find("\(folder)/back.yml")
    #expect(restored.graph.nodes.map(\.operation) == network.graph.nodes.map(\.operation))
    let source = try Checkpoint.open("\(Fixtures.folder)/digits/lenet-digits.pth")
    #expect(try source.difference(from: Checkpoint.open("\(folder)/back.zoow")).isSame(within: nil))
  }

  @Test("made-up weights are checked and not written, and none are looked for without a need")
  func withoutArchive() throws {
    let temporary = try Folder()
    let folder = temporary.path
    defer { withExtendedLifetime(temporary) {} }
    let network = try Network.find("cifar-small")
    let synthetic = try ConversionFiles(
      network, to: "\(folder)/a.yaml", weights: .synthetic(seed: 1), checks: true)
    #expect(synthetic.archivePath == nil && synthetic.weights != nil)
    #expect(try #require(try synthetic.write()) <= 1e-5)
    let plain = try ConversionFiles(network, to: "\(folder)/b.yaml")
    #expect(plain.weights == nil)
    #expect(try plain.write() == nil)
    #expect(try FileSystem.list(folder) == ["a.yaml", "b.yaml"])
    #expect(throws: ZooError.fileName("c.zoow", endings: [".yaml"])) {
      _ = try ConversionFiles(network, to: "c.zoow")
    }
    #expect(throws: ZooError.notConverted(model: "cifar-small")) {
      _ = try ConversionFiles(network, restoring: true)
    }
    let names = (
      try ConversionFiles(network).definitionPath,
      try ConversionFiles(Network.find("\(folder)/a.yaml"), restoring: true).definitionPath
    )
    #expect(names == ("cifar-small-conv.yaml", "cifar-small.yaml"))
  }
}
