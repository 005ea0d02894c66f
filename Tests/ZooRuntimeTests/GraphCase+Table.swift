import ZooGraph
import ZooTensor

extension GraphCase {
  /// Every operation and every awkward arrangement once.
  static let table: [GraphCase] =
    convolutions + poolings + elementwise + vectors + concatenations + residuals + arrangements

  private static let convolutions: [GraphCase] = [
    convolution(3, 11, 9, Convolution(outputChannels: 8, kernel: Extent(3), padding: Padding(1))),
    convolution(3, 23, 23, Convolution(outputChannels: 20, kernel: Extent(11), stride: Extent(4))),
    convolution(
      1, 7, 12,
      Convolution(
        outputChannels: 17, kernel: Extent(height: 3, width: 5), stride: Extent(height: 2, width: 3),
        padding: Padding(top: 0, left: 3, bottom: 2, right: 1))),
    convolution(15, 6, 6, Convolution(outputChannels: 33, kernel: Extent(5), padding: Padding(2), hasBias: false)),
    convolution(16, 9, 9, Convolution(outputChannels: 16, kernel: Extent(3), padding: Padding(1), groups: 16)),
    convolution(40, 8, 7, Convolution(outputChannels: 40, kernel: Extent(3), stride: Extent(2), groups: 40)),
    convolution(32, 8, 8, Convolution(outputChannels: 64, kernel: Extent(5), padding: Padding(2), groups: 2)),
    convolution(24, 8, 8, Convolution(outputChannels: 36, kernel: Extent(3), padding: Padding(1), groups: 3)),
    convolution(6, 9, 9, Convolution(outputChannels: 12, kernel: Extent(3), padding: Padding(1), groups: 6)),
    convolution(
      20, 13, 13,
      Convolution(outputChannels: 18, kernel: Extent(3), padding: Padding(2), dilation: Extent(2))),
    convolution(
      4, 13, 10,
      Convolution(
        outputChannels: 5, kernel: Extent(3), padding: Padding(1), dilation: Extent(height: 1, width: 3))),
    convolution(48, 14, 14, Convolution(outputChannels: 96, kernel: Extent(1), stride: Extent(2))),
    convolution(130, 7, 7, Convolution(outputChannels: 70, kernel: Extent(1))),
    convolution(32, 1, 1, Convolution(outputChannels: 32, kernel: Extent(3), padding: Padding(1))),
    convolution(
      16, 5, 5,
      Convolution(outputChannels: 16, kernel: Extent(2), padding: Padding(top: 1, left: 1, bottom: 0, right: 0))
    ),
  ]

  private static func convolution(_ channels: Int, _ height: Int, _ width: Int, _ convolution: Convolution) -> GraphCase
  {
    GraphCase("convolution of \(channels)×\(height)×\(width): \(convolution)") { graph in
      let image = try graph.image(channels, height, width)
      // Once as the first layer, once after another one, which leaves the image in blocks.
      let inner = try graph.add(.activation(.tanh), image)
      return [try graph.add(.convolution(convolution), image), try graph.add(.convolution(convolution), inner)]
    }
  }

  private static let poolings: [GraphCase] = [
    Pooling(kernel: Extent(2), stride: Extent(2)),
    Pooling(kernel: Extent(3), stride: Extent(2), rounding: .ceil),
    Pooling(kernel: Extent(3), stride: Extent(2), padding: Padding(1), rounding: .ceil),
    Pooling(kernel: Extent(3), stride: Extent(1), padding: Padding(1)),
    Pooling(
      kernel: Extent(height: 2, width: 4), stride: Extent(height: 3, width: 2),
      padding: Padding(top: 1, left: 0, bottom: 0, right: 3), rounding: .caffe),
    Pooling(kernel: Extent(3), stride: Extent(3), padding: Padding(1), rounding: .caffe),
  ].map { pooling in
    GraphCase("pooling \(pooling)") { graph in
      let image = try graph.image(19, 11, 14)
      // A convolution that reads the same value gives the pooling windows a halo that they must not see.
      let inner = try graph.add(.activation(.leakyRelu(slope: 0.1)), image)
      return [
        try graph.add(.maxPool(pooling), inner),
        try graph.add(.averagePool(pooling, countsPadding: false), inner),
        try graph.add(.averagePool(pooling, countsPadding: true), inner),
        try graph.convolution(inner, 4, 5, padding: 2),
        try graph.add(.globalAveragePool, inner),
        try graph.add(.adaptiveAveragePool(Extent(height: 3, width: 5)), inner),
        try graph.add(.adaptiveAveragePool(Extent(height: 13, width: 14)), image),
        try graph.add(.globalMaxPool, inner),
        try graph.add(.adaptiveMaxPool(Extent(height: 3, width: 5)), inner),
        try graph.add(.adaptiveMaxPool(Extent(height: 13, width: 14)), image),
        try graph.add(.mean(.space), inner), try graph.add(.mean(.height), inner),
        try graph.add(.mean(.width), image),
      ]
    }
  }

  private static let elementwise: [GraphCase] = [
    GraphCase("activations, batch norm, dropout, softmax") { graph in
      let image = try graph.image(21, 5, 6)
      let functions: [Activation] = [
        .relu, .leakyRelu(slope: 0.2), .tanh, .sigmoid, .clamp(lower: 0, upper: 6), .clamp(lower: -0.5, upper: 0.25),
        .silu, .hardswish, .hardsigmoid, .gelu, .geluTanh, .elu(alpha: 0.75),
      ]
      var outputs = try functions.map { try graph.add(.activation($0), image) }
      let norm = try graph.add(.batchNorm(BatchNorm(epsilon: 1e-3)), image)
      let dropped = try graph.add(.dropout(probability: 0.5), norm)
      outputs += [norm, dropped, try graph.add(.softmax, dropped), image]
      return outputs
    },
    GraphCase("functions fused into convolutions, sums and fully connected layers") { graph in
      let image = try graph.image(5, 9, 10)
      let functions: [Activation] = [
        .clamp(lower: 0, upper: 6), .clamp(lower: -0.5, upper: 0.25), .silu, .hardswish, .hardsigmoid, .gelu,
        .geluTanh, .elu(alpha: 1),
      ]
      return try functions.flatMap { function in
        let first = try graph.add(.activation(function), try graph.convolution(image, 20, 3, padding: 1))
        // Winograd's algorithm, on planes and in blocks; a pooling that it may do at once.
        let second = try graph.add(.activation(function), try graph.convolution(first, 33, 3, padding: 1))
        let pool = try graph.add(.maxPool(Pooling(kernel: Extent(2), stride: Extent(2))), second)
        let sum = try graph.add(
          .activation(function), try graph.append(.add(nil), name: "sum \(function)", inputs: [first, first]))
        let dense = try graph.add(.fullyConnected(FullyConnected(outputFeatures: 19)), pool)
        return [sum, try graph.add(.activation(function), dense)]
      }
    },
    GraphCase("prelu after a map and a vector, with a slope for each channel or one for all") { graph in
      let image = try graph.image(21, 5, 6)
      let vector = try graph.add(.fullyConnected(FullyConnected(outputFeatures: 18)), image)
      return try [image, vector].flatMap { value in
        try [true, false].map { try graph.add(.prelu(isShared: $0), value) }
      }
    },
    GraphCase("norms over channels and over groups of them, of maps and of vectors") { graph in
      let image = try graph.image(24, 9, 13)
      let map = try graph.convolution(image, 30, 3, padding: 1)
      let vector = try graph.add(.fullyConnected(FullyConnected(outputFeatures: 18)), image)
      // Read by another layer with a halo.
      let normalized = try graph.add(.normalization(Normalization()), map)
      var outputs = [try graph.convolution(normalized, 4, 5, padding: 2), normalized]
      for groups in [nil, 1, 2, 6] as [Int?] {
        let norm = Operation.normalization(Normalization(groups: groups, epsilon: 1e-3))
        outputs += [try graph.add(norm, map), try graph.add(norm, vector)]
        // Nobody else reads what it may overwrite.
        outputs.append(try graph.add(norm, try graph.convolution(image, 48, 1)))
      }
      outputs.append(try graph.add(.normalization(Normalization(groups: 30)), map))
      return outputs
    },
    GraphCase("products of maps, and squeeze-and-excitation with a map and with a vector for a gate") { graph in
      let image = try graph.image(19, 7, 6)
      let map = try graph.convolution(image, 19, 3, padding: 1)
      let pooled = try graph.add(.globalAveragePool, map)
      let gate = try graph.add(.activation(.sigmoid), try graph.convolution(pooled, 19, 1))
      let vector = try graph.add(
        .activation(.hardsigmoid), try graph.add(.fullyConnected(FullyConnected(outputFeatures: 19)), pooled))
      let inputs = [
        [map, gate], [vector, map], [map, image], [map, map], [gate, map, vector], [image, map, map], [gate, gate],
      ]
      return try inputs.enumerated().map { index, inputs in
        try graph.append(.multiply, name: "product\(index)", inputs: inputs)
      }
    },
    GraphCase("a gated residual block, whose map nobody reads again") { graph in
      let image = try graph.image(32, 8, 8)
      let map = try graph.add(.activation(.silu), try graph.convolution(image, 32, 3, padding: 1))
      let gate = try graph.add(
        .activation(.sigmoid), try graph.convolution(try graph.add(.globalAveragePool, map), 32, 1))
      let gated = try graph.append(.multiply, name: "gated", inputs: [map, gate])
      return [try graph.append(.add(nil), name: "sum", inputs: [try graph.convolution(gated, 32, 1), image])]
    },
    GraphCase("a dense block: norms of concatenations, read by 1×1 convolutions or by others too") { graph in
      let image = try graph.image(16, 9, 8)
      var map = try graph.convolution(image, 32, 3, padding: 1)
      var features: [NodeID] = []
      for index in 0..<4 {
        let norm = try graph.add(.batchNorm(BatchNorm()), map)
        let active = index == 2 ? norm : try graph.add(.activation(index == 1 ? .silu : .relu), norm)
        let narrow = try graph.convolution(active, 24, 1)
        if index == 3 { features.append(active) }
        let layer = try graph.convolution(narrow, 16, 3, padding: 1)
        map = try graph.append(.concat, name: "joined\(index)", inputs: [map, layer])
      }
      let last = try graph.add(.activation(.relu), try graph.add(.batchNorm(BatchNorm()), map))
      // A batch norm whose function is read apart, and one that is read twice by one convolution.
      let norm = try graph.add(.batchNorm(BatchNorm()), last)
      let twice = try graph.append(
        .add(nil), name: "twice", inputs: [norm, try graph.convolution(norm, 96, 1)])
      return features + [try graph.add(.globalAveragePool, last), try graph.convolution(twice, 5, 1)]
    },
    GraphCase("what a convolution prepares while it reads is added to its result, too") { graph in
      let image = try graph.image(18, 12, 13)
      let first = try graph.convolution(image, 96, 1)
      let active = try graph.add(.activation(.relu), try graph.add(.batchNorm(BatchNorm()), first))
      let normed = try graph.append(
        .add(nil), name: "normed", inputs: [try graph.convolution(active, 96, 1), first])
      let second = try graph.convolution(normed, 96, 1)
      let gate = try graph.add(
        .activation(.sigmoid), try graph.convolution(try graph.add(.globalAveragePool, second), 96, 1))
      let product = try graph.append(.multiply, name: "product", inputs: [second, gate])
      let gated = try graph.append(
        .add(nil), name: "gated", inputs: [try graph.convolution(product, 96, 1), second])
      let third = try graph.convolution(gated, 96, 1)
      let deep = try graph.add(
        .convolution(Convolution(outputChannels: 96, kernel: Extent(3), padding: Padding(1), groups: 96)),
        try graph.convolution(third, 96, 1))
      return [try graph.append(.add(.relu), name: "deep", inputs: [deep, third])]
    },
    GraphCase("inverted residuals: 1×1 and depthwise convolutions, read once, twice, or an output") { graph in
      var map = try graph.convolution(try graph.image(18, 13, 11), 24, 1)
      var features: [NodeID] = []
      for (index, function) in [Activation.clamp(lower: 0, upper: 6), .silu, .hardswish, .relu].enumerated() {
        let wide = try graph.add(.activation(function), try graph.convolution(map, 56, 1))
        let deep = try graph.add(
          .convolution(
            Convolution(
              outputChannels: 56, kernel: Extent(index == 1 ? 5 : 3), stride: Extent(index == 2 ? 2 : 1),
              padding: Padding(index == 1 ? 2 : 1), groups: 56)),
          wide)
        let active = try graph.add(.activation(.relu), deep)
        if index == 1 { features.append(wide) }
        let narrow = try graph.convolution(active, 24, 1)
        map = index == 2 ? narrow : try graph.append(.add(nil), name: "sum\(index)", inputs: [narrow, map])
      }
      return features + [map]
    },
    GraphCase("scales and batch norms without scale and shift, folded and alone, of maps and vectors") { graph in
      let image = try graph.image(21, 5, 6)
      let norms = [BatchNorm.scale(), .scale(shift: false), BatchNorm(isAffine: false)]
      return try norms.flatMap { norm in
        let folded = try graph.add(.batchNorm(norm), try graph.convolution(image, 18, 3, padding: 1))
        let vector = try graph.add(.fullyConnected(FullyConnected(outputFeatures: 18)), folded)
        return [
          folded, try graph.add(.batchNorm(norm), image), try graph.add(.activation(.relu), vector),
          try graph.add(.batchNorm(norm), vector),
        ]
      }
    },
    GraphCase("convolution, batch norm, relu") { graph in
      let image = try graph.image(3, 9, 9)
      let convolution = try graph.convolution(image, 24, 3, padding: 1)
      let norm = try graph.add(.batchNorm(BatchNorm()), convolution)
      let first = try graph.add(.activation(.relu), norm)
      let second = try graph.convolution(first, 24, 3, padding: 1)
      return [try graph.add(.activation(.relu), try graph.add(.batchNorm(BatchNorm()), second))]
    },
    GraphCase("local response norm, both conventions, windows wider than a block and than the map") { graph in
      let image = try graph.image(37, 4, 3)
      let norms = [
        LocalResponseNorm(size: 5, alpha: 1e-1, beta: 0.75, k: 1, convention: .mean),
        LocalResponseNorm(size: 5, alpha: 1e-1, beta: 0.75, k: 2, convention: .sum),
        LocalResponseNorm(size: 1, alpha: 0.5, beta: 0.5, k: 1, convention: .mean),
        LocalResponseNorm(size: 35, alpha: 1, beta: 1, k: 1, convention: .mean),
        LocalResponseNorm(size: 99, alpha: 1, beta: 0.6, k: 1.5, convention: .mean),
      ]
      return try norms.map { try graph.add(.localResponseNorm($0), image) }
    },
    GraphCase("subsample with channels of zeros around") { graph in
      let image = try graph.image(16, 9, 8)
      return [
        try graph.add(.subsample(Subsample(stride: Extent(2), channelsBefore: 8, channelsAfter: 8)), image),
        try graph.add(.subsample(Subsample(stride: Extent(height: 3, width: 1), channelsAfter: 3)), image),
      ]
    },
    GraphCase("slices of maps and vectors, in place and copied, and shuffles of them") { graph in
      let image = try graph.image(45, 5, 7)
      let map = try graph.convolution(image, 77, 3, padding: 1)
      let vector = try graph.add(.fullyConnected(FullyConnected(outputFeatures: 50)), image)
      let ranges = [(0, 20), (16, 32), (32, 45), (64, 13), (3, 40), (17, 1), (76, 1), (0, 77)]
      var outputs = try ranges.map { try graph.add(.selectChannels(.slice(first: $0, channels: $1)), map) }
      for (index, first) in [0, 16, 5].enumerated() {
        let slice = try graph.add(.selectChannels(.slice(first: first, channels: 30 + index)), vector)
        outputs.append(try graph.add(.fullyConnected(FullyConnected(outputFeatures: 7)), slice))
        outputs.append(slice)
      }
      let shuffles = try [(map, 7), (map, 11), (vector, 2), (vector, 10), (image, 5)].map {
        try graph.add(.selectChannels(.shuffle(groups: $1)), $0)
      }
      return outputs + shuffles
    },
    GraphCase("locally connected") { graph in
      let image = try graph.image(5, 7, 8)
      let first = try graph.add(
        .locallyConnected(
          LocallyConnected(outputChannels: 18, kernel: Extent(3), stride: Extent(2), padding: Padding(1))),
        image)
      return [
        try graph.add(
          .locallyConnected(
            LocallyConnected(
              outputChannels: 4, kernel: Extent(height: 2, width: 3),
              padding: Padding(top: 1, left: 0, bottom: 0, right: 2), hasBias: false)), first)
      ]
    },
  ]

  private static let vectors: [GraphCase] = [
    GraphCase("fully connected after flatten, dropout and another") { graph in
      let image = try graph.image(20, 6, 5)
      let flat = try graph.add(
        .dropout(probability: 0.5), try graph.add(.flatten, try graph.add(.activation(.relu), image)))
      let hidden = try graph.add(.fullyConnected(FullyConnected(outputFeatures: 70)), flat)
      let active = try graph.add(.dropout(probability: 0.3), try graph.add(.activation(.relu), hidden))
      let scores = try graph.add(.fullyConnected(FullyConnected(outputFeatures: 11, hasBias: false)), active)
      return [scores, try graph.add(.softmax, scores), flat, hidden]
    },
    GraphCase("fully connected straight from a map that a convolution reads with padding") { graph in
      let image = try graph.image(3, 8, 8)
      let map = try graph.convolution(image, 18, 3)
      return [
        try graph.add(.fullyConnected(FullyConnected(outputFeatures: 9)), map),
        try graph.convolution(map, 7, 3, padding: 1),
        try graph.add(.fullyConnected(FullyConnected(outputFeatures: 33)), try graph.add(.flatten, map)),
      ]
    },
    GraphCase("a vector fed in") { graph in
      let vector = try graph.add(.input([37]))
      let hidden = try graph.add(
        .activation(.sigmoid), try graph.add(.fullyConnected(FullyConnected(outputFeatures: 300)), vector))
      return [try graph.add(.fullyConnected(FullyConnected(outputFeatures: 5)), hidden)]
    },
    GraphCase("flattened maps joined, normalised and added") { graph in
      let image = try graph.image(7, 3, 2)
      let flat = try graph.add(.flatten, try graph.add(.activation(.tanh), image))
      let pooled = try graph.add(.flatten, try graph.add(.globalAveragePool, image))
      let joined = try graph.add(.concat, flat, pooled)
      let norm = try graph.add(.batchNorm(BatchNorm()), joined)
      return [try graph.add(.add(.relu), norm, joined), pooled, try graph.add(.flatten, flat)]
    },
  ]
}
