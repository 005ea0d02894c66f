import FoundationEssentials
import Testing
import ZooImages
import ZooKit
import ZooTensor
import ZooWeights

/// Checkpoints that others trained and published, against what PyTorch answers with them in float64.
///
/// The files may not be part of this project. They are looked for in the folder that `ZOO_REFERENCE` names, else in
/// `../shared/reference` beside the package; the tests are skipped where they are not.
private enum Published {
  static let folder: String = {
    let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return ProcessInfo.processInfo.environment["ZOO_REFERENCE"]
      ?? package.deletingLastPathComponent().appending(path: "shared/reference").path
  }()

  static var hasCheckpoints: Bool { FileSystem.exists("\(folder)/checkpoints/checkpoints.json") }
  static var hasDigits: Bool { FileSystem.exists("\(folder)/mnist/t10k-images-idx3-ubyte.gz") }
  static var hasPhotographs: Bool { FileSystem.exists("\(folder)/images/china.jpg") }

  static func path(_ name: String) -> String { "\(folder)/checkpoints/\(name)" }

  struct Answers: Decodable {
    var mnist_test_correct: Int?
    var logits: [String: [Double]]
  }

  static func answers(_ name: String) throws -> Answers {
    let data = try Data(contentsOf: URL(filePath: path("checkpoints.json")))
    return try #require(try JSONDecoder().decode([String: Answers].self, from: data)[name])
  }
}

@Suite(.enabled(if: Published.hasCheckpoints, "the published checkpoints are not on this machine"))
struct ReferenceCheckpointTests {
  private static let lenet = "lenet_iter_10000.caffemodel"

  @Test("Caffe's LeNet: names, shapes, and how its images are scaled")
  func caffe() throws {
    let checkpoint = try Checkpoint.open(Published.path(Self.lenet))
    #expect(checkpoint.format == .caffe)
    #expect(
      checkpoint.entries.map { "\($0.name) \($0.shape)" } == [
        "conv1.weight 20×1×5×5", "conv1.bias 20", "conv2.weight 50×20×5×5", "conv2.bias 50", "ip1.weight 500×800",
        "ip1.bias 500", "ip2.weight 10×500", "ip2.bias 10",
      ])
    #expect(checkpoint.metadata == ["caffe.net": "LeNet", "caffe.scale": "0.00390625"])
  }

  @Test(
    "Caffe's LeNet finds digits on a canvas", .enabled(if: Published.hasDigits, "MNIST is not on this machine"))
  func lenetSlides() throws {
    let classifier = try SlidingClassifier(.find("lenet"), weights: .file(Published.path(Self.lenet)))
    let data = try DataSet.open("\(Published.folder)/mnist")
    let places = [(12, 20), (76, 8), (60, 72), (8, 124), (92, 132)]
    let size = 168
    var (found, atPlace) = (0, 0)
    for canvas in 0..<20 {
      let samples = try places.indices.map { try data(canvas * places.count + $0) }
      let targets = zip(samples, places).map { sample, place in
        (
          label: sample.label, box: SlidingNetworks.box(top: place.0, left: place.1), row: place.0 / 4,
          column: place.1 / 4
        )
      }
      let result = try classifier.classify(
        SlidingNetworks.canvas(size, zip(samples, places).map { ($0.image, $1.0, $1.1) }))
      let map = result.runs[0].map
      let best = result.best(2 * places.count, labels: classifier.labels)
      for target in targets {
        if map.bestClasses[target.row * map.columns + target.column] == target.label { atPlace += 1 }
        if best.contains(where: {
          $0.classification.index == target.label && $0.box.intersectionOverUnion(target.box) > 0.5
        }) {
          found += 1
        }
      }
    }
    // Of 100; parts of digits, and gaps between them, look like other digits to a network that knows nothing else.
    #expect(atPlace >= 98)
    #expect(found >= 90, "\(found) of 100 are among the ten best places of their canvas")
  }

  @Test("Caffe's LeNet finds the digits of the picture in the README, and nothing else")
  func readmePicture() throws {
    let classifier = try SlidingClassifier(.find("lenet"), weights: .file(Published.path(Self.lenet)))
    let picture = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../zoo/pictures/canvas.png")
    let result = try classifier.classify(PixelImage(path: picture.path))
    let places = result.best(5, labels: classifier.labels).sorted { $0.classification.index < $1.classification.index }
    #expect(places.map(\.classification.index) == [2, 3, 5, 6, 8])
    let targets = [(28, 136), (136, 64), (40, 4), (84, 56), (36, 92)]
    for (place, (left, top)) in zip(places, targets) {
      let target = SlidingNetworks.box(top: top, left: left)
      #expect(place.box.intersectionOverUnion(target) > 0.5, "\(place)")
    }
  }

  @Test("Caffe's LeNet answers as in PyTorch", .enabled(if: Published.hasDigits, "MNIST is not on this machine"))
  func lenetLogits() throws {
    let model = try Model("lenet", weights: .file(Published.path(Self.lenet)))
    let data = try DataSet.open("\(Published.folder)/mnist")
    let logits = try Published.answers("lenet_iter_10000").logits
    #expect(logits.count == 4)
    for (image, expected) in logits {
      let index = try #require(Int(image))
      let found = try model.logits(model.input(for: data(index).image)).floats
      #expect(relativeError(found, expected) <= 1e-5, "image \(image)")
    }
  }

  @Test(
    "Caffe's LeNet recognises as many digits as in PyTorch",
    .enabled(if: Published.hasDigits, "MNIST is not on this machine"))
  func lenetAccuracy() throws {
    let model = try Model("lenet", weights: .file(Published.path(Self.lenet)))
    let result = try model.evaluate(DataSet.open("\(Published.folder)/mnist"))
    #expect(result.count == 10_000)
    #expect(result.top1 == 9_914)
    #expect(try Published.answers("lenet_iter_10000").mnist_test_correct == result.top1)
  }

  @Test(
    "ResNets in PyTorch's old format answer as in PyTorch",
    .enabled(if: Published.hasPhotographs, "the photographs are not on this machine"),
    arguments: [("resnet20", "resnet20-12fca82f"), ("resnet32", "resnet32-d509ac18")])
  func residual(model name: String, file: String) throws {
    let model = try Model(name, weights: .file(Published.path("\(file).th")))
    #expect(model.weights.checkpoint.format == .torchLegacy)
    let logits = try Published.answers(file).logits
    #expect(logits.keys.sorted() == ["china.jpg", "flower.jpg"])
    for (image, expected) in logits {
      let picture = try PixelImage(path: "\(Published.folder)/images/\(image)")
      let found = try model.logits(model.input(for: picture)).floats
      #expect(relativeError(found, expected) <= 1e-5, "\(image)")
    }
  }

  @Test(
    "Packed, unpacked and packed again, every bit is the same",
    arguments: [
      ("lenet", lenet), ("resnet20", "resnet20-12fca82f.th"), ("resnet32", "resnet32-d509ac18.th"),
    ])
  func roundTrip(model: String, file: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      let original = try Checkpoint.open(Published.path(file))
      let (archive, again) = ("\(folder)/a.zoow", "\(folder)/b.zoow")
      let identifier = try Packing(input: original.path, model: model).write(to: archive, overwrite: false)
      for target in ["c", "c.safetensors"] {
        try Checkpoint.open(archive).unpack(to: "\(folder)/\(target)")
        #expect(
          try Packing(input: "\(folder)/\(target)", model: model).write(to: again, overwrite: true) == identifier)
      }
      let packed = try Checkpoint.open(again)
      #expect(packed.entries.count == original.entries.count)
      for entry in original.entries {
        let (left, right) = (try original.tensor(named: entry.name), try packed.tensor(named: entry.name))
        #expect(left.shape == right.shape)
        #expect(
          left.withUnsafeBytes { left in right.withUnsafeBytes { left.elementsEqual($0) } }, "\(entry.name)")
      }
    }
  }
}
