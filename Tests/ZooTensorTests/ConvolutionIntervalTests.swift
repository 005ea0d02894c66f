import Testing
import ZooTensor

@Suite("Which outputs and inputs of a convolution depend on each other")
struct ConvolutionIntervalTests {
  /// Every axis of up to 9 inputs, with all padding that leaves an output.
  static let axes: [ConvolutionAxis] = (1...9).flatMap { input in
    (1...4).flatMap { kernel in
      (1...4).flatMap { stride in
        (0...3).flatMap { padding in
          (1...3).compactMap { dilation in
            let slack = input + padding + 2 - (kernel - 1) * dilation - 1
            return slack < 0
              ? nil
              : ConvolutionAxis(
                input: input, output: slack / stride + 1, kernel: kernel, stride: stride, padding: padding,
                dilation: dilation)
          }
        }
      }
    }
  }

  @Test func outputsThatReadAnInterval() {
    for axis in Self.axes {
      for first in 0..<axis.input {
        for end in first + 1...axis.input {
          let found = axis.outputs(reading: first..<end)
          let readers = Set((first..<end).flatMap { axis.readers(input: $0).map(\.output) })
          #expect(readers.allSatisfy(found.contains), "\(axis), inputs \(first)..<\(end)")
          #expect(found.upperBound <= axis.output, "\(axis), inputs \(first)..<\(end)")
          guard axis.dilation == 1 || axis.kernel == 1 else { continue }
          let hull = readers.min().flatMap { low in readers.max().map { low..<$0 + 1 } } ?? 0..<0
          #expect(found == hull, "\(axis), inputs \(first)..<\(end)")
        }
      }
    }
  }

  @Test func inputsThatAnIntervalReads() {
    for axis in Self.axes {
      for first in 0..<axis.output {
        for end in first + 1...axis.output {
          let found = axis.inputs(readBy: first..<end)
          let read = (first..<end).flatMap { output in
            (0..<axis.kernel).map { output * axis.stride + $0 * axis.dilation - axis.padding }
          }
          #expect(
            found.lowerBound == read.min() && found.upperBound - 1 == read.max(), "\(axis), outputs \(first)..<\(end)")
        }
      }
    }
  }

  @Test func nothingDependsOnNothing() {
    let axis = ConvolutionAxis(input: 5, output: 5, kernel: 3, stride: 1, padding: 1, dilation: 1)
    #expect(axis.outputs(reading: 2..<2).isEmpty && axis.inputs(readBy: 2..<2).isEmpty)
  }

  @Test func regions() {
    let some = MapRegion(rows: 1..<3, columns: 4..<6)
    let other = MapRegion(rows: 2..<5, columns: 0..<5)
    #expect(some.union(other) == MapRegion(rows: 1..<5, columns: 0..<6))
    #expect(some.intersection(other) == MapRegion(rows: 2..<3, columns: 4..<5))
    #expect(some.union(.empty) == some && MapRegion.empty.union(some) == some)
    #expect(some.intersection(MapRegion(rows: 3..<4, columns: 4..<6)) == .empty)
    #expect(MapRegion(Extent(6)).contains(some) && !some.contains(other) && some.contains(.empty))
    #expect("\(some)" == "rows 1 to 2, columns 4 to 5" && "\(MapRegion.empty)" == "nothing")
  }
}
