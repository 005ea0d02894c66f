import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite("Gradients are what small differences say")
struct ReferenceGradientDifferenceTests {
  private let extent = Extent(height: 3, width: 4)

  @Test("of functions", arguments: someActivations.compactMap { $0 })
  func functions(_ function: Activation) {
    var numbers = SplitMix64(seed: 1)
    let input = numbers.doubles(200, scale: 5)
    let check = Check("\(function.name)", input) {
      run([$0], count: 200) { Reference.activate(function, $0[0], into: $1) }
    }
    let value = function.gradientReadsInput ? input : check.output
    check.expect(
      run([value, check.outputGradient], count: 200) {
        Reference.activationGradient(function, value: $0[0], $0[1], into: $1)
      })
  }

  @Test("of functions where they bend, as PyTorch has it")
  func kinks() {
    let cases: [(function: Activation, input: Double, derivative: Double)] = [
      (.relu, 0, 0), (.leakyRelu(slope: 0.25), 0, 0.25), (.clamp(lower: -0.75, upper: 0.25), -0.75, 0),
      (.clamp(lower: -0.75, upper: 0.25), 0.25, 0), (.hardsigmoid, -3, 0), (.hardsigmoid, 3, 0), (.hardswish, -3, 0),
      (.hardswish, 3, 1), (.elu(alpha: 1), 0, 1), (.elu(alpha: 0.5), 0, 0.5), (.gelu, -.infinity, 0),
      (.gelu, .infinity, 1),
      (.geluTanh, -.infinity, 0), (.geluTanh, .infinity, 1),
    ]
    for (function, input, derivative) in cases {
      let value = function.gradientReadsInput ? input : function(input)
      #expect(function.derivative(value) == derivative, "\(function.name) at \(input)")
    }
  }

  @Test("of pooling", arguments: poolingGeometries, [1, 3])
  func pooling(_ geometry: PoolingGeometry, channels: Int) {
    var numbers = SplitMix64(seed: channels + geometry.input.area)
    let (inputs, outputs) = (channels * geometry.input.area, channels * geometry.output.area)
    let input = numbers.doubles(inputs)
    let maximum = Check("maximum, \(geometry)", input) {
      run([$0], count: outputs) { Reference.maxPool(geometry, $0[0], into: $1) }
    }
    maximum.expect(
      run([input, maximum.outputGradient], count: inputs) {
        Reference.maxPoolGradient(geometry, $0[0], $0[1], into: $1)
      })
    for countsPadding in [false, true] {
      let mean = Check("mean, \(geometry)", input) {
        run([$0], count: outputs) { Reference.averagePool(geometry, countsPadding: countsPadding, $0[0], into: $1) }
      }
      mean.expect(
        run([mean.outputGradient], count: inputs) {
          Reference.averagePoolGradient(geometry, countsPadding: countsPadding, $0[0], into: $1)
        })
    }
  }

  @Test("of the first of several equal maxima")
  func ties() throws {
    let geometry = try PoolingGeometry(input: Extent(3), kernel: Extent(2), stride: Extent(1))
    let gradient = run([[Double](repeating: 7, count: 9), [1, 2, 3, 4]], count: 9) {
      Reference.maxPoolGradient(geometry, $0[0], $0[1], into: $1)
    }
    #expect(gradient == [1, 2, 0, 3, 4, 0, 0, 0, 0])
  }

  @Test(
    "of means of windows chosen by the output",
    arguments: [
      (Extent(7), Extent(1)), (Extent(7), Extent(6)), (Extent(3), Extent(7)),
      (Extent(height: 13, width: 5), Extent(height: 4, width: 3)),
    ])
  func adaptivePooling(_ from: Extent, _ to: Extent) {
    var numbers = SplitMix64(seed: from.area)
    let input = numbers.doubles(2 * from.area)
    let check = Check("\(from) → \(to)", input) {
      run([$0], count: 2 * to.area) { Reference.adaptiveAveragePool(from: from, to: to, $0[0], into: $1) }
    }
    check.expect(
      run([check.outputGradient], count: input.count) {
        Reference.adaptiveAveragePoolGradient(from: from, to: to, $0[0], into: $1)
      })
    let maxima = Check("maxima, \(from) → \(to)", input) {
      run([$0], count: 2 * to.area) { Reference.adaptiveMaxPool(from: from, to: to, $0[0], into: $1) }
    }
    maxima.expect(
      run([input, maxima.outputGradient], count: input.count) {
        Reference.adaptiveMaxPoolGradient(from: from, to: to, $0[0], $0[1], into: $1)
      })
  }

  @Test("of batch normalisation, through the statistics and with fixed ones", arguments: [1, 2, 5])
  func batchNorm(images: Int) {
    var numbers = SplitMix64(seed: images)
    let (channels, area) = (3, extent.area)
    let (imageCount, epsilon) = (channels * area, 1e-3)
    let input = numbers.doubles(images * imageCount, scale: 2)
    let (scale, shift) = (numbers.doubles(channels), numbers.doubles(channels))
    func statistics(_ input: [Double]) -> [Double] {
      run(split(input, images), count: 2 * channels) { Reference.batchStatistics($0, area: area, into: $1) }
    }
    func normalized(_ input: [Double], _ scale: [Double], _ shift: [Double], _ statistics: [Double]) -> [Double] {
      split(input, images).flatMap {
        run([scale, shift, statistics, $0], count: imageCount) {
          Reference.batchNormalize(
            scale: $0[0], shift: $0[1], statistics: $0[2], epsilon: epsilon, area: area, $0[3], into: $1)
        }
      }
    }
    let fixed = statistics(input)
    let training = Check("training, \(images) images", input) { normalized($0, scale, shift, statistics($0)) }
    let gradients = split(training.outputGradient, images)
    let parameters = run([fixed] + split(input, images) + gradients, count: 2 * channels) {
      Reference.batchNormParameterGradient(
        statistics: $0[0], epsilon: epsilon, area: area, inputs: Array($0[1...images]),
        outputGradients: Array($0[(images + 1)...]), into: $1)
    }
    training.expect(
      zip(split(input, images), gradients).flatMap {
        run([scale, fixed, parameters, $0, $1], count: imageCount) {
          Reference.batchNormDataGradient(
            scale: $0[0], statistics: $0[1], epsilon: epsilon, gradients: $0[2], count: images * area, area: area,
            $0[3], $0[4], into: $1)
        }
      })
    Check("scale, \(images) images", scale) { normalized(input, $0, shift, fixed) }.expect(
      Array(parameters[..<channels]))
    Check("shift, \(images) images", shift) { normalized(input, scale, $0, fixed) }.expect(
      Array(parameters[channels...]))
    Check("fixed statistics, \(images) images", input) { normalized($0, scale, shift, fixed) }.expect(
      gradients.flatMap {
        run([scale, Array(fixed[channels...]), $0], count: imageCount) {
          Reference.batchNormDataGradient(
            scale: $0[0], variance: $0[1], epsilon: epsilon, area: area, $0[2], into: $1)
        }
      })
  }

  @Test("of local response normalisation", arguments: [1, 3, 8], [1, 3, 5, 11])
  func localResponse(channels: Int, size: Int) {
    var numbers = SplitMix64(seed: channels * size)
    let input = numbers.doubles(channels * extent.area, scale: 3)
    for (alpha, beta, k) in [(2e-2, 0.75, 1.0), (0.3, 0.5, 2)] {
      let check = Check("\(channels) channels, size \(size), beta \(beta)", input) {
        run([$0], count: input.count) {
          Reference.normalizeLocalResponse(
            size: size, alpha: alpha, beta: beta, k: k, area: extent.area, $0[0], into: $1)
        }
      }
      check.expect(
        run([input, check.outputGradient], count: input.count) {
          Reference.localResponseNormGradient(
            size: size, alpha: alpha, beta: beta, k: k, area: extent.area, $0[0], $0[1], into: $1)
        })
    }
  }

  @Test("of softmax", arguments: [1, 2, 10])
  func softmax(channels: Int) {
    var numbers = SplitMix64(seed: channels)
    let input = numbers.doubles(channels * extent.area, scale: 3)
    let check = Check("\(channels) channels", input) {
      run([$0], count: input.count) { Reference.softmax(area: extent.area, $0[0], into: $1) }
    }
    check.expect(
      run([check.output, check.outputGradient], count: input.count) {
        Reference.softmaxGradient(area: extent.area, output: $0[0], $0[1], into: $1)
      })
  }

  @Test("of slopes and of what they are applied to", arguments: [true, false], [1, 3])
  func prelu(isShared: Bool, images: Int) {
    var numbers = SplitMix64(seed: images)
    let (channels, area) = (5, extent.area)
    let input = numbers.doubles(images * channels * area)
    let slopes = numbers.doubles(isShared ? 1 : channels)
    func prelu(_ input: [Double], _ slopes: [Double]) -> [Double] {
      split(input, images).flatMap {
        run([slopes, $0], count: channels * area) { Reference.prelu(slopes: $0[0], area: area, $0[1], into: $1) }
      }
    }
    let check = Check("input", input) { prelu($0, slopes) }
    let gradients = split(check.outputGradient, images)
    check.expect(
      zip(split(input, images), gradients).flatMap {
        run([slopes, $0, $1], count: channels * area) {
          Reference.preluGradient(slopes: $0[0], area: area, $0[1], $0[2], into: $1)
        }
      })
    Check("slopes", slopes) { prelu(input, $0) }.expect(
      run(split(input, images) + gradients, count: slopes.count) {
        Reference.preluSlopeGradient(
          area: area, inputs: Array($0[..<images]), outputGradients: Array($0[images...]), into: $1)
      })
  }

  @Test("of norms with statistics of their own", arguments: [nil, 1, 2, 6] as [Int?], [1, 3])
  func ownStatistics(groups: Int?, images: Int) {
    var numbers = SplitMix64(seed: images + (groups ?? 0))
    let (channels, area) = (6, extent.area)
    let count = channels * area
    let (input, weight, bias) = (
      numbers.doubles(images * count), numbers.doubles(channels), numbers.doubles(channels)
    )
    func norm(_ input: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
      split(input, images).flatMap {
        run([weight, bias, $0], count: count) {
          Reference.normalize(
            groups: groups, weight: $0[0], bias: $0[1], epsilon: 1e-3, area: area, $0[2], into: $1)
        }
      }
    }
    let name = groups.map { "\($0) groups" } ?? "at each position"
    let check = Check("input, \(name)", input) { norm($0, weight, bias) }
    let gradients = split(check.outputGradient, images)
    check.expect(
      zip(split(input, images), gradients).flatMap {
        run([weight, $0, $1], count: count) {
          Reference.normalizationGradient(
            groups: groups, weight: $0[0], epsilon: 1e-3, area: area, $0[1], $0[2], into: $1)
        }
      })
    Check("weight, \(name)", weight) { norm(input, $0, bias) }.expect(
      run(split(input, images) + gradients, count: channels) {
        Reference.normalizationWeightGradient(
          groups: groups, epsilon: 1e-3, area: area, inputs: Array($0[..<images]),
          outputGradients: Array($0[images...]), into: $1)
      })
  }

  @Test(
    "of each factor of a product", arguments: [[false, false], [false, true], [true, false, true], [true, true]])
  func products(areOnePerChannel: [Bool]) {
    var numbers = SplitMix64(seed: areOnePerChannel.count)
    let channels = 3
    let count = channels * extent.area
    let factors = areOnePerChannel.map { numbers.doubles($0 ? channels : count) }
    for index in factors.indices {
      let check = Check("factor \(index) of \(areOnePerChannel)", factors[index]) { factor in
        var factors = factors
        factors[index] = factor
        return run(factors, count: count) { Reference.join(.multiply, $0, area: extent.area, nil, into: $1) }
      }
      var others = factors
      others.remove(at: index)
      check.expect(
        run([check.outputGradient] + others, count: factors[index].count) {
          Reference.multiplyGradient(others: Array($0.dropFirst()), area: extent.area, $0[0], into: $1)
        })
    }
  }

  @Test("of parts and of pixels")
  func rearranged() {
    var numbers = SplitMix64(seed: 4)
    let parts = [2, 3, 1].map { numbers.doubles($0 * extent.area) }
    var before = 0
    for index in parts.indices {
      let check = Check("part \(index)", parts[index]) { part in
        var parts = parts
        parts[index] = part
        return run(parts, count: 6 * extent.area) { Reference.concatenate($0, into: $1) }
      }
      check.expect(
        run([check.outputGradient], count: parts[index].count) {
          Reference.concatenateGradient(channelsBefore: before, area: extent.area, $0[0], into: $1)
        })
      before += parts[index].count / extent.area
    }
    for stride in [Extent(1), Extent(2), Extent(height: 2, width: 3), Extent(9)] {
      let to = Extent(
        height: (extent.height + stride.height - 1) / stride.height,
        width: (extent.width + stride.width - 1) / stride.width)
      let check = Check("every \(stride)-th pixel", parts[0]) {
        run([$0], count: 5 * to.area) {
          Reference.subsample(stride: stride, channelsBefore: 1, from: extent, to: to, $0[0], into: $1)
        }
      }
      check.expect(
        run([check.outputGradient], count: parts[0].count) {
          Reference.subsampleGradient(stride: stride, channelsBefore: 1, from: extent, to: to, $0[0], into: $1)
        })
    }
  }

  @Test("of fully connected layers", arguments: [1, 4])
  func fullyConnected(images: Int) {
    var numbers = SplitMix64(seed: images)
    let (inputs, outputs) = (7, 5)
    let (input, weights) = (numbers.doubles(images * inputs), numbers.doubles(outputs * inputs))
    let bias = numbers.doubles(outputs)
    func connect(_ input: [Double], _ weights: [Double], _ bias: [Double]) -> [Double] {
      split(input, images).flatMap {
        run([weights, bias, $0], count: outputs) {
          Reference.fullyConnect(weights: $0[0], bias: $0[1], nil, $0[2], into: $1)
        }
      }
    }
    let check = Check("input", input) { connect($0, weights, bias) }
    let gradients = split(check.outputGradient, images)
    check.expect(
      gradients.flatMap {
        run([weights, $0], count: inputs) {
          Reference.fullyConnectedDataGradient(weights: $0[0], $0[1], into: $1)
        }
      })
    Check("weights", weights) { connect(input, $0, bias) }.expect(
      run(split(input, images) + gradients, count: weights.count) {
        Reference.fullyConnectedWeightGradient(
          inputs: Array($0[..<images]), outputGradients: Array($0[images...]), into: $1)
      })
    Check("bias", bias) { connect(input, weights, $0) }.expect(
      run(gradients, count: outputs) { Reference.biasGradient(area: 1, outputGradients: $0, into: $1) })
  }

  @Test("of what is left out at random")
  func dropout() {
    var numbers = SplitMix64(seed: 8)
    let input = numbers.doubles(4000)
    let random = CounterRandom(seed: 5, purpose: .dropout, 3)
    func dropout(_ input: [Double]) -> [Double] {
      run([input], count: input.count) { Reference.dropout(random, probability: 0.3, $0[0], into: $1) }
    }
    let output = dropout(input)
    let kept = output.count { $0 != 0 }
    #expect((2600...3000).contains(kept), "\(kept) of 4000 kept")
    #expect(zip(input, output).allSatisfy { $1 == 0 || abs($1 - $0 / 0.7) < 1e-12 })
    // It is linear, and so its own gradient.
    Check("dropout", Array(input[..<200]), dropout).expectOwnGradient(dropout)
  }

  @Test("of losses", arguments: [1, 2, 10], [false, true])
  func losses(classes: Int, isOneClass: Bool) {
    typealias Loss = (Reference.Input, Reference.Input) -> Double
    typealias Gradient = (Reference.Input, Reference.Input, Reference.Output) -> Void
    var numbers = SplitMix64(seed: classes)
    let losses: [(name: String, loss: Loss, gradient: Gradient)] = [
      ("softmax", Reference.softmaxLoss, Reference.softmaxLossGradient),
      (
        "hinge", { Reference.supportVectorLoss(isSquared: false, targets: $0, $1) },
        { Reference.supportVectorLossGradient(isSquared: false, targets: $0, $1, into: $2) }
      ),
      (
        "squared hinge", { Reference.supportVectorLoss(isSquared: true, targets: $0, $1) },
        { Reference.supportVectorLossGradient(isSquared: true, targets: $0, $1, into: $2) }
      ),
      ("one against all", Reference.oneAgainstAllLoss, Reference.oneAgainstAllLossGradient),
    ]
    for (name, loss, gradient) in losses {
      for _ in 0..<10 {
        let scores = numbers.doubles(classes, scale: 3)
        var targets = numbers.doubles(classes).map { abs($0) }
        if isOneClass {
          targets = targets.map { _ in 0 }
          targets[numbers.integer(0...classes - 1)] = 1
        }
        let check = Check("\(name), \(classes) classes", scores) {
          run([targets, $0], count: 1) { $1[0] = loss($0[0], $0[1]) }
        }
        let factor = check.outputGradient[0]
        check.expect(run([targets, scores], count: classes) { gradient($0[0], $0[1], $1) }.map { factor * $0 })
      }
    }
  }

  @Test("losses have the values of the literature")
  func lossValues() {
    // CS231n's cat: scores 3.2, 5.1, −1.7 have the hinge loss 2.9, and the softmax loss 2.04.
    let scores = [3.2, 5.1, -1.7]
    func value(_ loss: (Reference.Input, Reference.Input) -> Double) -> Double {
      run([[1, 0, 0], scores], count: 1) { $1[0] = loss($0[0], $0[1]) }[0]
    }
    #expect(abs(value { Reference.supportVectorLoss(isSquared: false, targets: $0, $1) } - 2.9) < 1e-12)
    #expect(abs(value { Reference.supportVectorLoss(isSquared: true, targets: $0, $1) } - 2.9 * 2.9) < 1e-12)
    #expect(abs(value(Reference.softmaxLoss) - 2.04) < 5e-3)
    #expect(abs(value(Reference.oneAgainstAllLoss) - 6.1) < 1e-12)
  }

  @Test("at the margin, no gradient; far beyond, finite losses")
  func lossEdges() {
    let one = run([[1, 0], [1, 0]], count: 2) {
      Reference.supportVectorLossGradient(isSquared: false, targets: $0[0], $0[1], into: $1)
    }
    #expect(one == [0, 0])
    let two = run([[1, 0], [1, -1]], count: 2) {
      Reference.oneAgainstAllLossGradient(targets: $0[0], $0[1], into: $1)
    }
    #expect(two == [0, 0])
    let large = run([[1, 0], [-1e4, 1e4]], count: 1) { $1[0] = Reference.softmaxLoss(targets: $0[0], $0[1]) }
    #expect(large == [2e4])
  }
}

/// Runs plain loops.
private func run(
  _ inputs: [[Double]], count: Int, _ loops: ([Reference.Input], Reference.Output) -> Void
) -> [Double] {
  func withPointers(_ rest: ArraySlice<[Double]>, _ pointers: [Reference.Input], _ body: ([Reference.Input]) -> Void) {
    guard let first = rest.first else { return body(pointers) }
    first.withUnsafeBufferPointer { withPointers(rest.dropFirst(), pointers + [$0], body) }
  }
  var output = [Double](repeating: .nan, count: count)
  output.withUnsafeMutableBufferPointer { output in withPointers(inputs[...], []) { loops($0, output) } }
  return output
}

private func split(_ batch: [Double], _ images: Int) -> [[Double]] {
  let count = batch.count / images
  return (0..<images).map { Array(batch[$0 * count..<($0 + 1) * count]) }
}

extension SplitMix64 {
  fileprivate mutating func doubles(_ count: Int, scale: Double = 1) -> [Double] {
    (0..<count).map { _ in (Double(next() >> 11) * 0x1p-52 - 1) * scale }
  }
}

/// A function of many numbers, and a gradient with respect to its results.
private struct Check {
  let name: String
  let input: [Double]
  let function: ([Double]) -> [Double]
  let output: [Double]
  let outputGradient: [Double]

  init(_ name: String, _ input: [Double], _ function: @escaping ([Double]) -> [Double]) {
    self.name = name
    self.input = input
    self.function = function
    output = function(input)
    var numbers = SplitMix64(seed: output.count)
    outputGradient = numbers.doubles(output.count)
  }

  /// Compares with central differences at two distances, from which the error of the second order is taken out.
  func expect(_ gradient: [Double], sourceLocation: SourceLocation = #_sourceLocation) {
    guard gradient.count == input.count else {
      Issue.record("\(name): \(gradient.count) numbers for \(input.count)", sourceLocation: sourceLocation)
      return
    }
    func difference(_ index: Int, _ step: Double) -> Double {
      func value(_ x: Double) -> Double {
        var input = input
        input[index] = x
        return zip(function(input), zip(output, outputGradient)).reduce(0) { $0 + ($1.0 - $1.1.0) * $1.1.1 }
      }
      return (value(input[index] + step) - value(input[index] - step)) / (2 * step)
    }
    for index in input.indices {
      let step = 1e-5
      let numeric = (4 * difference(index, step / 2) - difference(index, step)) / 3
      if !(abs(gradient[index] - numeric) <= 1e-6 * max(1, abs(numeric))) {
        Issue.record(
          "\(name): element \(index) is \(gradient[index]), not \(numeric)", sourceLocation: sourceLocation)
        return
      }
    }
  }

  func expectOwnGradient(_ gradient: ([Double]) -> [Double], sourceLocation: SourceLocation = #_sourceLocation) {
    expect(gradient(outputGradient), sourceLocation: sourceLocation)
  }
}

private let poolingGeometries: [PoolingGeometry] = {
  var numbers = SplitMix64(seed: 3)
  var result: [PoolingGeometry] = []
  while result.count < 60 {
    func extent(_ most: Int) -> Extent {
      Extent(height: numbers.integer(1...most), width: numbers.integer(1...most))
    }
    let geometry = try? PoolingGeometry(
      input: extent(9), kernel: extent(5), stride: extent(4),
      padding: Padding(
        top: numbers.integer(0...2), left: numbers.integer(0...2), bottom: numbers.integer(0...2),
        right: numbers.integer(0...2)), rounding: numbers.element(PoolingRounding.allCases))
    if let geometry { result.append(geometry) }
  }
  return result
}()
