import Testing
import ZooKernels
import ZooTensor

/// Runs an operation that writes to a buffer on all machines, checks that all floats are written and the same bits
/// everywhere, and returns them.
func runEverywhere(
  count: Int, _ comment: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation,
  _ run: (Machine, FloatBuffer) -> Void
) -> [Float] {
  var first: [Float]?
  for machine in machines {
    let buffer = FloatBuffer(count: count)
    buffer.floats.update(repeating: .nan, count: count)
    run(machine, buffer)
    let floats = (0..<count).map { buffer.floats[$0] }
    #expect(floats.allSatisfy { $0.isFinite }, "\(comment()) on \(machine.name)", sourceLocation: sourceLocation)
    if let first {
      #expect(
        first.map(\.bitPattern) == floats.map(\.bitPattern), "\(comment()) on \(machine.name)",
        sourceLocation: sourceLocation)
    } else {
      first = floats
    }
  }
  return first ?? []
}

extension FloatBuffer {
  convenience init(_ floats: [Float]) {
    self.init(count: floats.count)
    for (index, value) in floats.enumerated() { self.floats[index] = value }
  }
}

extension TestMap {
  /// Checks that the lanes beyond the last channel are zeros.
  func expectZeroLanes(_ comment: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation) {
    let layout = layout
    if layout.channels % 16 == 0 { return }
    for image in 0..<images {
      for row in 0..<layout.extent.height {
        for column in 0..<layout.extent.width {
          let pixel = (layout.blocks - 1) * layout.blockStride + layout.interiorOffset + row * layout.rowStride
          let line = memory.floats + image * layout.floatsPerImage + pixel + column * 16
          if (layout.channels % 16..<16).contains(where: { line[$0] != 0 }) {
            Issue.record("\(comment()): image \(image), row \(row), column \(column)", sourceLocation: sourceLocation)
            return
          }
        }
      }
    }
  }
}

/// As the function of the same name, for a gradient, whose unused lanes are zeros.
func runGradientEverywhere(
  channels: Int, extent: Extent, halo: Padding = Padding(top: 1, left: 2, bottom: 0, right: 1), images: Int,
  _ comment: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation,
  _ run: (Machine, TestMap) -> Void
) -> [Float] {
  runEverywhere(
    channels: channels, extent: extent, halo: halo, images: images, comment(), sourceLocation: sourceLocation
  ) {
    run($0, $1)
    $1.expectZeroLanes("\(comment()) on \($0.name)", sourceLocation: sourceLocation)
  }
}

/// What plain loops over a batch compute. `inputs`: the numbers of all images, one input after the other.
func batchReference(
  images: Int, _ inputs: [[Float]], count: Int,
  _ loops: (_ inputs: [[Reference.Input]], _ output: Reference.Output) -> Void
) -> [Double] {
  let parts = inputs.flatMap { input in
    let size = input.count / images
    return (0..<images).map { Array(input[$0 * size..<($0 + 1) * size]) }
  }
  var output = [Double](repeating: .nan, count: count)
  output.withUnsafeMutableBufferPointer { output in
    withPointers(to: parts[...]) { pointers in
      loops(inputs.indices.map { Array(pointers[$0 * images..<($0 + 1) * images]) }, output)
    }
  }
  return output
}
