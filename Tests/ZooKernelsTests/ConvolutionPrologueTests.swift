import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

/// Batch norm or a gate that a convolution of single pixels computes while it reads.
@Suite struct ConvolutionPrologueTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var inputs: Int
    var outputs: Int
    var extent: Extent
    var images = 1
    var halo = Padding.none
    var outputHalo = Padding.none
    var hasAddend = false
    var activation: Activation? = .relu

    var testDescription: String {
      "\(inputs)×\(extent) to \(outputs), \(images) images, halos \(halo) and \(outputHalo), "
        + "\(activation?.name ?? "no function")\(hasAddend ? ", addend" : "")"
    }
  }

  static let cases: [Case] = [
    Case(inputs: 1, outputs: 1, extent: Extent(height: 1, width: 2)),
    Case(inputs: 17, outputs: 40, extent: Extent(7), images: 3, hasAddend: true),
    Case(inputs: 600, outputs: 160, extent: Extent(7), hasAddend: true),
    Case(inputs: 64, outputs: 128, extent: Extent(14), images: 2, activation: .gelu),
    Case(inputs: 64, outputs: 128, extent: Extent(28), outputHalo: Padding(1)),
    Case(inputs: 250, outputs: 130, extent: Extent(height: 13, width: 57), halo: Padding(2), activation: .sigmoid),
    Case(inputs: 1024, outputs: 96, extent: Extent(height: 3, width: 70), images: 2, activation: nil),
    Case(inputs: 4700, outputs: 33, extent: Extent(height: 2, width: 3), hasAddend: true),
    Case(inputs: 32, outputs: 16, extent: Extent(height: 1, width: 300), halo: Padding(1), hasAddend: true),
  ]

  @Test("is the bits of two steps, on every machine", arguments: cases)
  func isTwoSteps(_ test: Case) throws {
    let geometry = try ConvolutionGeometry(
      inputChannels: test.inputs, outputChannels: test.outputs, input: test.extent, kernel: Extent(1))
    #expect(geometry.takesPrologue)
    var numbers = SplitMix64(seed: geometry.hashableSeed)
    let area = test.extent.area
    let input = numbers.floats(test.images * test.inputs * area)
    let weights = numbers.floats(test.outputs * test.inputs)
    let addend = numbers.floats(test.images * test.outputs * area)
    let gates = numbers.floats(test.images * test.inputs)
    let scale = ChannelScale(scale: numbers.floats(test.inputs), shift: numbers.floats(test.inputs))
    let packed = PackedConvolution(
      geometry, weights: Tensor(shape: Shape([weights.count]), floats: weights), bias: nil,
      activation: test.activation, pool: machines[0].pool)
    let map = TestMap(input, channels: test.inputs, extent: test.extent, halo: test.halo, images: test.images)
    let gate = TestMap(gates, channels: test.inputs, extent: Extent(1), images: test.images)
    let other = TestMap(
      addend, channels: test.outputs, extent: test.extent, halo: test.outputHalo, images: test.images)

    let prologues: [(name: String, prologue: ConvolutionPrologue)] = [
      ("scale", .scale(scale, .relu)), ("scale alone", .scale(scale, nil)), ("gate", .gate(gate.view)),
    ]
    for (name, prologue) in prologues {
      var results: [[UInt32]] = []
      for machine in machines {
        let prepared = TestMap(channels: test.inputs, extent: test.extent, images: test.images)
        switch prologue {
        case .scale(let scale, let activation): machine.scale(scale, activation, map.view, into: prepared.view)
        case .gate(let gate): machine.multiply([map.view, gate], into: prepared.view)
        }
        func output() -> TestMap {
          TestMap(channels: test.outputs, extent: test.extent, halo: test.outputHalo, images: test.images)
        }
        let (expected, actual) = (output(), output())
        let addend = test.hasAddend ? other.view : nil
        machine.convolve(packed, prepared.view, adding: addend, into: expected.view)
        let scratch = GuardedFloats(count: packed.prologueFloats(threads: machine.pool.threadCount))
        machine.fetching(machine.someUpcomingWeights).convolve(
          packed, after: prologue, map.view, adding: addend, into: actual.view, scratch: scratch.floats)
        let bits = actual.nchw.map(\.bitPattern)
        #expect(bits == expected.nchw.map(\.bitPattern), "\(name), \(test.testDescription), \(machine.name)")
        results.append(bits)
      }
      #expect(Set(results).count == 1, "\(name), \(test.testDescription): machines differ")
    }
  }

  @Test("reads single pixels of maps, in one group")
  func geometries() throws {
    func takes(_ input: Extent, kernel: Int = 1, stride: Int = 1, padding: Int = 0, groups: Int = 1) throws -> Bool {
      try ConvolutionGeometry(
        inputChannels: 32, outputChannels: 32, groups: groups, input: input, kernel: Extent(kernel),
        stride: Extent(stride), padding: Padding(padding)
      ).takesPrologue
    }
    #expect(try takes(Extent(4)))
    #expect(try !takes(Extent(1)))
    #expect(try !takes(Extent(4), kernel: 3, padding: 1))
    #expect(try !takes(Extent(4), stride: 2))
    #expect(try !takes(Extent(4), padding: 1))
    #expect(try !takes(Extent(4), groups: 2))
  }
}
