import Testing
import ZooKernels
import ZooKit
import ZooTensor
import ZooWeights

/// An image that is computed piece by piece has the scores of the whole.
@Suite struct TilingTests {
  private func check(
    _ network: Network, _ height: Int, _ width: Int, stride: Int? = nil, _ numerics: Numerics,
    factors: [Int] = [3, 4, 6, 9]
  ) throws {
    let image = SlidingNetworks.image(network.input[0], height, width)
    func classifier(_ memory: Int?) throws -> SlidingClassifier {
      try SlidingClassifier(
        network, weights: .synthetic(seed: 4), options: Model.Options(numerics: numerics),
        sliding: SlidingOptions(stride: stride, memory: memory))
    }
    let whole = try classifier(nil).scores(image)
    let place = "\(network.name), \(height)×\(width), map \(whole.rows)×\(whole.columns), \(numerics)"
    var least = 0
    do {
      // Enough for the scores alone.
      _ = try classifier(whole.logits.byteCount).scores(image)
      Issue.record("\(place): no error")
    } catch SlidingError.memory(let limit, let needed, let extent) {
      #expect(limit == whole.logits.byteCount)
      #expect(needed > limit)
      #expect(extent.height <= height && extent.width <= width)
      least = needed
    }
    // In thirds of the least memory that will do.
    for memory in factors.map({ least * $0 / 3 }) {
      let sliding = try classifier(memory)
      let tiled = try sliding.scores(image)
      if memory == least {
        #expect(try sliding.pieceCount(of: Extent(height: height, width: width)) >= 4, "\(place)")
      }
      #expect(tiled.logits.shape == whole.logits.shape)
      if numerics == .direct {
        #expect(tiled.logits.floats == whole.logits.floats, "\(place), \(memory) bytes")
      } else {
        let error = relativeError(tiled.logits.floats, whole.logits.floats.map { Double($0) })
        #expect(error <= 1e-5, "\(place), \(memory) bytes")
      }
    }
  }

  @Test(
    "padding, sums, concatenations and ceil pooling", arguments: [Numerics.direct, .fast],
    [(200, 180), (233, 187), (150, 330), (171, 171)])
  func padded(numerics: Numerics, size: (Int, Int)) throws {
    try check(SlidingNetworks.network(SlidingNetworks.padded), size.0, size.1, numerics)
  }

  @Test(
    "padding wider than the kernel, and padding that depends on the size", arguments: [Numerics.direct, .fast],
    [(200, 180), (171, 233)])
  func widelyPadded(numerics: Numerics, size: (Int, Int)) throws {
    try check(SlidingNetworks.network(SlidingNetworks.widelyPadded), size.0, size.1, numerics)
  }

  @Test("a finer stride", arguments: [Numerics.direct, .fast])
  func fine(numerics: Numerics) throws {
    try check(SlidingNetworks.network(SlidingNetworks.padded), 190, 160, stride: 4, numerics)
  }

  @Test("no padding", arguments: [(120, 100), (131, 167)])
  func unpadded(height: Int, width: Int) throws {
    try check(Network.find("lenet"), height, width, .direct)
    try check(SlidingNetworks.network(SlidingNetworks.unpadded), height + 40, width + 40, .direct)
  }

  @Test("networks of the catalogue", arguments: ["resnet20", "alexnet", "googlenet-caffe"])
  func catalogue(name: String) throws {
    let network = try Network.find(name)
    let sizes = ["resnet20": (230, 261), "alexnet": (600, 700), "googlenet-caffe": (1210, 1160)]
    let (height, width) = try #require(sizes[name])
    try check(network, height, width, .direct, factors: [3])
  }
}
