import FoundationEssentials
import Testing
import ZooKit
import ZooWeights

/// The network that comes with zoo, from every file its weights can be in.
@Suite struct DigitsTests {
  private struct Recorded: Decodable {
    var test_accuracy: Double
    var logits: [String: [Double]]
  }

  private let recorded: Recorded
  private let data: DataSet
  private let checkpoint = "\(Fixtures.folder)/digits/lenet-digits.pth"

  init() throws {
    let json = try Data(contentsOf: URL(filePath: "\(Fixtures.folder)/digits/lenet-digits.json"))
    recorded = try JSONDecoder().decode(Recorded.self, from: json)
    data = try DataSet.open("\(Fixtures.folder)/digits")
  }

  private func check(_ weights: WeightSource, model name: String = "lenet-digits") throws {
    let model = try Model(name, weights: weights)
    let result = try model.evaluate(data)
    #expect(result.count == 297)
    #expect(result.top1 == 274)
    #expect(result.top1Accuracy == recorded.test_accuracy)
    #expect(result.classes.reduce(0) { $0 + $1.correct } == result.top1)
    #expect(recorded.logits.count == 5)
    for (index, expected) in recorded.logits {
      let image = try #require(Int(index)).magnitude
      let logits = try model.logits(model.input(for: data(Int(image)).image)).floats
      #expect(relativeError(logits, expected) <= 1e-5, "image \(index), \(weights)")
    }
  }

  @Test("shipped") func shipped() throws { try check(.automatic) }

  @Test("PyTorch zip") func torch() throws { try check(.file(checkpoint)) }

  @Test("packed, unpacked to safetensors and to .npy files, packed again")
  func formats() throws {
    try Fixtures.withTemporaryFolder { folder in
      let archive = "\(folder)/a.zoow"
      _ = try Packing(input: checkpoint, model: "lenet-digits").write(to: archive, overwrite: false)
      try check(.file(archive))
      for name in ["b.safetensors", "c"] {
        try Checkpoint.open(archive).unpack(to: "\(folder)/\(name)")
        try check(.file("\(folder)/\(name)"))
      }
      let again = "\(folder)/d.zoow"
      _ = try Packing(input: "\(folder)/b.safetensors", model: "lenet-digits").write(to: again, overwrite: false)
      #expect(
        try Checkpoint.open(again).archive?.contentIdentifier == Checkpoint.open(archive).archive?.contentIdentifier)
    }
  }

  @Test("the shipped archive is what packing the PyTorch file gives")
  func reproducible() throws {
    try Fixtures.withTemporaryFolder { folder in
      let archive = "\(folder)/a.zoow"
      _ = try Packing(input: checkpoint, model: "lenet-digits").write(to: archive, overwrite: false)
      let packed = try Archive(path: archive)
      try FileSystem.write(#require(Catalogue.file("zoo/weights/lenet-digits.zoow")), to: "\(folder)/b.zoow")
      let shipped = try Archive(path: "\(folder)/b.zoow")
      #expect(packed.contentIdentifier == shipped.contentIdentifier)
      #expect(packed.metadata == shipped.metadata)
      _ = try shipped.verify()
    }
  }

  @Test("the preprocessing stored with the weights wins over the definition's")
  func preprocessingTravels() throws {
    try Fixtures.withTemporaryFolder { folder in
      let archive = "\(folder)/a.zoow"
      _ = try Packing(input: checkpoint, model: "lenet-digits").write(to: archive, overwrite: false)
      try check(.file(archive), model: "lenet")
    }
  }

  @Test("the sample images are recognised, from several threads at once")
  func samples() async throws {
    let model = try Model(Catalogue.defaultModel)
    let folder = repository.appending(path: "zoo/samples").path
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(names.count == 5)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        for name in names {
          group.addTask {
            let digit = name.dropLast(4).suffix(1)
            let labels = try await model.classify(path: "\(folder)/\(name)", top: 1).map(\.label)
            #expect(labels == [String(digit)], "\(name)")
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
