import Testing
import ZooGraph
import ZooKit
import ZooRuntime
import ZooTensor
import ZooWeights

/// Softmax and sigmoid are applied once, by the network or by zoo.
@Suite struct AnswerTests {
  private static func network(_ layers: String, outputs: String = "", input: String = "[2, 3, 3]") throws -> Network {
    try Network(
      yaml: """
        zoo: 1
        name: net
        input: \(input)
        layers:
        \(layers.split(separator: "\n").map { "  - \($0)" }.joined(separator: "\n"))
        \(outputs.isEmpty ? "" : "outputs: {\(outputs)}")
        """, path: "net.yaml")
  }

  @Test(
    "what a network says about classes",
    arguments: [
      ("fc: {name: fc, out: 4}", "", "class scores (logits) of 4 classes; zoo applies softmax"),
      ("fc: {name: fc, out: 1}", "", "class scores (logits) of 1 class; zoo applies sigmoid"),
      ("fc: {name: fc, out: 4}\ntanh", "", "class scores (logits) of 4 classes; zoo applies softmax"),
      ("fc: {name: fc, out: 4}\nrelu", "", "class scores (logits) of 4 classes; zoo applies softmax"),
      ("fc: {name: fc, out: 4}\nsilu", "", "class scores (logits) of 4 classes; zoo applies softmax"),
      (
        "fc: {name: fc, out: 4}\nsoftmax\nprelu: {name: p}", "",
        "class scores (logits) of 4 classes; zoo applies softmax"
      ),
      (
        "fc: {name: fc, out: 4}\nsoftmax\nclamp: {lower: 0, upper: 1}", "",
        "probabilities of 4 classes (softmax is the last layer)"
      ),
      (
        "fc: {name: fc, out: 4}\nsoftmax\nclamp: {lower: 0.1, upper: 1}", "",
        "class scores (logits) of 4 classes; zoo applies softmax"
      ),
      (
        "fc: {name: fc, out: 4}\nsigmoid: {name: a}\nmultiply: {from: [a, a]}", "",
        "independent probabilities of 4 classes (made by the network)"
      ),
      (
        "fc: {name: fc, out: 4}\nsigmoid: {name: a}\nmultiply: {from: [a, fc]}", "",
        "class scores (logits) of 4 classes; zoo applies softmax"
      ),
      ("fc: {name: fc, out: 4}\nsoftmax", "", "probabilities of 4 classes (softmax is the last layer)"),
      (
        "fc: {name: fc, out: 4}\nsoftmax\ndropout\nflatten\nrelu", "",
        "probabilities of 4 classes (softmax is the last layer)"
      ),
      (
        "fc: {name: fc, out: 4}\nsoftmax: {name: p}", "logits: p",
        "probabilities of 4 classes (softmax is the last layer, though the output has the role logits)"
      ),
      (
        "fc: {name: fc, out: 4}\nsoftmax: {name: p}", "prob: {from: p, role: probabilities}",
        "probabilities of 4 classes (softmax is the last layer)"
      ),
      (
        "fc: {name: fc, out: 4}\nsoftmax: {name: p}", "logits: fc, probabilities: p",
        "class scores (logits) of 4 classes; zoo applies softmax"
      ),
      ("fc: {name: fc, out: 1}\nsigmoid", "", "independent probabilities of 1 class (sigmoid is the last layer)"),
      ("fc: {name: fc, out: 3}\nsigmoid", "", "independent probabilities of 3 classes (sigmoid is the last layer)"),
      (
        "conv: {name: c, out: 3, kernel: 1}\nsoftmax\nglobal_average_pool\nflatten", "",
        "probabilities of 3 classes (made by the network)"
      ),
      (
        "conv: {name: c, out: 3, kernel: 1}\nsoftmax\nmax_pool: {kernel: 3}", "",
        "independent probabilities of 3 classes (made by the network)"
      ),
      (
        "conv: {name: c, out: 3, kernel: 1}\nsoftmax\nflatten", "",
        "independent probabilities of 27 classes (made by the network)"
      ),
      (
        "conv: {name: c, out: 3, kernel: 1}\nsoftmax", "",
        "probabilities of 3 classes at 3×3 places (softmax is the last layer)"
      ),
      (
        "softmax: {name: a}\nsigmoid: {name: b, from: input}\nconcat: {from: [a, b]}\nglobal_average_pool", "",
        "independent probabilities of 4 classes (made by the network)"
      ),
      (
        "sigmoid: {name: gate}\nconv: {name: c, out: 3, kernel: 3}", "",
        "class scores (logits) of 3 classes; zoo applies softmax"
      ),
    ])
  func description(layers: String, outputs: String, words: String) throws {
    let network = try Self.network(layers, outputs: outputs)
    #expect("\(try network.answer())" == words)
    let role: Output.Role = words.contains("probabilities") ? .probabilities : .logits
    if outputs.isEmpty { #expect(network.graph.outputs.map(\.role) == [role]) }
    // What is written out says the same.
    let again = try Network(yaml: network.expandedDefinition(), path: "again.yaml")
    #expect(try again.answer() == network.answer())
  }

  @Test("a network without classes says so")
  func none() throws {
    let network = try Self.network("fc: {name: fc, out: 4}", outputs: "codes: fc")
    #expect(throws: ZooError.noLogits(model: "net")) { try network.answer() }
    #expect(throws: ZooError.noLogits(model: "net")) { try Model(network, weights: .synthetic(seed: 0)) }
  }

  /// A network of one number, with the scores of its classes as biases.
  private static func model(
    _ scores: [Float], _ last: String, outputs: String = "", interpreter: Bool = false
  ) throws -> Model {
    let network = try Self.network(
      "fc: {name: fc, out: \(scores.count)}\n\(last)", outputs: outputs, input: "[1, 1, 1]")
    let checkpoint = try Checkpoint([
      ("fc.weight", Tensor(shape: [scores.count, 1], floats: scores.map { _ in 1 })),
      ("fc.bias", Tensor(shape: [scores.count], floats: scores)),
    ])
    return try Fixtures.withTemporaryFolder { folder in
      try checkpoint.unpack(to: "\(folder)/w.safetensors")
      return try Model(
        network, weights: .file("\(folder)/w.safetensors"), options: Model.Options(usesInterpreter: interpreter))
    }
  }

  private static let zero = Tensor(shape: [1, 1, 1], floats: [0])

  /// `torch.softmax(torch.tensor([1., 2., 3., 4.]), 0)`
  @Test(
    "softmax as the last layer is not applied twice",
    arguments: ["", "prob: {from: p, role: probabilities}", "logits: p"],
    [true, false])
  func softmax(outputs: String, interpreter: Bool) throws {
    let model = try Self.model([1, 2, 3, 4], "softmax: {name: p}", outputs: outputs, interpreter: interpreter)
    let top = try model.classify(Self.zero)
    #expect(top.map(\.index) == [3, 2, 1, 0])
    for (entry, expected) in zip(top, [0.643_914_3, 0.236_882_8, 0.087_144_3, 0.032_058_6]) {
      #expect(abs(entry.probability - expected) < 1e-6)
    }
    #expect(top.map(\.logit) == [4, 3, 2, 1])
    #expect(try model.logits(Self.zero).shape == [1, 4])
  }

  /// `torch.sigmoid(torch.tensor([-3., 1.]))`
  @Test("sigmoid gives each class a probability of its own", arguments: ["sigmoid", "sigmoid\nflatten"])
  func sigmoid(last: String) throws {
    let one = try Self.model([-3], last).classify(Self.zero)
    #expect(one.count == 1 && abs(one[0].probability - 0.047_425_9) < 1e-6 && one[0].logit == -3)
    let two = try Self.model([-3, 1], last).classify(Self.zero)
    #expect(two.map(\.index) == [1, 0])
    #expect(abs(two[0].probability - 0.731_058_6) < 1e-6 && abs(two[1].probability - 0.047_425_9) < 1e-6)
  }

  @Test("a single score is no certainty")
  func single() throws {
    #expect(abs(try Self.model([-3], "dropout").classify(Self.zero)[0].probability - 0.047_425_9) < 1e-6)
  }

  @Test("probabilities that the network averages are taken as they are")
  func averaged() throws {
    let layers = "conv: {name: c, out: 4, kernel: 1}\nsoftmax: {name: p}\nglobal_average_pool\nflatten"
    let model = try Model(Self.network(layers), weights: .synthetic(seed: 3))
    let image = SyntheticCheckpoint.input(shape: [2, 3, 3])
    let values = try Interpreter(graph: model.network.graph, weights: model.weights.tensor).run(image)[0].floats
    let top = try model.classify(image)
    for entry in top {
      #expect(abs(entry.probability - Double(values[entry.index])) < 1e-6)
      #expect(entry.logit < 0)
    }
    #expect(abs(top.reduce(0) { $0 + $1.probability } - 1) < 1e-6)
  }

  @Test("sliding, crops, conversion, packages and ONNX agree on a network that ends in softmax")
  func everywhere() throws {
    let plain = try SlidingNetworks.network(SlidingNetworks.unpadded)
    let ending = try SlidingNetworks.network(
      SlidingNetworks.unpadded.replacing("outputs: {logits: fc2}", with: "  - softmax"))
    let weights = WeightSource.synthetic(seed: 5)
    let picture = SlidingNetworks.picture(47, 80)
    let (model, twin) = (try Model(ending, weights: weights), try Model(plain, weights: weights))
    #expect(model.answer.isApplied && !twin.answer.isApplied)
    #expect(try model.classify(picture) == twin.classify(picture))
    #expect(try model.classify(picture, crops: .ten) == twin.classify(picture, crops: .ten))
    #expect(try model.scores(of: [picture]) == twin.scores(of: [picture]))
    let (sliding, other) = (
      try SlidingClassifier(ending, weights: weights), try SlidingClassifier(plain, weights: weights)
    )
    let (result, expected) = (try sliding.classify(picture), try other.classify(picture))
    #expect(result.probabilities == expected.probabilities && result.logits == expected.logits)
    #expect(result.best(3, labels: nil) == expected.best(3, labels: nil))

    let conversion = try Conversion(ending, name: "unpadded-conv")
    #expect(try conversion.verify(model.weights) <= 1e-5)
    let converted = try Network(yaml: conversion.definition, path: "conv.yaml")
    #expect(try converted.answer().isApplied)
    #expect(try Restoration(converted).original.answer().isApplied)
    try Fixtures.withTemporaryFolder { folder in
      try Package.write(ending, weights: model.weights, to: "\(folder)/n.zoo")
      #expect(try Model("\(folder)/n.zoo").classify(picture) == model.classify(picture))
      try ONNXExport(ending, weights: model.weights).write(to: "\(folder)/n.onnx")
      #expect(try DecodedONNX(path: "\(folder)/n.onnx").outputs == ["probabilities"])
    }
  }

  @Test("independent probabilities while sliding")
  func slidingSigmoid() throws {
    let network = try SlidingNetworks.network(
      SlidingNetworks.unpadded.replacing("outputs: {logits: fc2}", with: "  - sigmoid"))
    let classifier = try SlidingClassifier(network, weights: .synthetic(seed: 5))
    let result = try classifier.classify(SlidingNetworks.image(3, 35, 27))
    let model = try Model(network, weights: .synthetic(seed: 5))
    let top = try model.classify(SlidingNetworks.image(3, 35, 27), top: 6)
    for entry in top {
      #expect(abs(result.probabilities[entry.index] - entry.probability) < 1e-6)
      #expect(abs(result.runs[0].map.probabilities(ofClass: entry.index)[0] - entry.probability) < 1e-6)
    }
    #expect(top.reduce(0) { $0 + $1.probability } > 1.2)
  }

  @Test("one class ranks nothing")
  func accuracy() throws {
    try Fixtures.withTemporaryFolder { folder in
      let data = try DataSet.open("\(Fixtures.folder)/digits")
      #expect(throws: ZooError.nothingToRank(model: "net")) { try Self.model([1], "sigmoid").evaluate(data) }
    }
  }
}
