import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

/// Layer and group norm, forward and backward.
@Suite struct OwnStatisticsTests {
  private static let extents = [
    Extent(1), Extent(height: 1, width: 33), Extent(height: 3, width: 5), Extent(height: 5, width: 16),
  ]

  /// A norm of some maps, and what the plain loops make of it.
  fileprivate struct Case {
    let channels: Int
    let extent: Extent
    let groups: Int?
    let images = 2
    let epsilon: Float = 1e-3
    let input: [Float]
    let gradient: [Float]
    let weight: [Float]
    let bias: [Float]

    init(channels: Int, extent: Extent, groups: Int?, offset: Float) {
      var numbers = SplitMix64(seed: channels * 97 + extent.area * 7 + (groups ?? 0))
      (self.channels, self.extent, self.groups) = (channels, extent, groups)
      let count = images * channels * extent.area
      input = numbers.floats(count, scale: 3).map { $0 + offset }
      gradient = numbers.floats(count)
      weight = numbers.floats(channels, scale: 2)
      bias = numbers.floats(channels)
    }

    var name: String { "\(channels) channels of \(extent), \(groups.map { "\($0) groups" } ?? "at each position")" }
    var layer: ChannelAffine { ChannelAffine(weight: weight, bias: bias) }
    var count: Int { channels * extent.area }
    /// The additions behind each other.
    var terms: Int { (groups.map { _ in extent.area } ?? channels / 16) + 16 }

    /// For each element the mean magnitude of those that its statistics are of, and their scale.
    private var surroundings: [(mean: Double, scale: Double)] {
      var result = [(mean: Double, scale: Double)](repeating: (0, 0), count: input.count)
      for image in 0..<images {
        func set(_ index: Int) -> Int { groups.map { index / (count / $0) } ?? index % extent.area }
        let sets = Dictionary(grouping: 0..<count, by: set)
        for indices in sets.values {
          let numbers = indices.map { Double(input[image * count + $0]) }
          let size = Double(numbers.count)
          let mean = numbers.reduce(0, +) / size
          let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / size
          let magnitude = numbers.reduce(0) { $0 + abs($1) } / size
          for index in indices {
            result[image * count + index] = (magnitude, 1 / (variance + Double(epsilon)).squareRoot())
          }
        }
      }
      return result
    }

    /// What the loops give, and how large what goes into it is.
    func expectedValue() -> [Expected] {
      let values = withPointers(to: [weight, bias]) { affine in
        reference(images: images, [input], count: count) {
          Reference.normalize(
            groups: groups, weight: affine[0], bias: affine[1], epsilon: Double(epsilon), area: extent.area, $0[0],
            into: $1)
        }
      }
      return zip(values, surroundings).enumerated().map { index, pair in
        let channel = index % count / extent.area
        let terms = (abs(Double(input[index])) + pair.1.mean) * pair.1.scale * abs(Double(weight[channel]))
        return Expected(Double(pair.0), magnitude: terms + abs(Double(bias[channel])))
      }
    }

    func expectedGradient() -> [Expected] {
      let values = withPointers(to: [weight]) { affine in
        reference(images: images, [input, gradient], count: count) {
          Reference.normalizationGradient(
            groups: groups, weight: affine[0], epsilon: Double(epsilon), area: extent.area, $0[0], $0[1], into: $1)
        }
      }
      return zip(values, surroundings).enumerated().map { index, pair in
        // Gradients are up to 1, weights up to 2; the normalised number enters twice.
        let normalized = (abs(Double(input[index])) + pair.1.mean) * pair.1.scale
        return Expected(Double(pair.0), magnitude: 2 * pair.1.scale * (2 + normalized * normalized))
      }
    }

    func expectedWeightGradient() -> [Expected] {
      let values = batchReference(images: images, [input, gradient], count: channels) {
        Reference.normalizationWeightGradient(
          groups: groups, epsilon: Double(epsilon), area: extent.area, inputs: $0[0], outputGradients: $0[1], into: $1)
      }
      var magnitudes = [Double](repeating: 0, count: channels)
      for (index, pair) in surroundings.enumerated() {
        magnitudes[index % count / extent.area] += (abs(Double(input[index])) + pair.mean) * pair.scale
      }
      return zip(values, magnitudes).map { Expected($0, magnitude: $1) }
    }
  }

  private static func cases(channels: Int) -> [Case] {
    extents.flatMap { extent in
      ([nil] + (1...channels).filter { channels % $0 == 0 }).flatMap { groups -> [Case] in
        // All groups of odd sizes, some of the others.
        guard groups ?? 1 <= 2 || groups == channels || channels / (groups ?? 1) % 16 != 0 else { return [] }
        return (extent.area == 33 ? [0, 20] : [0]).map {
          Case(channels: channels, extent: extent, groups: groups, offset: $0)
        }
      }
    }
  }

  @Test("norms", arguments: [1, 3, 15, 16, 17, 40, 48])
  func forward(channels: Int) {
    for item in Self.cases(channels: channels) {
      for halo in [Padding.none, Padding(1)] {
        let map = TestMap(
          item.input, channels: channels, extent: item.extent, halo: halo, images: item.images, haloValue: .nan,
          unusedValue: 1e9)
        let actual = runEverywhere(
          channels: channels, extent: item.extent, halo: halo, images: item.images, item.name
        ) { item.normalize($0, map.view, into: $1.view) }
        expect(actual, item.expectedValue(), terms: item.terms, item.name)
        item.normalize(machines[0], map.view, into: map.view)
        #expect(map.nchw == actual, "in place, \(item.name)")
      }
    }
  }

  @Test("numbers that are all the same have no spread", arguments: [nil, 1, 4] as [Int?])
  func constants(groups: Int?) {
    let input = [Float](repeating: 7, count: 40)
    let layer = ChannelAffine(
      weight: [Float](repeating: 3, count: 20), bias: (0..<20).map { Float($0) })
    let map = TestMap(input, channels: 20, extent: Extent(height: 1, width: 2))
    let actual = runEverywhere(channels: 20, extent: Extent(height: 1, width: 2), images: 1, "the same") {
      normalize($0, layer, groups: groups, epsilon: 1e-5, map.view, into: $1.view)
    }
    for index in actual.indices { #expect(actual[index] == Float(index / 2), "\(index)") }
  }

  @Test("gradients", arguments: [1, 3, 16, 17, 40, 48])
  func backward(channels: Int) {
    for item in Self.cases(channels: channels) {
      let images = item.images
      let input = TestMap(
        item.input, channels: channels, extent: item.extent, halo: Padding(1), images: images, haloValue: .nan,
        unusedValue: 1e9)
      let gradient = TestMap(
        item.gradient, channels: channels, extent: item.extent, images: images, unusedValue: 1e9)
      let actual = runGradientEverywhere(channels: channels, extent: item.extent, images: images, item.name) {
        machine, output in
        let layout = Machine.normalizationScratch(input.view.layout, groups: item.groups)
        let memory = layout.map { scratch($0, images: images) }
        machine.normalizationGradient(
          item.layer, groups: item.groups, epsilon: item.epsilon, input.view, gradient.view, into: output.view,
          scratch: memory?.floats)
      }
      expect(actual, item.expectedGradient(), terms: 2 * item.terms, item.name)

      let padded = (channels + 15) / 16 * 16
      func weightGradient(_ machine: Machine, accumulates: Bool, _ target: FloatBuffer) {
        let layout = Machine.normalizationWeightScratch(
          BlockedLayout(channels: channels, extent: item.extent), groups: item.groups)
        let memory = scratch(layout, images: images)
        machine.normalizationWeightGradient(
          groups: item.groups, epsilon: item.epsilon, input.view, gradient.view, accumulates: accumulates,
          into: target, scratch: memory.floats)
      }
      let weights = runEverywhere(count: padded, item.name) { weightGradient($0, accumulates: false, $1) }
      expect(
        Array(weights[..<channels]), item.expectedWeightGradient(), terms: item.terms + item.extent.area, item.name)
      #expect(weights[channels...].allSatisfy { $0 == 0 }, "\(item.name)")
      let start = FloatBuffer([Float](repeating: 2, count: padded))
      weightGradient(machines[0], accumulates: true, start)
      #expect((0..<padded).allSatisfy { start.floats[$0] == weights[$0] + 2 }, "\(item.name)")
    }
  }
}

private func normalize(
  _ machine: Machine, _ layer: ChannelAffine, groups: Int?, epsilon: Float, _ input: BlockedView,
  into output: BlockedView
) {
  let layout = Machine.normalizationScratch(input.layout, groups: groups)
  let memory = layout.map { scratch($0, images: input.images) }
  machine.normalize(
    layer, groups: groups, epsilon: epsilon, input, into: output, scratch: memory?.floats)
}

/// Memory of what is no number.
private func scratch(_ layout: BlockedLayout, images: Int) -> FloatBuffer {
  let buffer = FloatBuffer(count: layout.floatsPerImage * images)
  buffer.floats.update(repeating: .nan, count: buffer.count)
  return buffer
}

extension OwnStatisticsTests.Case {
  fileprivate func normalize(_ machine: Machine, _ input: BlockedView, into output: BlockedView) {
    ZooKernelsTests.normalize(machine, layer, groups: groups, epsilon: epsilon, input, into: output)
  }
}
