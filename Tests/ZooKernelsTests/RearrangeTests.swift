import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct RearrangeTests {
  private let extent = Extent(height: 3, width: 4)

  @Test(
    "joins channels",
    arguments: [[16, 16], [24, 40], [1, 1, 1], [15, 2, 33], [17], [64, 128, 32, 32], [3, 31, 16, 5]])
  func concatenation(_ counts: [Int]) {
    var numbers = SplitMix64(seed: counts.count)
    let images = 2
    let inputs = counts.map { numbers.floats(images * $0 * extent.area) }
    let maps = zip(inputs, counts).map {
      TestMap($0, channels: $1, extent: extent, halo: Padding(1), images: images, haloValue: 9e9)
    }
    let expected = reference(images: images, inputs, count: counts.reduce(0, +) * extent.area) {
      Reference.concatenate($0, into: $1)
    }
    let actual = runEverywhere(
      channels: counts.reduce(0, +), extent: extent, images: images, "\(counts)"
    ) { $0.concatenate(maps.map(\.view), into: $1.view) }
    #expect(actual == expected)
  }

  @Test(
    "takes channels of several maps in any order, and zeros",
    arguments: [[1], [16, 16], [58, 58], [3, 31, 16, 5], [40, 1, 100], [7, 7, 7, 7, 7, 7, 7, 7]],
    [Extent(1), Extent(height: 3, width: 4), Extent(height: 1, width: 1200)])
  func selection(_ counts: [Int], extent: Extent) {
    var numbers = SplitMix64(seed: counts.count)
    let (images, total) = (2, counts.reduce(0, +))
    let inputs = counts.map { numbers.floats(images * $0 * extent.area) }
    let maps = zip(inputs, counts).enumerated().map { index, input in
      TestMap(
        input.0, channels: input.1, extent: extent, halo: Padding(index), images: images, haloValue: .nan,
        unusedValue: .nan)
    }
    // All in order, interleaved, backwards with gaps, one of many, and anywhere.
    let selections: [[Int?]] = [
      Array(0..<total), (0..<total).map { $0 * 2 % total + ($0 * 2 >= total && total % 2 == 0 ? 1 : 0) },
      (0..<total).reversed().map { $0 % 3 == 1 ? nil : $0 }, [total - 1], Array((0..<total).shuffled(using: &numbers)),
    ]
    for channels in selections {
      let actual = runEverywhere(channels: channels.count, extent: extent, images: images, "\(counts): \(channels)") {
        $0.selectChannels(channels, of: maps.map(\.view), into: $1.view)
      }
      let expected = reference(images: images, inputs, count: channels.count * extent.area) {
        Reference.selectChannels(channels, area: extent.area, of: $0, into: $1)
      }
      #expect(actual == expected, "\(counts), \(extent): \(channels)")
    }
  }

  @Test("takes every so many pixels, between channels of zeros", arguments: [1, 16, 17], [0, 8, 16, 21])
  func subsampling(channels: Int, before: Int) {
    var numbers = SplitMix64(seed: channels)
    let (images, after) = (2, 5)
    let (from, step, to) = (Extent(height: 5, width: 7), Extent(height: 3, width: 2), Extent(height: 2, width: 4))
    let total = before + channels + after
    let input = numbers.floats(images * channels * from.area)
    let map = TestMap(input, channels: channels, extent: from, halo: Padding(1), images: images, haloValue: 9e9)
    let actual = runEverywhere(channels: total, extent: to, images: images, "\(channels) after \(before)") {
      $0.subsample(stride: step, channelsBefore: before, map.view, into: $1.view)
    }
    let expected = reference(images: images, [input], count: total * to.area) {
      Reference.subsample(stride: step, channelsBefore: before, from: from, to: to, $0[0], into: $1)
    }
    #expect(actual == expected)
  }

  @Test("flattens in C, H, W order", arguments: [1, 16, 17, 40])
  func flattening(channels: Int) {
    var numbers = SplitMix64(seed: channels)
    let input = numbers.floats(2 * channels * extent.area)
    let map = TestMap(input, channels: channels, extent: extent, halo: Padding(2), images: 2, haloValue: 9e9)
    let actual = runEverywhere(
      channels: channels * extent.area, extent: Extent(1), halo: .none, images: 2, "\(channels) channels"
    ) { $0.flatten(map.view, into: $1.view) }
    #expect(actual == input)
  }

  @Test(
    "converts between layouts", arguments: [1, 3, 16, 17, 48],
    [Padding.none, Padding(top: 1, left: 0, bottom: 2, right: 3)])
  func layouts(channels: Int, halo: Padding) {
    var numbers = SplitMix64(seed: channels)
    let images = 2
    let input = numbers.floats(images * channels * extent.area)
    let expected = TestMap(input, channels: channels, extent: extent, halo: halo, images: images)
    for machine in machines {
      let blocked = TestMap(channels: channels, extent: extent, halo: halo, images: images)
      machine.pack(input, into: blocked.view)
      #expect(blocked.nchw == input, "\(machine.name)")
      let lanes = BlockedLayout.lanes
      for image in 0..<images where channels % lanes == 0 {
        // With no unused lanes, the whole block is known: the interior and a halo of zeros.
        let range =
          image * blocked.layout.floatsPerImage..<image * blocked.layout.floatsPerImage
          + blocked.layout.blocks * blocked.layout.blockStride
        #expect(range.allSatisfy { blocked.memory.floats[$0] == expected.memory.floats[$0] }, "\(machine.name)")
      }
      let back = GuardedFloats(count: input.count)
      machine.unpack(blocked.view, into: back.floats)
      #expect((0..<input.count).map { back.floats[$0] } == input, "\(machine.name)")

      let layout = PlanarLayout(channels: channels, extent: extent, padding: halo)
      let planar = GuardedFloats(count: images * layout.floatsPerImage)
      machine.pack(input, into: PlanarView(planar.floats, layout: layout, images: images))
      for plane in 0..<images * channels {
        for row in 0..<extent.height + halo.vertical {
          for column in 0..<extent.width + halo.horizontal {
            let isInterior =
              (halo.top..<halo.top + extent.height).contains(row)
              && (halo.left..<halo.left + extent.width).contains(column)
            let source = (plane * extent.height + row - halo.top) * extent.width + column - halo.left
            let actual = planar.floats[plane * layout.planeStride + row * layout.rowStride + column]
            #expect(actual == (isInterior ? input[source] : 0), "plane \(plane), \(row), \(column)")
          }
        }
      }
    }
  }

  @Test("zeroes the halo and nothing else", arguments: [Padding(1), Padding(top: 0, left: 2, bottom: 1, right: 0)])
  func zeroHalo(_ halo: Padding) {
    let input = [Float](repeating: 3, count: 2 * 20 * extent.area)
    let map = TestMap(input, channels: 20, extent: extent, halo: halo, images: 2, haloValue: 5)
    machines[0].zeroHalo(map.view)
    #expect(map.nchw == input)
    let zeros = (0..<map.memory.count).count { map.memory.floats[$0] == 0 }
    let haloPixels = map.layout.blockStride / 16 - extent.area
    #expect(zeros == 2 * 2 * haloPixels * 16)
  }

  @Test("copies between halos")
  func copying() {
    var numbers = SplitMix64(seed: 3)
    let input = numbers.floats(2 * 20 * extent.area)
    let map = TestMap(input, channels: 20, extent: extent, halo: Padding(3), images: 2, haloValue: 9e9)
    let actual = runEverywhere(channels: 20, extent: extent, images: 2, "copy") {
      $0.activate(nil, map.view, into: $1.view)
    }
    #expect(actual == input)
  }

  @Test("an image of a batch")
  func images() {
    var numbers = SplitMix64(seed: 4)
    let input = numbers.floats(3 * 20 * extent.area)
    let map = TestMap(input, channels: 20, extent: extent, images: 3)
    let output = TestMap(channels: 20, extent: extent, images: 1)
    machines[0].activate(nil, map.view.images(1..<2), into: output.view)
    #expect(output.nchw == Array(input[20 * extent.area..<2 * 20 * extent.area]))
  }
}
