import FoundationEssentials
import Testing
import ZooKit
import ZooSpec
import ZooTensor
import ZooWeights

@Suite struct FolderExportTests {
  @Test("readers that divide by the fraction and round down get the side back", arguments: [28, 32, 224, 227, 299])
  func cropFraction(crop: Int) throws {
    for side in crop...(2 * crop) {
      let preprocess = Preprocessing(resize: .shorterSide(side, .bilinear), crop: .centre(Extent(crop)))
      let fraction = try #require(preprocess.cropFraction)
      #expect((Double(crop) / fraction).rounded(.down) == Double(side), "\(side)")
    }
    #expect(Preprocessing(crop: .centre(Extent(crop))).cropFraction == nil)
  }

  @Test("every network of the catalogue is exported and found again", arguments: ["resnet20", "lenet", "googlenet"])
  func roundTrip(name: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      let network = try Network.find(name)
      let weights = try LoadedWeights.load(.synthetic(seed: 1), for: network)
      let path = "\(folder)/\(name)"
      try FolderExport(network, weights: weights).write(to: path)
      let again = try Network.find(path)
      #expect(again.origin == .folder(path) && again.name == name)
      #expect(again.graph.nodes.map(\.operation) == network.graph.nodes.map(\.operation))
      #expect(again.preprocessing == network.preprocessing && again.labels == network.labels)
      #expect(WeightLookup.find(for: again) == .package(path))
      let difference = try weights.checkpoint.difference(from: Checkpoint.open(path))
      #expect(difference.isSame(within: nil) && difference.common.count == weights.checkpoint.entries.count)
    }
  }

  @Test("a folder called as a network of the catalogue is meant only when its path has a slash")
  func shadowing() throws {
    #expect(try Network.find("lenet").origin == .catalogue)
    try Fixtures.withTemporaryFolder { folder in
      #expect(throws: ZooError.incompleteFolder(path: folder)) { _ = try Network.find(folder) }
      return
    }
  }

  @Test("a published file is compared with the digest in the definition")
  func publishedDigest() throws {
    try Fixtures.withTemporaryFolder { folder in
      let network = try Network.find("lenet")
      let weights = try LoadedWeights.load(.synthetic(seed: 0), for: network)
      let file = "\(folder)/mine.safetensors"
      try weights.checkpoint.unpack(to: file)
      let digest = try #require(try Checkpoint.open(file).fileDigest())
      func pack(_ sha256: String) throws -> [String: String] {
        var card = network.card
        card.weights = [
          .init(file: "mine.safetensors", url: "https://example.org/mine", sha256: sha256, license: "MIT")
        ]
        let yaml = try DefinitionWriter(graph: network.graph, card: card).text()
        try FileSystem.write(yaml.utf8, to: "\(folder)/mine.yaml")
        return try Packing(input: file, model: "\(folder)/mine.yaml").metadata
      }
      let metadata = try pack(String(digest.prefix(8)))
      #expect(metadata["license"] == "MIT" && metadata["source.url"] == "https://example.org/mine")
      #expect(metadata["source.sha256"] == digest)
      let definition = try #require(metadata["zoo.definition"])
      #expect(metadata["zoo.definition.sha256"] == Provenance.digest(of: definition))
      let error = ZooError.publishedDigest(path: file, model: "lenet", expected: "00000000", found: digest)
      #expect(throws: error) { try pack("00000000") }
      #expect(
        "\(error)"
          == "\(file): the definition of lenet says that the SHA-256 of this file begins with 00000000, but it is \(digest); the download is damaged or another file has its name: fetch it again, or rename it"
      )
    }
  }
}
