import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct ResamplingTests {
  static let paddings: [(Extent, Padding, PaddingMode)] = PaddingMode.allCases.flatMap { mode in
    [
      (Extent(height: 4, width: 5), Padding(top: 3, left: 0, bottom: 1, right: 4), mode),
      (Extent(height: 2, width: 9), Padding(1), mode), (Extent(3), .none, mode),
    ]
  }

  @Test("padding and its gradient", arguments: paddings, [3, 16, 40])
  func padding(_ item: (from: Extent, padding: Padding, mode: PaddingMode), channels: Int) {
    let (from, padding, mode) = item
    let to = Extent(height: from.height + padding.vertical, width: from.width + padding.horizontal)
    compare(
      Resampling(.padding(padding, mode), input: from, output: to), channels: channels
    ) {
      Reference.pad(padding, mode, from: from, to: to, $0, into: $1)
    } gradient: {
      Reference.padGradient(padding, mode, from: from, to: to, $0, into: $1)
    }
  }

  @Test(
    "upsampling and its gradient",
    arguments: [
      (Extent(height: 3, width: 4), Extent(height: 6, width: 12)), (Extent(5), Extent(height: 3, width: 11)),
      (Extent(height: 1, width: 7), Extent(height: 4, width: 1)), (Extent(6), Extent(6)),
    ], [3, 16, 40])
  func upsampling(_ extents: (from: Extent, to: Extent), channels: Int) {
    let (from, to) = extents
    for (rule, isBilinear, alignsCorners) in [
      (Resampling.Rule.nearest, false, false), (.bilinear(alignsCorners: false), true, false),
      (.bilinear(alignsCorners: true), true, true),
    ] {
      compare(Resampling(rule, input: from, output: to), channels: channels) {
        Reference.upsample(
          isBilinear: isBilinear, alignsCorners: alignsCorners, from: from, to: to, $0, into: $1)
      } gradient: {
        Reference.upsampleGradient(
          isBilinear: isBilinear, alignsCorners: alignsCorners, from: from, to: to, $0, into: $1)
      }
    }
  }

  private func compare(
    _ resampling: Resampling, channels: Int, _ forward: @escaping (Reference.Input, Reference.Output) -> Void,
    gradient backward: @escaping (Reference.Input, Reference.Output) -> Void
  ) {
    let (from, to) = (resampling.input, resampling.output)
    let name = "\(resampling), \(channels) channels"
    var numbers = SplitMix64(seed: from.area + channels)
    for (tables, from, to, loops) in [
      (ResamplingTables(resampling), from, to, forward),
      (ResamplingTables(transposing: resampling), to, from, backward),
    ] {
      let input = numbers.floats(2 * channels * from.area)
      let map = TestMap(
        input, channels: channels, extent: from, halo: Padding(1), images: 2, haloValue: .nan, unusedValue: .nan)
      let actual = runEverywhere(channels: channels, extent: to, images: 2, name) {
        $0.resample(tables, map.view, into: $1.view)
      }
      func expected(_ input: [Float]) -> [Float] {
        reference(images: 2, [input], count: channels * to.area) { loops($0[0], $1) }
      }
      let values = zip(expected(input), expected(input.map(abs))).map { Expected(Double($0), magnitude: Double($1)) }
      expect(actual, values, terms: 6 + to.area, name)
    }
  }
}
