import Testing
import ZooKernels
import ZooTensor

/// A batch of blocked maps in guarded memory, written and read element by element.
struct TestMap {
  let layout: BlockedLayout
  let images: Int
  let memory: GuardedFloats

  /// What an output holds before it is computed, in its halo too.
  static let untouched: Float = -12345

  /// An output: nothing in it is a number that could be mistaken for a result.
  init(channels: Int, extent: Extent, halo: Padding = .none, images: Int = 1) {
    layout = BlockedLayout(channels: channels, extent: extent, halo: halo)
    self.images = images
    memory = GuardedFloats(count: layout.floatsPerImage * images, filledWith: Self.untouched)
  }

  /// An input in `[images, channels, height, width]` order. `haloValue`: 0, or nonsense for operations that do not read
  /// the halo. `unusedValue`: what the lanes beyond the last channel hold.
  init(
    _ nchw: [Float], channels: Int, extent: Extent, halo: Padding = .none, images: Int = 1, haloValue: Float = 0,
    unusedValue: Float = 777
  ) {
    self.init(channels: channels, extent: extent, halo: halo, images: images)
    memory.floats.update(repeating: haloValue, count: memory.count)
    for image in 0..<images {
      for channel in 0..<layout.blocks * 16 {
        for row in 0..<extent.height {
          for column in 0..<extent.width {
            memory.floats[index(image, channel, row, column)] =
              channel < channels
              ? nchw[((image * channels + channel) * extent.height + row) * extent.width + column] : unusedValue
          }
        }
      }
    }
  }

  var view: BlockedView { BlockedView(memory.floats, layout: layout, images: images) }

  private func index(_ image: Int, _ channel: Int, _ row: Int, _ column: Int) -> Int {
    let rowLength = layout.extent.width + layout.halo.horizontal
    let rows = layout.extent.height + layout.halo.vertical
    let pixel = (channel / 16 * rows + layout.halo.top + row) * rowLength + layout.halo.left + column
    return image * layout.floatsPerImage + pixel * 16 + channel % 16
  }

  /// The numbers in `[images, channels, height, width]` order.
  var nchw: [Float] {
    var result: [Float] = []
    for image in 0..<images {
      for channel in 0..<layout.channels {
        for row in 0..<layout.extent.height {
          for column in 0..<layout.extent.width {
            result.append(memory.floats[index(image, channel, row, column)])
          }
        }
      }
    }
    return result
  }

  /// Everything: what two runs must agree on to the last bit.
  var bits: [UInt32] { (0..<memory.count).map { memory.floats[$0].bitPattern } }

  /// Checks that the halo holds what it held, and that unused lanes hold finite numbers of some other kind.
  func expectUntouchedHalo(
    holding value: Float = Self.untouched, _ comment: @autoclosure () -> Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var isInterior = [Bool](repeating: false, count: memory.count)
    var hasUnwrittenLane = false
    for image in 0..<images {
      for channel in 0..<layout.blocks * 16 {
        for row in 0..<layout.extent.height {
          for column in 0..<layout.extent.width {
            let index = index(image, channel, row, column)
            isInterior[index] = true
            let number = memory.floats[index]
            hasUnwrittenLane = hasUnwrittenLane || number == Self.untouched || !number.isFinite
          }
        }
      }
    }
    let isHaloTouched = isInterior.indices.contains { !isInterior[$0] && memory.floats[$0] != value }
    #expect(!isHaloTouched, comment(), sourceLocation: sourceLocation)
    #expect(!hasUnwrittenLane, comment(), sourceLocation: sourceLocation)
  }
}

/// What a slow twin computes: the result in double precision, and the sum of the magnitudes of its terms.
struct Expected {
  var value: Double
  var magnitude: Double

  init(_ value: Double, magnitude: Double? = nil) {
    self.value = value
    self.magnitude = magnitude ?? abs(value)
  }
}

/// Checks numbers against a twin's. A sum of `terms` roundings may be off by `terms · 2⁻²⁴ · Σ|term|`; twice that is
/// allowed.
func expect(
  _ actual: [Float], _ expected: [Expected], terms: Int, _ comment: @autoclosure () -> String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record("\(comment()): \(actual.count) numbers, not \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  for (index, (actual, expected)) in zip(actual, expected).enumerated() {
    let tolerance = 2 * Double(terms) * 0x1p-24 * expected.magnitude + 1e-37
    if !(abs(Double(actual) - expected.value) <= tolerance) {
      Issue.record(
        "\(comment()): element \(index) is \(actual), not \(expected.value) ± \(tolerance)",
        sourceLocation: sourceLocation)
      return
    }
  }
}

/// Functions of each kind.
let someActivations: [Activation?] = [
  nil, .relu, .leakyRelu(slope: 0.25), .tanh, .sigmoid, .clamp(lower: 0, upper: 0.5), .clamp(lower: -0.75, upper: 0.25),
  .silu, .hardswish, .hardsigmoid, .gelu, .geluTanh, .elu(alpha: 1), .elu(alpha: 0.5),
]

/// The machines that must agree to the last bit: each instruction set, and more threads than there may be processors.
let machines: [Machine] =
  InstructionSet.available.map { Machine(instructionSet: $0, pool: ThreadPool(exactly: 1)) }
  + [2, 3].map { Machine(pool: ThreadPool(exactly: $0)) }

extension Machine {
  var name: String { "\(instructionSet.rawValue), \(pool.threadCount) threads" }

  /// More than a small convolution can fetch, and less than a large one can.
  var someUpcomingWeights: UpcomingWeights {
    UpcomingWeights(FloatBuffer(count: 5000), shares: [100..<2000, 2500..<4711])
  }
}

/// Runs an operation on all machines, checks that their results are the same bits and leave the halo alone, and returns
/// the result.
func runEverywhere(
  channels: Int, extent: Extent, halo: Padding = Padding(top: 1, left: 2, bottom: 0, right: 1), images: Int,
  _ comment: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation,
  _ run: (Machine, TestMap) -> Void
) -> [Float] {
  var first: (bits: [UInt32], nchw: [Float])?
  for machine in machines {
    let output = TestMap(channels: channels, extent: extent, halo: halo, images: images)
    run(machine, output)
    output.expectUntouchedHalo("\(comment()) on \(machine.name)", sourceLocation: sourceLocation)
    let bits = output.bits
    if let first {
      #expect(first.bits == bits, "\(comment()) on \(machine.name)", sourceLocation: sourceLocation)
    } else {
      first = (bits, output.nchw)
    }
  }
  return first?.nchw ?? []
}
