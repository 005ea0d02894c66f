import Testing
import ZooGraph
import ZooInsight
import ZooKit
import ZooTensor

@Suite("The check by random weights") struct RandomizationCheckTests {
  private static let layers = """
    - conv: {name: a, out: 4, kernel: 3, padding: 1, bias: false}
    - batch_norm: {name: an}
    - relu: {name: ar}
    - conv: {name: b, out: 4, kernel: 3, padding: 1}
    - relu: {name: br}
    - fc: {name: c, out: 3}
    """

  /// Answers with the numbers of a model's tensors in place of a map of its input.
  private static func weights(of names: [String], _ count: Int) -> ExplanationMethod {
    ExplanationMethod(name: "weights", title: "weights", isSigned: true) { model, _, _, _ in
      GridMap(rows: 1, columns: count, values: try names.flatMap { try model.weights.tensor($0).floats })
    }
  }

  @Test("makes the layers random from the top, each once, and keeps those below as they are")
  func cascade() throws {
    let model = try Model.small(Self.layers)
    let names = ["a.weight", "b.weight", "c.weight"]
    let counts = [4 * 2 * 9, 4 * 4 * 9, 3 * 144]
    let method = Self.weights(of: names, counts.reduce(0, +))
    let found = try RandomizationCheck(model, method: method).run(.score(1), for: model.randomInput())
    let result = try #require(found)
    #expect(result.layers == 3)
    #expect(result.steps.map(\.layers) == [1, 2, 3])
    #expect(result.steps.map(\.changed) == [["c"], ["b"], ["a"]])
    var before = result.original.values
    for (step, changed) in zip(result.steps, [2, 1, 0]) {
      let start = counts[..<changed].reduce(0, +)
      let places = start..<start + counts[changed]
      for place in before.indices where !places.contains(place) {
        #expect(step.map.values[place] == before[place], "\(step.changed): number \(place)")
      }
      let (old, new) = (before[places], step.map.values[places])
      #expect(zip(old, new).allSatisfy { $0 != $1 }, "\(step.changed)")
      // As many numbers of the same mean and deviation, within what chance does.
      let (first, second) = (Self.moments(old), Self.moments(new))
      let error = first.deviation / Double(places.count).squareRoot()
      #expect(abs(first.mean - second.mean) < 4 * error, "\(step.changed): \(first) became \(second)")
      #expect(abs(second.deviation / first.deviation - 1) < 0.25, "\(step.changed): \(first) became \(second)")
      before = step.map.values
    }
  }

  private static func moments(_ numbers: ArraySlice<Float>) -> (mean: Double, deviation: Double) {
    let mean = numbers.reduce(0.0) { $0 + Double($1) } / Double(numbers.count)
    let squares = numbers.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return (mean, (squares / Double(numbers.count)).squareRoot())
  }

  @Test("turns the channels of a batch norm around together, with the layer before it")
  func batchNorm() throws {
    let model = try Model.small(
      Self.layers,
      weights: [
        "a.weight": (0..<72).map { Float($0) }, "an.weight": [1, 2, 3, 4], "an.bias": [10, 20, 30, 40],
        "an.running_mean": [5, 6, 7, 8], "an.running_var": [0.1, 0.2, 0.3, 0.4],
        "b.weight": (0..<144).map { Float($0) },
        "b.bias": [1, 2, 3, 4], "c.weight": (0..<432).map { Float($0 % 7) }, "c.bias": [1, 2, 3],
      ])
    let names = ["an.weight", "an.bias", "an.running_mean", "an.running_var"]
    var seen: Set<[Float]> = []
    for seed: UInt64 in 0..<4 {
      var options = RandomizationCheck.Options()
      options.seed = seed
      let found = try RandomizationCheck(model, method: Self.weights(of: names, 16), options: options)
        .run(.score(0), for: model.randomInput())
      let steps = try #require(found).steps.map(\.map.values)
      #expect(steps[1][..<4] == [1, 2, 3, 4], "only with layer a")
      let scales = Array(steps[2][..<4])
      #expect(scales.sorted() == [1, 2, 3, 4])
      #expect(Array(steps[2][4..<12]) == scales.map { 10 * $0 } + scales.map { $0 + 4 })
      #expect(Array(steps[2][12...]) == scales.map { [0.1, 0.2, 0.3, 0.4][Int($0) - 1] })
      seen.insert(scales)
    }
    #expect(seen.count > 1, "the seed decides")
  }

  @Test("keeps a layer's numbers where they only change places")
  func permuted() throws {
    let model = try Model.small(Self.layers)
    var options = RandomizationCheck.Options()
    options.randomization = .permuted
    options.steps = 1
    let method = Self.weights(of: ["b.weight"], 144)
    let found = try RandomizationCheck(model, method: method, options: options)
      .run(.score(0), for: model.randomInput())
    let result = try #require(found)
    #expect(result.steps.map(\.layers) == [3])
    #expect(result.steps[0].map.values != result.original.values)
    #expect(result.steps[0].map.values.sorted() == result.original.values.sorted())
  }

  @Test(
    "has at most as many steps as asked for, the first of one layer, the last of all", arguments: [1, 2, 5, 12, 50])
  func steps(_ steps: Int) throws {
    let model = try Model(Network.find("resnet20"), weights: .synthetic(seed: 1))
    var options = RandomizationCheck.Options()
    options.steps = steps
    let method = ExplanationMethod(name: "flat", title: "flat map", isSigned: true) { _, _, _, _ in
      GridMap(rows: 1, columns: 2, values: [0, 0])
    }
    let found = try RandomizationCheck(model, method: method, options: options)
      .run(.score(0), for: Tensor(shape: model.network.input, floats: [Float](repeating: 0, count: 3072)))
    let result = try #require(found)
    // 19 convolutions and a fully connected layer.
    #expect(result.layers == 20)
    #expect(result.steps.count == min(steps, 20))
    #expect(result.steps.last?.layers == 20)
    if steps > 1 { #expect(result.steps[0].changed == ["linear"]) }
    #expect(result.steps.flatMap(\.changed).count == 20)
    #expect(zip(result.steps, result.steps.dropFirst()).allSatisfy { $0.layers < $1.layers })
    #expect(result.verdict == .undefined)
    #expect(result.summary.contains("rank correlations are not defined"))
  }

  @Test("tells a map of the picture from one of the model, by the same bits each time")
  func verdicts() throws {
    let model = try Model.small(Self.layers)
    let edges = ExplanationMethod(name: "edges", title: "picture itself", isSigned: false) { _, input, _, _ in
      GridMap(rows: 12, columns: 6, values: input.floats)
    }
    for (method, verdict) in [
      (edges, RandomizationCheck.Result.Verdict.independent), (ExplanationMethod(.saliency), .depends),
    ] {
      let check = try RandomizationCheck(model, method: method)
      let results = try (0..<2).map { _ in try #require(try check.run(.score(2), for: model.randomInput())) }
      #expect(results[0].verdict == verdict, "\(method.name): \(results[0].summary)")
      #expect(results[0].maps.floats == results[1].maps.floats)
      #expect(results[0].summary.contains(method.title))
    }
  }

  @Test("stops when it is asked to")
  func stops() throws {
    let model = try Model.small(Self.layers)
    let check = try RandomizationCheck(model, method: ExplanationMethod(.saliency))
    for stop in 0..<4 {
      let found = try check.run(.score(0), for: model.randomInput()) { done, total in
        #expect(total == 4)
        return done < stop
      }
      #expect(found == nil, "after \(stop)")
    }
  }

  @Test("refuses what there is not, in words")
  func refusals() throws {
    let model = try Model.small("- conv: {name: a, out: 3, kernel: 3}\n- silu: {name: s}\n- fc: {name: f, out: 2}")
    let guided = try RandomizationCheck(model, method: .named("guided"))
    let error = #expect(throws: GradientGraphError.self) {
      _ = try guided.run(.score(0), for: model.randomInput())
    }
    #expect(error.map { "\($0)" }?.hasPrefix("guided backpropagation is defined for ReLU") == true)
    let unknown = #expect(throws: CheckError.self) { _ = try ExplanationMethod.named("gided") }
    let list = "saliency, guided, deconv, input-gradient, smoothgrad, integrated, cam, occlusion"
    #expect(
      unknown.map { "\($0)" } == "there is no method 'gided' (did you mean 'guided'?); methods: \(list)")
    var options = RandomizationCheck.Options()
    options.steps = 0
    #expect(throws: CheckError.steps(found: 0, expected: 1...1000)) {
      _ = try RandomizationCheck(model, method: .cam(), options: options)
    }
    let odd = ExplanationMethod(name: "odd", title: "odd map", isSigned: true) { _, _, _, _ in
      GridMap(rows: 1, columns: 1, values: [.nan])
    }
    #expect(throws: CheckError.notFinite("odd map")) {
      _ = try RandomizationCheck(model, method: odd).run(.score(0), for: model.randomInput())
    }
    let plain = try Model.small("- global_average_pool: {name: p}")
    #expect(throws: CheckError.noWeights(model: "small")) { _ = try RandomizationCheck(plain, method: .cam()) }
  }
}
