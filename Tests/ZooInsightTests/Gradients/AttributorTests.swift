import Testing
import ZooGraph
import ZooInsight
import ZooKit
import ZooTensor

@Suite("Attribution by gradients") struct AttributorTests {
  /// max pooling of two maps, one through a ReLU of its negative, joined and added.
  private static let branches = """
    - conv: {name: a, from: input, out: 1, kernel: 1, bias: false}
    - relu: {name: ra}
    - max_pool: {name: pool, kernel: 2, stride: 2}
    - conv: {name: b, from: input, out: 1, kernel: 2, stride: 2, bias: false}
    - relu: {name: rb}
    - concat: {name: both, from: [pool, rb]}
    - conv: {name: c, out: 2, kernel: 1, bias: false}
    - add: {name: sum, from: [c, both]}
    - relu: {name: rs}
    - fc: {name: scores, out: 2, bias: false}
    """
  private static let weights: [String: [Float]] = [
    "a.weight": [2], "b.weight": [1, -1, 1, 1], "c.weight": [1, 2, -3, 1],
    "scores.weight": [1, -2, 3, 1],
  ]
  /// One 2×2 picture: a(x) = 2x, its largest at the lower left.
  private static let picture = Tensor(shape: [1, 2, 2], floats: [1, -1, 4, 2])

  @Test("say at which pixel they are largest in magnitude, the first of equal ones")
  func peak() throws {
    let model = try Model.small(Self.branches, input: "[1, 2, 2]", weights: Self.weights)
    let found = try #require(
      try Attributor(model, method: .saliency).attribution(of: .score(0), for: Self.picture))
    #expect(found.peak == Attribution.Peak(row: 1, column: 0, value: 6))
    var weights = Self.weights
    weights["a.weight"] = [-2]
    let other = try Model.small(Self.branches, input: "[1, 2, 2]", weights: weights)
    let signed = try #require(
      try Attributor(other, method: .saliency).attribution(of: .score(0), for: Self.picture))
    let numbers = signed.values.floats
    let largest = numbers.map(\.magnitude).max() ?? 0
    let first = try #require(numbers.firstIndex { $0.magnitude == largest })
    #expect(signed.peak == Attribution.Peak(row: first / 2, column: first % 2, value: numbers[first]))
  }

  /// By hand: pool = 8, b = 1 + 1 + 4 + 2 = 8; c = [8 + 16, −24 + 8] = [24, −16]; sum = [32, −8]; rs = [32, 0].
  /// score 0 = 32, score 1 = 3·32.
  @Test("are the answers by hand on a network with max pooling, concat and add", arguments: [false, true])
  func byHand(_ usesInterpreter: Bool) throws {
    let model = try Model.small(
      Self.branches, input: "[1, 2, 2]", weights: Self.weights,
      options: Model.Options(usesInterpreter: usesInterpreter))
    // rs passes only the first: through c as [1, 2], through add as [1, 0]: pool 2, rb 2.
    // From pool to the lower left: 2 · 2; from rb everywhere: 2 · [1, −1, 1, 1].
    try expect(model, .saliency, .score(0), [2, -2, 2 + 4, 2])
    // Nothing on the way is negative but what reaches the second map, which was clipped by the value anyway.
    try expect(model, .guided, .score(0), [2, -2, 6, 2])
    // The deconvolutional network lets −2 of the second map's score stop at rs: it is negative.
    try expect(model, .deconvolution, .score(0), [2, -2, 6, 2])
    // Of the second score: rs passes 3 of the first map, and by value nothing of the second.
    try expect(model, .guided, .score(1), [6, -6, 18, 6])
    // … of which the deconvolutional network keeps 1, whatever the value: c gives [3 − 3, 6 + 1], add [3, 1]:
    // pool 3, rb 8; both positive. To the lower left 3 · 2, everywhere 8 · [1, −1, 1, 1].
    try expect(model, .deconvolution, .score(1), [8, -8, 8 + 6, 8])
    // A contrast, by the chain rule: (1 − 3) of the first map.
    try expect(model, .saliency, .contrast(0, against: 1), [-4, 4, -12, -4])
    // … which is negative, so that the others clip all of it at rs but what they keep of the second map.
    try expect(model, .guided, .contrast(0, against: 1), [0, 0, 0, 0])
    try expect(model, .inputGradient, .score(0), [2, 2, 24, 4])
    // A unit, where it is largest.
    try expect(model, .saliency, .unit(layer: "ra", unit: 0), [0, 0, 2, 0])
  }

  private func expect(
    _ model: Model, _ method: AttributionMethod, _ target: AttributionTarget, _ values: [Float]
  ) throws {
    let attribution = try Attributor(model, method: method).attribution(of: target, for: Self.picture)
    #expect(attribution?.values.floats == values, "\(method) of \(target)")
  }

  @Test("pass every ReLU of ResNet-50, those that share a name in other frameworks too")
  func rectifiers() throws {
    let network = try Network.find("resnet50")
    for rule in RectifierRule.allCases {
      let gradient = try GradientGraph(
        network.graph, of: network.answer().value, objective: .weightedSum, withRespectTo: network.graph.inputs,
        rule: rule)
      #expect(gradient.rectifiers == 49, "\(rule)")
    }
  }

  @Test("of a network with SiLU are refused where they are not defined, and say what is")
  func notDefined() throws {
    let model = try Model.small("- conv: {name: a, out: 3, kernel: 3}\n- silu: {name: s}\n- fc: {name: f, out: 2}")
    for method in [AttributionMethod.guided, .deconvolution] {
      let error = #expect(throws: GradientGraphError.self) { try Attributor(model, method: method) }
      #expect(
        error.map { "\($0)" }
          == "\(method.rule.methodName) is defined for ReLU; this network uses silu at 1 node ('s' first); use saliency, SmoothGrad, integrated gradients or cam"
      )
    }
    for method in [AttributionMethod.saliency, .smoothGrad, .integratedGradients] {
      var options = Attributor.Options()
      options.baseline = .zero
      options.samples = 3
      let attribution = try Attributor(model, method: method, options: options)
        .attribution(of: .score(1), for: model.randomInput())
      #expect(attribution?.values.floats.contains { $0 != 0 } == true)
    }
  }

  @Test("integrated gradients add up to the difference of the scores, from every baseline that is defined")
  func completeness() throws {
    let model = try Model.small(
      """
      - conv: {name: a, out: 5, kernel: 3}
      - relu: {name: ra}
      - max_pool: {name: p, kernel: 2, stride: 2}
      - fc: {name: f, out: 3}
      """)
    for baseline in [Fill.zero, .mean, .blur] {
      var options = Attributor.Options()
      options.baseline = baseline
      let found = try Attributor(model, method: .integratedGradients, options: options)
        .attribution(of: .score(2), for: model.randomInput())
      let attribution = try #require(found)
      let completeness = try #require(attribution.completeness)
      let input = model.randomInput()
      let scores = try [input, baseline.tensor(for: input, model)].map { try model.logits($0).floats[2] }
      #expect(abs(Double(scores[0] - scores[1]) - completeness.difference) < 1e-5, "\(baseline)")
      #expect(completeness.error <= 0.01, "\(baseline): \(completeness)")
      #expect(abs(attribution.values.floats.reduce(0.0) { $0 + Double($1) } - completeness.sum) < 1e-4, "\(baseline)")
    }
  }

  @Test("SmoothGrad without noise is the gradient, and with noise the mean over copies that the seed decides")
  func smoothGrad() throws {
    let model = try Model.small("- conv: {name: a, out: 5, kernel: 3}\n- relu: {name: ra}\n- fc: {name: f, out: 3}")
    let input = model.randomInput()
    var options = Attributor.Options()
    options.noise = 0
    let plain = try Attributor(model, method: .saliency).attribution(of: .score(0), for: input)
    let still = try Attributor(model, method: .smoothGrad, options: options).attribution(of: .score(0), for: input)
    let difference = zip(plain?.values.floats ?? [], still?.values.floats ?? []).map { abs($0 - $1) }.max()
    #expect(try #require(difference) < 1e-6)
    options.noise = 0.2
    var seen: [[Float]] = []
    for seed: UInt64 in [1, 1, 2] {
      options.seed = seed
      let found = try Attributor(model, method: .smoothGrad, options: options).attribution(of: .score(0), for: input)
      seen.append(found?.values.floats ?? [])
    }
    #expect(seen[0] == seen[1])
    #expect(seen[0] != seen[2])
  }
}
