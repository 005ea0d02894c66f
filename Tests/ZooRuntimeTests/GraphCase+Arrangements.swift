import ZooGraph
import ZooTensor

extension GraphCase {
  static let concatenations: [GraphCase] = [
    GraphCase("concatenation of 24 + 40 channels") { graph in
      let image = try graph.image(3, 6, 6)
      let joined = try graph.add(
        .concat, try graph.convolution(image, 24, 1), try graph.convolution(image, 40, 3, padding: 1))
      return [joined, try graph.convolution(joined, 10, 3, padding: 1)]
    },
    GraphCase("concatenation of whole blocks and a rest") { graph in
      let image = try graph.image(3, 6, 6)
      let first = try graph.convolution(image, 32, 1)
      let joined = try graph.add(
        .concat, first, try graph.convolution(image, 48, 3, padding: 1), try graph.convolution(image, 5, 1))
      return [try graph.convolution(joined, 10, 3, padding: 1), first]
    },
    GraphCase("nested concatenation, read at both levels and at the leaves") { graph in
      let image = try graph.image(16, 7, 5)
      let first = try graph.convolution(image, 16, 3, padding: 1)
      let second = try graph.convolution(image, 32, 1)
      let inner = try graph.add(.concat, first, second)
      let third = try graph.convolution(inner, 16, 5, padding: 2)
      let outer = try graph.add(.concat, third, inner, try graph.convolution(second, 9, 3, padding: 1))
      return [
        try graph.convolution(outer, 12, 3, padding: 1),
        try graph.add(.maxPool(Pooling(kernel: Extent(3), stride: Extent(2))), inner),
      ]
    },
    GraphCase("one value twice in one concatenation and once in another, and the image") { graph in
      let image = try graph.image(16, 5, 5)
      let value = try graph.convolution(image, 16, 3, padding: 1)
      let first = try graph.add(.concat, value, image, value)
      let second = try graph.add(.concat, value, first)
      return [first, try graph.convolution(second, 8, 3, padding: 1)]
    },
    GraphCase("misaligned concatenation inside an aligned one") { graph in
      let image = try graph.image(8, 5, 5)
      let inner = try graph.add(.concat, image, try graph.convolution(image, 24, 1))
      return [try graph.add(.concat, inner, try graph.convolution(inner, 20, 3, padding: 1))]
    },
    GraphCase("inception block") { graph in
      let image = try graph.image(3, 12, 12)
      let stem = try graph.add(.activation(.relu), try graph.convolution(image, 32, 3, stride: 2, padding: 1))
      let pool = Pooling(kernel: Extent(3), stride: Extent(1), padding: Padding(1))
      let joined = try graph.add(
        .concat, try graph.convolution(stem, 16, 1),
        try graph.convolution(try graph.convolution(stem, 24, 1), 32, 3, padding: 1),
        try graph.convolution(try graph.convolution(stem, 8, 1), 16, 5, padding: 2),
        try graph.convolution(try graph.add(.maxPool(pool), stem), 16, 1))
      let head = try graph.add(
        .dropout(probability: 0.4),
        try graph.add(.flatten, try graph.add(.globalAveragePool, try graph.add(.activation(.relu), joined))))
      return [try graph.add(.fullyConnected(FullyConnected(outputFeatures: 10)), head)]
    },
  ]

  static let residuals: [GraphCase] = [
    GraphCase("residual of a residual") { graph in
      let image = try graph.image(3, 10, 10)
      let stem = try graph.convolution(image, 20, 3, padding: 1)
      let inner = try graph.add(
        .add(.relu), try graph.convolution(try graph.convolution(stem, 20, 3, padding: 1), 20, 3, padding: 1), stem)
      let middle = try graph.add(.add(nil), inner, try graph.convolution(inner, 20, 1))
      return [try graph.convolution(try graph.add(.add(.relu), middle, stem, inner), 8, 3, padding: 1)]
    },
    GraphCase("a fused sum whose addend ends there, and one whose addend lives on") { graph in
      let image = try graph.image(3, 8, 8)
      let stem = try graph.convolution(image, 32, 3, padding: 1)
      var fused = Convolution(outputChannels: 32, kernel: Extent(3), padding: Padding(1), activation: .relu)
      fused.addsInput = true
      let first = try graph.add(.convolution(fused), try graph.convolution(stem, 32, 1), stem)
      let second = try graph.add(.convolution(fused), try graph.convolution(first, 32, 3, padding: 1), first)
      return [second, try graph.convolution(first, 16, 5, padding: 2)]
    },
    GraphCase("sums of a value with itself, fused and not") { graph in
      let image = try graph.image(16, 6, 6)
      let value = try graph.convolution(image, 16, 3, padding: 1)
      let doubled = try graph.add(.add(nil), value, value)
      var fused = Convolution(outputChannels: 16, kernel: Extent(1))
      fused.addsInput = true
      let selfAdded = try graph.add(.convolution(fused), doubled, doubled)
      return [try graph.add(.add(.relu), selfAdded, selfAdded, image)]
    },
    GraphCase("a fused sum in the first layer") { graph in
      let image = try graph.image(3, 7, 7)
      let addend = try graph.convolution(image, 18, 1)
      var fused = Convolution(
        outputChannels: 18, kernel: Extent(3), padding: Padding(1), activation: .leakyRelu(slope: 0.3))
      fused.addsInput = true
      return [try graph.add(.convolution(fused), image, addend)]
    },
    GraphCase("option A shortcut") { graph in
      let image = try graph.image(3, 8, 8)
      let stem = try graph.add(.activation(.relu), try graph.convolution(image, 16, 3, padding: 1))
      let branch = try graph.convolution(try graph.convolution(stem, 32, 3, stride: 2, padding: 1), 32, 3, padding: 1)
      let shortcut = try graph.add(.subsample(Subsample(stride: Extent(2), channelsBefore: 8, channelsAfter: 8)), stem)
      return [try graph.add(.add(.relu), branch, shortcut)]
    },
  ]

  static let arrangements: [GraphCase] = [
    GraphCase("units of ShuffleNet: halves, one of them untouched, joined and shuffled") { graph in
      let image = try graph.image(3, 12, 12)
      var value = try graph.convolution(image, 24, 3, stride: 2, padding: 1)
      func branch(_ value: NodeID, stride: Int) throws -> NodeID {
        let inner = try graph.convolution(value, 29, 1)
        return try graph.add(.activation(.relu), try graph.convolution(inner, 29, 3, stride: stride, padding: 1))
      }
      let down = try graph.add(.concat, try branch(value, stride: 2), try branch(value, stride: 2))
      value = try graph.add(.selectChannels(.shuffle(groups: 2)), down)
      for _ in 0..<3 {
        let first = try graph.add(.selectChannels(.slice(first: 0, channels: 29)), value)
        let second = try graph.add(.selectChannels(.slice(first: 29, channels: 29)), value)
        value = try graph.add(
          .selectChannels(.shuffle(groups: 2)), try graph.add(.concat, first, try branch(second, stride: 1)))
      }
      return [try graph.convolution(value, 40, 1)]
    },
    GraphCase("slices in place whose input, neighbours and readers overwrite, join and pad") { graph in
      let image = try graph.image(3, 9, 9)
      let map = try graph.add(.activation(.sigmoid), try graph.convolution(image, 64, 3, padding: 1))
      let low = try graph.add(.selectChannels(.slice(first: 0, channels: 32)), map)
      let high = try graph.add(.selectChannels(.slice(first: 32, channels: 32)), map)
      let changed = try graph.add(.activation(.tanh), low)
      let whole = try graph.add(.activation(.relu), map)
      let inner = try graph.add(.selectChannels(.slice(first: 16, channels: 9)), high)
      let joined = try graph.add(.concat, high, try graph.convolution(low, 16, 3, padding: 1), low)
      let part = try graph.add(.selectChannels(.slice(first: 32, channels: 16)), joined)
      return [
        try graph.convolution(high, 8, 5, padding: 2), changed, whole, try graph.convolution(inner, 8, 3, padding: 1),
        try graph.convolution(part, 5, 3, padding: 1), try graph.convolution(joined, 6, 1),
        try graph.add(.add(nil), low, changed),
      ]
    },
    GraphCase("one value read with halos of 0, 1, 2 and one-sided") { graph in
      let image = try graph.image(3, 9, 9)
      let value = try graph.convolution(image, 16, 3, padding: 1)
      let lopsided = Convolution(
        outputChannels: 5, kernel: Extent(4), padding: Padding(top: 3, left: 0, bottom: 0, right: 3))
      return [
        try graph.convolution(value, 6, 1), try graph.convolution(value, 7, 3, padding: 1),
        try graph.convolution(value, 8, 5, padding: 2), try graph.add(.convolution(lopsided), value), value,
      ]
    },
    GraphCase("image read as planes with two paddings and in blocks") { graph in
      let image = try graph.image(3, 9, 9)
      return [
        try graph.convolution(image, 6, 3, padding: 1), try graph.convolution(image, 7, 5, padding: 2),
        try graph.add(.maxPool(Pooling(kernel: Extent(2), stride: Extent(2))), image), image,
      ]
    },
    GraphCase("a chain long enough to reuse memory with other halos") { graph in
      var value = try graph.image(3, 13, 13)
      for (channels, kernel) in [(40, 3), (16, 5), (48, 1), (17, 3), (16, 7), (33, 3), (20, 1), (16, 3)] {
        value = try graph.add(
          .activation(.leakyRelu(slope: 0.5)), try graph.convolution(value, channels, kernel, padding: kernel / 2))
      }
      return [value]
    },
    GraphCase("taps in the middle") { graph in
      let image = try graph.image(3, 12, 12)
      let first = try graph.convolution(image, 16, 3, padding: 1)
      let second = try graph.add(.activation(.relu), first)
      let third = try graph.add(.maxPool(Pooling(kernel: Extent(2), stride: Extent(2))), second)
      let fourth = try graph.add(.activation(.tanh), third)
      return [fourth, first, second, second]
    },
  ]
}
