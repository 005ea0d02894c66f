import FoundationEssentials
import Testing
import ZooKit
import ZooWeights

@Suite struct PackageTests {
  @Test("a package carries definition, preprocessing, labels and weights")
  func roundTrip() throws {
    try Fixtures.withTemporaryFolder { folder in
      let network = try Network.find("lenet-digits")
      let model = try Model(network)
      let path = "\(folder)/digits.zoo"
      try Package.write(network, weights: model.weights, to: path)
      let packaged = try Model(path)
      #expect(packaged.network.name == "lenet-digits")
      #expect(packaged.network.graph.nodes.map(\.operation) == network.graph.nodes.map(\.operation))
      #expect(packaged.preprocessing == network.preprocessing)
      #expect(packaged.labels == network.labels)
      let image = SyntheticCheckpoint.input(shape: network.input)
      #expect(try packaged.logits(image).floats == model.logits(image).floats)
      #expect(throws: WeightsError.self) { try Package.write(network, weights: model.weights, to: path) }
    }
  }

  @Test("weights of ResNet v1.5 are not taken for v1, though every name and shape agrees")
  func variants() throws {
    try Fixtures.withTemporaryFolder { folder in
      let path = "\(folder)/resnet50.zoow"
      let network = try Network.find("resnet50")
      try Package.write(network, weights: LoadedWeights.load(.synthetic(seed: 0), for: network), to: path)
      let first = try Network.find("resnet50-v1")
      #expect(
        throws: ZooError.weightsOfAnotherModel(
          path: path, expected: "resnet50-v1", found: "resnet50", node: "layer2.0.conv1",
          difference: "stride 1×1, here 2×2")
      ) { try LoadedWeights.load(.file(path), for: first) }
      _ = try LoadedWeights.load(.file(path), for: network)
    }
  }

  @Test("an archive of weights alone is not a package")
  func weightsOnly() throws {
    try Fixtures.withTemporaryFolder { folder in
      let path = "\(folder)/plain.zoow"
      _ = try Packing(input: "\(Fixtures.folder)/digits/lenet-digits.pth", model: nil).write(to: path, overwrite: false)
      #expect(throws: ZooError.notAPackage(path: path)) { try Network.find(path) }
    }
  }

  @Test("the archive beside a definition is found without being named")
  func sibling() throws {
    try Fixtures.withTemporaryFolder { folder in
      let definition = try #require(Catalogue.file("zoo/lenet.yaml"))
      try FileSystem.write(definition, to: "\(folder)/mine.yaml")
      let network = try Network.find("\(folder)/mine.yaml")
      #expect(WeightLookup.find(for: network) == nil)
      #expect {
        try Model(network)
      } throws: { error in
        guard case .weightsUnavailable(model: "lenet", let searched, let sources)? = error as? ZooError else {
          return false
        }
        return searched.first == "\(folder)/mine.zoow" && sources.count == 1
      }
      _ = try Packing(input: "\(Fixtures.folder)/digits/lenet-digits.pth", model: nil)
        .write(to: "\(folder)/mine.zoow", overwrite: false)
      #expect(WeightLookup.find(for: network) == .file("\(folder)/mine.zoow"))
      #expect(try Model(network).weights.report.isComplete)
    }
  }

  @Test(
    "the definition inside an archive reads no other file", arguments: ["labels: /etc/my.txt", "labels: ../my.txt"])
  func outside(line: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      let yaml = try #require(Catalogue.file("zoo/lenet.yaml")).text.replacing("labels: digits", with: line)
      let weights = try LoadedWeights.load(.synthetic(seed: 0), for: Network.find("lenet"))
      try weights.checkpoint.pack(to: "\(folder)/a.zoo", metadata: ["zoo.definition": yaml])
      let name = String(line.dropFirst("labels: ".count))
      let error = ZooError.outsideReference(path: "\(folder)/a.zoo", name: name)
      #expect(throws: error) { try Network.find("\(folder)/a.zoo") }
      #expect(throws: error) { try LoadedWeights.load(.file("\(folder)/a.zoo"), for: Network.find("lenet")) }
      let variant = "zoo: 1\nname: v\nvariant_of: lenet.yaml\n"
      try weights.checkpoint.pack(to: "\(folder)/b.zoo", metadata: ["zoo.definition": variant])
      #expect {
        try Network.find("\(folder)/b.zoo")
      } throws: { error in
        "\(error)".contains("names the file 'lenet.yaml'")
      }
    }
  }
}
