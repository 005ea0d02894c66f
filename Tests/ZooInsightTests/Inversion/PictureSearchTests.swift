import Testing
import ZooInsight
import ZooTensor

@Suite("Search for a picture") struct PictureSearchTests {
  private static let range = InputRange(of: Tensor(shape: [1, 2, 2], floats: [-3, 5, 0, 0]))

  private static func search(
    iterations: Int = 200, jitter: Int = 0, jitterEnd: Int = 0, tolerance: Double? = nil, patience: Int? = nil
  ) throws -> PictureSearch {
    let options = PictureSearchOptions(
      parameterization: .pixels, iterations: iterations, rate: 0.1, jitter: jitter, alphaNorm: 0, totalVariation: 0)
    return try PictureSearch(
      "it", range: range, options: options, isReversed: false, jitterEnd: jitterEnd, tolerance: tolerance,
      patience: patience)
  }

  /// Half the squared distance from an input.
  private static func distance(from target: [Float]) -> (Tensor) -> PictureSearch.Evaluation {
    { input in
      let differences = zip(input.floats, target).map { Double($0) - Double($1) }
      let loss = differences.reduce(0) { $0 + $1 * $1 } / 2
      return PictureSearch.Evaluation(loss: loss, measure: loss, gradient: differences)
    }
  }

  @Test("finds what it is to find, at the bounds where that lies beyond")
  func quadratic() throws {
    let outcome = try Self.search().run({ _ in true }, evaluate: Self.distance(from: [-2, 4.5, 9, -9]))
    let found = Self.range.input(outcome.values).floats
    for (value, expected) in zip(found, [-2, 4.5, 5, -3] as [Float]) { #expect(abs(value - expected) < 0.01) }
    #expect(outcome.end == .iterations && outcome.curve.count == 200)
  }

  @Test("ends when it is near enough, or when the loss no longer falls")
  func ends() throws {
    let reached = try Self.search(tolerance: 0.1).run({ _ in true }, evaluate: Self.distance(from: [0, 1, 1, 0]))
    #expect(reached.end == .reached && reached.curve.count < 200)
    let last = try #require(reached.curve.last)
    #expect(last.measure <= 0.1 && reached.curve.dropLast().allSatisfy { $0.measure > 0.1 })
    let stalled = try Self.search(patience: 15).run({ _ in true }) { _ in
      PictureSearch.Evaluation(loss: 1, measure: 1, gradient: [1, 1, 1, 1])
    }
    #expect(stalled.end == .stalled && stalled.curve.count == 16)
  }

  @Test("shows the network parts of a larger picture while there is jitter, and answers with the middle")
  func jitter() throws {
    var seen: Set<[Float]> = []
    let search = try Self.search(iterations: 40, jitter: 1, jitterEnd: 40)
    let outcome = try search.run({ _ in true }) { input in
      seen.insert(input.floats)
      return Self.distance(from: [0, 1, 2, 3])(input)
    }
    #expect(seen.count == 40)
    #expect(outcome.values.count == 4 && outcome.iteration == 40)
  }

  @Test("A gradient of zeros at first, and numbers that are not finite, are said")
  func refusals() throws {
    let none = #expect(throws: InversionError.noGradient(of: "it")) {
      try Self.search().run({ _ in true }) { _ in
        PictureSearch.Evaluation(loss: 1, measure: 1, gradient: [0, 0, 0, 0])
      }
    }
    #expect(
      none?.description
        == "it does not change with the picture that the search begins with: its gradient is zero everywhere; "
        + "try another seed, or a layer before the rectifier")
    var count = 0
    let odd = #expect(throws: InversionError.notFinite(of: "it", iteration: 3)) {
      try Self.search().run({ _ in true }) { _ in
        count += 1
        return PictureSearch.Evaluation(loss: 1, measure: 1, gradient: [1, 1, count == 3 ? .nan : 1, 1])
      }
    }
    #expect(odd?.description == "it or its gradient is no longer finite at iteration 3; check the weights")
  }
}
