import Testing
import ZooKit
import ZooTensor
import ZooTraining
import ZooWeights

@Suite struct HeadFitTests {
  private let folder: FeaturesFolder

  init() throws { folder = try FeaturesFolder() }

  /// Codes of some of the digits.
  private func codes(
    _ name: String, _ split: DataSet.Split = .train, digits: [Int] = [3, 5, 8], count: Int = 60, layer: String? = nil,
    pools: Bool = false, namingAll: Bool = false
  ) throws {
    let data = try FeaturesFolder.digits(split)
    let places = digits.flatMap { digit in data.labels.indices.filter { data.labels[$0] == digit }.prefix(count) }
    _ = try FeaturesFolder.features(layers: layer.map { [$0] }, pools: pools)
      .write(data.subset(places.sorted()), split: split, to: folder(name))
    guard !namingAll else { return }
    // As if there were no other digits.
    let file = name.replacing(".npy", with: ".features.json")
    let record = String(decoding: try folder.bytes(file), as: UTF8.self)
    let names = digits.map { "\"\($0)\"" }.joined(separator: ",")
    try folder.write(record.replacing(/"classes" : \[[^\]]*\]/, with: "\"classes\": [\(names)]").utf8, to: file)
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch {
      return "\(error)".replacing("\(folder.path)/", with: "")
    }
  }

  @Test("the archive is a network whose scores are the classifier's", arguments: [ClassifierLoss.svm, .softmax])
  func archive(loss: ClassifierLoss) throws {
    let pictures = try folder.pictures([3, 5, 8], count: 40)
    let data = try DataSet.open(pictures, split: .train)
    _ = try FeaturesFolder.features().write(data, to: folder("a.npy"))
    let work = try HeadFit([folder("a.npy")])
    guard case .network = work.destination else {
      Issue.record("\(work.destination)")
      return
    }
    let result = try work.fit(.init(loss: loss), threads: 2)
    try work.write(result, to: folder("head.zoow"))
    #expect(result.classifier.report.training.accuracy.value > 0.95)

    let model = try Model(folder("head.zoow"))
    #expect(model.labels?.labels.map(\.name) == ["digit 3", "digit 5", "digit 8"])
    let rows = try NumPyFile.read(folder("a.npy")).floats
    let (weight, bias) = (result.classifier.weight.floats, result.classifier.bias.floats)
    let inputs = try Model.stacked((0..<data.count).map { try model.input(for: data.picture(at: $0)) })
    let scores = try model.logits(inputs).floats
    for row in 0..<data.count {
      for index in 0..<3 {
        let products = (0..<500).map { Double(weight[index * 500 + $0]) * Double(rows[row * 500 + $0]) }
        let expected = products.reduce(Double(bias[index]), +)
        let difference = abs(Double(scores[row * 3 + index]) - expected)
        #expect(difference <= 1e-5, "picture \(row), class \(index): \(scores[row * 3 + index]), expected \(expected)")
      }
    }
    let best = try model.classify(path: "\(pictures)/\(data.name(at: 0))")
    #expect(best[0].label == "digit 3")
    // What is there is replaced only when that was asked for.
    #expect(message { try work.write(result, to: folder("head.zoow")) }.contains("head.zoow: already exists"))
    try work.write(result, to: folder("head.zoow"), overwrite: true)
  }

  @Test(
    "codes of another layer make tensors by themselves",
    arguments: [
      ("ip1", false, "the last layer of lenet-digits reads 'relu1', and the codes are of 'ip1'"),
      ("pool2", true, "the last layer of lenet-digits reads 'relu1', and the codes are means of the maps of 'pool2'"),
    ])
  func tensors(layer: String, pools: Bool, reason: String) throws {
    try codes("a.npy", layer: layer, pools: pools)
    let work = try HeadFit([folder("a.npy")])
    guard case .tensors(let obstacle) = work.destination else {
      Issue.record("\(work.destination)")
      return
    }
    #expect("\(obstacle)" == reason)
    let result = try work.fit(.init(regularisation: .fixed(1)))
    try work.write(result, to: folder("head.zoow"))
    let archive = try Checkpoint.open(folder("head.zoow"))
    #expect(archive.entries.map(\.name) == ["classifier.weight", "classifier.bias"])
    #expect(try archive.tensor(named: "classifier.weight").floats == result.classifier.weight.floats)
    #expect(try archive.tensor(named: "classifier.bias").floats == result.classifier.bias.floats)
    #expect(archive.metadata["zoo.labels"]?.split(separator: "\n").count == 3)
  }

  @Test("several files, and one to measure with")
  func several() throws {
    try codes("a.npy", digits: [3, 5])
    try codes("b.npy", digits: [8])
    try codes("all.npy")
    try codes("t.npy", .test)
    let (joined, whole) = (
      try HeadFit([folder("a.npy"), folder("b.npy")], test: folder("t.npy")),
      try HeadFit([folder("all.npy")], test: folder("t.npy"))
    )
    #expect(joined.codes.count == whole.codes.count && joined.codes.classes == whole.codes.classes)
    let result = try joined.fit(.init(regularisation: .fixed(1)))
    let accuracy = try #require(result.test).accuracy
    #expect(accuracy.value > 0.8, "\(accuracy)")
    #expect(result.classifier.report.crossValidation == nil)
  }

  @Test("what does not belong together is refused")
  func refusals() throws {
    try codes("a.npy")
    try codes("b.npy", layer: "ip1")
    #expect(
      message { _ = try HeadFit([folder("a.npy"), folder("b.npy")]) }
        == "b.npy: not to be joined with a.npy: layer is ip1, there relu1")
    let now = message { _ = try HeadFit([folder("a.npy")], weights: .synthetic(seed: 1)) }
    #expect(now.hasPrefix("a.npy: the weights of the codes: "), "\(now)")
    #expect(now.contains(", now synthetic:1 ("), "\(now)")
    #expect(message { _ = try HeadFit([folder("missing.npy")]) }.contains("missing.npy"))
    // The classes of the data are known, and one has no picture.
    try codes("c.npy", namingAll: true)
    #expect(
      message { _ = try HeadFit([folder("c.npy")]).fit() }
        == "there is no picture of the class '0'; add some, or leave the class out")
  }

  @Test("codes without a record: the network is to be named, and the widths must agree")
  func withoutRecord() throws {
    try NumPyFile.write(Tensor(shape: [4, 2], floats: [0, 1, 1, 0, 0, 2, 2, 0]), to: folder("a.npy"))
    try folder.write("1\tx\n2\ty\n3\tx\n4\ty\n".utf8, to: "a.keys.txt")
    for (model, reason) in [
      (nil, "nothing says which network made the codes"),
      ("lenet-digits", "the last layer of lenet-digits reads 'relu1', which has 500 numbers, and the codes have 2"),
    ] {
      guard case .tensors(let obstacle) = try HeadFit([folder("a.npy")], model: model).destination else {
        Issue.record("\(model ?? "none")")
        continue
      }
      #expect("\(obstacle)" == reason)
    }
    try folder.write("1\tx\n2\tx\n3\tx\n4\tx\n".utf8, to: "a.keys.txt")
    #expect(
      message { _ = try HeadFit([folder("a.npy")]).fit() }
        == "all pictures are of the class 'x'; a classifier needs at least two classes")
    #expect(throws: FeaturesError.weightsWithoutNetwork) {
      _ = try HeadFit([folder("a.npy")], weights: .synthetic(seed: 0))
    }
  }

  @Test("what to believe of a fit")
  func cautions() throws {
    try codes("a.npy", digits: [3, 5], count: 2)
    let cautions = try HeadFit([folder("a.npy")]).fit().cautions
    #expect(cautions.contains(.fewerFolds(requested: 5, made: 2)), "\(cautions)")
    #expect(cautions.contains(.optimistic), "\(cautions)")
    #expect(cautions.contains { if case .wideInterval(_, false) = $0 { true } else { false } }, "\(cautions)")
  }

  @Test("advice for digits looks at the layers of LeNet")
  func advice() throws {
    let data = try FeaturesFolder.digits(.train)
    let network = try Network.find("lenet-digits")
    let features = try Features(network, layers: ["relu1"] + network.lowerLayers(below: "relu1"), pools: true)
    let options = Advice.Options(limit: 200, fit: .init(regularisation: .crossValidated([1, 0.1])))
    var stages: Set<String> = []
    let answer = try Advice.examine(data, with: features, options: options) {
      switch $0 {
      case .codes: stages.insert("codes")
      case .classifier(let layer, _): stages.insert(layer)
      }
    }
    #expect(stages == ["codes", "relu1", "pool1", "pool2"])
    #expect(answer.pictures == 1500 && (180...200).contains(answer.lookedAt), "\(answer.lookedAt)")
    #expect(answer.layers.map(\.width) == [500, 20, 50])
    // The network was trained with these very pictures.
    #expect(answer.advice.similarity == .similar && answer.advice.size == .large)
    #expect(answer.advice.caseInWords == "the new data set is large and similar to the original one")
    #expect(
      message { _ = try Advice.examine(data, with: features, options: .init(limit: 19)) }
        == "cannot look at 19 pictures; choose at least 2 for each of the 10 classes")
  }
}
