import Testing
import ZooTensor
import ZooTraining

/// What is read off curves that are known.
struct LearningRateCurveTests {
  typealias Point = LearningRateSearch.Point

  static func search(_ losses: [Double], end: LearningRateSearch.End = .diverged) -> LearningRateSearch {
    LearningRateSearch(
      points: losses.enumerated().map { index, loss in
        Point(rate: Double(sign: .plus, exponent: index - 40, significand: 1), loss: loss, smoothed: loss)
      }, end: end)
  }

  static func rate(_ index: Int) -> Double { Double(sign: .plus, exponent: index - 40, significand: 1) }

  /// Level, then down by 1 from step to step, by 3 once, then up.
  static let valley =
    [Double](repeating: 20, count: 20) + [19, 18, 17, 14, 13, 12, 11, 10, 9, 8, 9, 12] + [20, 40, 60, 80, 100]

  @Test func `the three suggestions are where the curve says`() throws {
    let search = Self.search(Self.valley)
    #expect(search.judged.count == Self.valley.count - 3 - 5)
    let suggestions = try #require(search.suggestions)
    // From the first of the level part that counts, place 3, down to place 29 are eleven averages; the middle is the sixth.
    #expect(suggestions.valley == Self.rate(24))
    #expect(suggestions.steepest == Self.rate(23))
    #expect(suggestions.minimumTenth == Self.rate(29) / 10)
    #expect(search.doubts == [])
  }

  @Test func `what follows the first loss that is no number does not count`() throws {
    let search = Self.search(Array(Self.valley[..<24]) + [.nan] + Array(Self.valley[25...]))
    #expect(search.judged.count == 24 - 3)
    #expect(try #require(search.suggestions).steepest == Self.rate(23))
  }

  @Test(arguments: [0, 1, 5, 8]) func `of a few points nothing is suggested`(count: Int) {
    let search = Self.search([Double](Self.valley[19..<19 + count]))
    #expect(search.suggestions == nil)
    #expect(search.doubts == [.fewPoints(max(0, count - 5))])
    #expect(search.svg(title: "few").contains("too few points"))
  }

  @Test func `a curve that only wavers gives little confidence`() {
    let random = CounterRandom(seed: 3, purpose: .sampling)
    let search = Self.search((0..<100).map { 2.3 + 0.1 * random.uniform($0) }, end: .complete)
    #expect(search.suggestions != nil)
    #expect(search.doubts.contains { if case .ragged = $0 { true } else { false } }, "\(search.doubts)")
    #expect(search.doubts.allSatisfy { !$0.message.isEmpty })
  }

  @Test func `a loss that falls to the end gives little confidence`() {
    let search = Self.search((0..<50).map { 100 - Double($0) }, end: .complete)
    #expect(search.doubts == [.stillFalling])
  }

  @Test func `the picture has the curve and its marks`() {
    let picture = Self.search(Self.valley + [.nan]).svg(title: "net <1>")
    #expect(picture.contains("<title>net &lt;1&gt;</title>"))
    #expect(picture.contains(">minimum / 10</text>") && picture.contains(">steepest</text>"))
    // What is beyond the greatest loss that counts, 20, is left out.
    #expect(picture.split(separator: "<circle ").count - 1 == Self.valley.count { $0 <= 20 })
    #expect(!picture.contains("nan") && !picture.contains("low confidence"))
    #expect(Self.search((0..<50).map { 100 - Double($0) }, end: .complete).svg(title: "x").contains("low confidence"))
  }
}
