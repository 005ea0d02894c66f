import FoundationEssentials
import Testing
import ZooKit

/// The road from a list of files to answers.
@Suite struct InferenceTests {
  private static let samples = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "zoo/samples").path
  private let digit = "\(samples)/test-103-is-3.png"

  /// What `run` says, in its order.
  private func answers(_ inference: Inference, _ references: [String], top: Int = 5) throws -> [(
    source: String, answers: Result<[Inference.Answer], any Error>
  )] {
    var all: [(source: String, answers: Result<[Inference.Answer], any Error>)] = []
    try inference.run(references, top: top) { all.append(($0, $1)) }
    return all
  }

  @Test("files are answered as the model answers them, in their order, and one that is none keeps no other from it")
  func files() throws {
    let temporary = try Folder()
    let folder = temporary.path
    defer { withExtendedLifetime(temporary) {} }
    let inference = try Inference(Network.find("lenet-digits"))
    let found = try answers(inference, [digit, "\(folder)/none.png", Self.samples], top: 2)
    #expect(
      found.map(\.source) == [digit, "\(folder)/none.png"] + (try ImageSource.list([Self.samples])))
    let model = try Model("lenet-digits")
    for (source, answer) in found where !source.hasPrefix(folder) {
      let expected = try model.classify(path: source, top: 2)
      #expect(try answer.get().map(\.top) == [expected], "\(source)")
    }
    #expect(throws: ImageError(name: "\(folder)/none.png", fact: .notFound)) { try found[1].answers.get() }
  }

  @Test("a folder stands for the pictures below it, and one without any is an error")
  func folders() throws {
    let temporary = try Folder()
    let folder = temporary.path
    defer { withExtendedLifetime(temporary) {} }
    #expect(throws: ZooError.inputMissing(path: folder, what: "JPEG or PNG file in this folder")) {
      _ = try ImageSource.list([folder])
    }
    #expect(try ImageSource.list(["a", "-"]) == ["a", "-"])
    #expect(try ImageSource.list([Self.samples]).count == 5)
  }

  @Test("tensors are saved of all that were answered, and a batch has an answer for each image")
  func saved() throws {
    let temporary = try Folder()
    let folder = temporary.path
    defer { withExtendedLifetime(temporary) {} }
    let network = try Network.find("lenet-digits")
    let layer = try network.codeLayer()
    let saving = SavedTensors(
      inputs: "\(folder)/in.npy", logits: "\(folder)/out.npy",
      features: SavedTensors.Features(of: layer, to: "\(folder)/codes.npy"))
    let inference = try Inference(network, saving: saving)
    _ = try answers(inference, [digit, "\(folder)/none.png", Self.samples])
    let inputs = try NumPyFile.read("\(folder)/in.npy")
    #expect(inputs.shape == Shape([6] + network.input.dimensions))
    let logits = try NumPyFile.read("\(folder)/out.npy")
    #expect(logits.shape == [6, 10])
    let (expected, values) = try Model(network, outputs: [layer]).logitsAndValues(inputs)
    #expect(logits.floats == expected.floats)
    #expect(try NumPyFile.read("\(folder)/codes.npy").floats == values[layer]?.floats)

    let again = try answers(Inference(network), ["\(folder)/in.npy"])
    #expect(try again.map { try $0.answers.get().count } == [6])
  }

  @Test("crops and sliding answer as they do by themselves")
  func views() throws {
    let network = try Network.find("lenet-digits")
    let picture = try PixelImage(path: digit)
    let cropped = try answers(Inference(network, view: .crops(.one)), [digit])
    #expect(try cropped[0].answers.get()[0].top == Model(network).classify(picture, crops: .one))
    let inference = try Inference(network, view: .sliding(SlidingOptions(scales: [40])))
    let slid = try answers(inference, [digit], top: 3)
    let classifier = try #require(inference.classifier)
    let expected = try classifier.classify(picture)
    let answer = try slid[0].answers.get()[0]
    #expect(answer.top == expected.top(3, labels: classifier.labels))
    #expect(answer.sliding?.places.count == expected.best(3, labels: classifier.labels).count)
    #expect(answer.sliding?.picture?.extent == picture.extent)
    #expect(inference.model == nil && inference.weights.report.isComplete)
  }

  @Test("what cannot be saved is said before anything is loaded")
  func refused() throws {
    let network = try Network.find("lenet-digits")
    let missing = WeightSource.file("/nowhere/none.pth")
    func error(_ saving: SavedTensors, _ view: Inference.View = .whole) -> InferenceError? {
      #expect(throws: InferenceError.self) { _ = try Inference(network, weights: missing, view: view, saving: saving) }
    }
    #expect(error(SavedTensors(inputs: "a.png")) == .notAnArrayName(path: "a.png"))
    #expect(error(SavedTensors(inputs: "a.npy", logits: "a.npy")) == .sameFile(path: "a.npy"))
    #expect(error(SavedTensors(logits: "a.npy"), .crops(.ten)) == .severalRuns)
    #expect(error(SavedTensors(inputs: "a.npy"), .sliding(SlidingOptions())) == .severalRuns)
    #expect(error(SavedTensors(logits: "a.npy"), .sliding(SlidingOptions(flips: true))) == .severalRuns)
    #expect(throws: ZooError.self) {
      _ = try Inference(network, weights: missing, saving: SavedTensors(inputs: "/nowhere/a.npy"))
    }
    let temporary = try Folder()
    let folder = temporary.path
    defer { withExtendedLifetime(temporary) {} }
    let inference = try Inference(
      network, view: .sliding(SlidingOptions()), saving: SavedTensors(logits: "\(folder)/map.npy"))
    #expect(throws: InferenceError.severalMaps(images: 2)) { try inference.run([digit, digit]) { _, _ in } }
    #expect(!FileSystem.exists("\(folder)/map.npy"))
  }
}
