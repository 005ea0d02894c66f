import Testing
import ZooInsight
import ZooKit
import ZooTensor

@Suite("Pictures that classes and units like") struct ActivationMaximizerTests {
  @Test("A picture for a class has its score, and is taken for it when it is fed", arguments: [0, 3, 8])
  func scores(_ index: Int) throws {
    let model = try Model("lenet-digits")
    let found = try ActivationMaximizer(model, of: .score(index)).picture()
    #expect(found.classes[0].index == index)
    let wanted = try #require(found.wanted)
    #expect(wanted.probability > 0.9, "class \(index)")
    #expect(abs(Double(wanted.logit) - found.pictureScore) < 1e-4 * abs(found.pictureScore), "class \(index)")
    let (first, last) = (try #require(found.curve.first), try #require(found.curve.last))
    #expect(last.measure > first.measure + 5, "class \(index)")
    // The picture is what a program reads from the file.
    let again = try #require(try model.classify(found.picture, top: 1).first)
    #expect(again.index == index && again.logit == wanted.logit, "class \(index)")
    #expect(found.curve.count == 256 && found.end == .iterations && found.iteration == 256)
  }

  private static let layers = """
    - conv: {name: a, out: 4, kernel: 3, padding: 1}
    - relu: {name: r}
    - conv: {name: b, out: 5, kernel: 3, stride: 2}
    - fc: {name: f, out: 3}
    """

  private func small(
    _ layers: String = layers, weights: [String: [Float]]? = nil, threads: Int? = nil
  ) throws -> Model {
    try Model.small(
      layers,
      input: "[3, 12, 9]\npreprocess:\n  resize: {to: [12, 9], filter: bilinear}\n  channels: bgr\n  divide_by: 64",
      weights: weights, options: Model.Options(threads: threads))
  }

  @Test("A unit of maps is taken by its mean over all places, with the same bits on any number of threads")
  func units() throws {
    func found(threads: Int, seed: UInt64 = 0) throws -> PreferredPicture {
      let model = try small(threads: threads)
      var options = ActivationMaximizer.defaultOptions(for: model)
      options.iterations = 30
      options.seed = seed
      return try ActivationMaximizer(model, of: .unit(layer: "b", unit: 2), options: options).picture()
    }
    let (one, three) = (try found(threads: 1), try found(threads: 3))
    #expect(one.values.floats == three.values.floats && one.curve == three.curve)
    #expect(try found(threads: 1, seed: 1).values.floats != one.values.floats)
    #expect(one.name == "mean of unit 2 of b over its 5×4 places" && one.wanted == nil)
    let network = try small().network
    let value = try Model(network, loaded: small().weights, outputs: ["b"]).values(for: one.values)["b"]
    let unit = try #require(value).floats[2 * 20..<3 * 20]
    #expect(abs(unit.reduce(0.0) { $0 + Double($1) } / 20 - one.score) < 1e-4 * abs(one.score))
    #expect(one.score > one.curve[0].measure)
    // Levels from 0 to 255, divided by 64.
    #expect(one.values.floats.allSatisfy { $0 >= 0 && $0 <= 255.0 / 64 })
  }

  @Test("Without jitter the picture is the best of all steps; interrupted, the best of those that were")
  func interrupted() throws {
    let model = try small()
    var options = ActivationMaximizer.defaultOptions(for: model)
    options.jitter = 0
    let found = try ActivationMaximizer(model, of: .score(1), options: options).picture { $0.iteration < 9 }
    #expect(found.end == .interrupted && found.curve.count == 9)
    #expect(found.curve[found.iteration - 1].measure == found.curve.map(\.measure).max())
    #expect(abs(found.score - found.curve[found.iteration - 1].measure) < 1e-4)
  }

  @Test("What is not there is refused with what is near, and a unit that never answers in words")
  func refusals() throws {
    let model = try small()
    #expect(throws: ZooError.classNotFound("3", count: 3, suggestions: [])) {
      try ActivationMaximizer(model, of: .score(3))
    }
    #expect(throws: ZooError.layerNotFound("aa", model: "small", suggestions: ["a"])) {
      try ActivationMaximizer(model, of: .unit(layer: "aa", unit: 0))
    }
    #expect(throws: InsightError.unitNotFound(5, layer: "b", units: 5)) {
      try ActivationMaximizer(model, of: .unit(layer: "b", unit: 5))
    }
    #expect(throws: ZooError.noPreprocessing(model: "small")) {
      try ActivationMaximizer(Model.small(Self.layers, input: "[3, 12, 9]"), of: .score(0))
    }
    let dead = try small(
      "- conv: {name: a, out: 1, kernel: 1}\n- relu: {name: r}\n- fc: {name: f, out: 2}",
      weights: [
        "a.weight": [1, 1, 1], "a.bias": [-100], "f.weight": [Float](repeating: 1, count: 216), "f.bias": [0, 0],
      ])
    let error = #expect(throws: InversionError.noGradient(of: "mean of unit 0 of r over its 12×9 places")) {
      try ActivationMaximizer(dead, of: .unit(layer: "r", unit: 0)).picture()
    }
    #expect(
      error?.description.hasPrefix("mean of unit 0 of r over its 12×9 places does not change with the picture") == true)
    var options = ActivationMaximizer.defaultOptions(for: model)
    options.jitter = -1
    #expect(throws: InversionError.option(.jitter, expected: "from 0 to 9 pixels, the input's shorter side")) {
      try ActivationMaximizer(model, of: .score(0), options: options)
    }
  }

  @Test("The figures show the picture and the curve")
  func figures() throws {
    let model = try small()
    var options = ActivationMaximizer.defaultOptions(for: model)
    options.iterations = 3
    let found = try ActivationMaximizer(model, of: .score(1), options: options).picture()
    let figure = found.figure(notes: ["a note"])
    #expect(figure.panels.count == 2 && figure.panels[0].content == .picture(found.picture))
    #expect(figure.panels[0].caption.hasPrefix("logit of class 1: "))
    #expect(figure.notes.first == "a note")
    let inversion = try Inverter(model, layer: "a").inversion(of: found.values) { $0.iteration < 2 }
    #expect(inversion.figure(notes: []).panels.count == 3)
    let numbers = try Model.small("- fc: {name: f, out: 3}")
    let maps = try Inverter(numbers, layer: "f").inversion(of: numbers.randomInput()) { $0.iteration < 2 }
    #expect(maps.figure(notes: []).panels.map(\.caption).first == "channel 0 made of the code of f")
    #expect(maps.figure(notes: []).panels.count == 3)
  }
}
