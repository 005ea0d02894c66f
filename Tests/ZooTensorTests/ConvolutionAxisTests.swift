import Testing
import ZooTensor

@Suite("How outputs, taps and inputs meet along a side")
struct ConvolutionAxisTests {
  @Test("agrees with the definition", arguments: 1...9, 1...5)
  func definition(input: Int, kernel: Int) throws {
    for stride in 1...6 {
      for dilation in 1...4 {
        for (before, after) in [(0, 0), (1, 1), (3, 0), (0, 7), (9, 9)] {
          // The other side is different, so that none is taken for the other.
          guard
            let geometry = try? ConvolutionGeometry(
              inputChannels: 1, outputChannels: 1, input: Extent(height: input, width: 40),
              kernel: Extent(height: kernel, width: 1), stride: Extent(height: stride, width: 7),
              padding: Padding(top: before, left: 2, bottom: after, right: 5),
              dilation: Extent(height: dilation, width: 1))
          else { continue }
          let turned = try ConvolutionGeometry(
            inputChannels: 1, outputChannels: 1, input: Extent(height: 40, width: input),
            kernel: Extent(height: 1, width: kernel), stride: Extent(height: 7, width: stride),
            padding: Padding(top: 2, left: before, bottom: 5, right: after),
            dilation: Extent(height: 1, width: dilation))
          let axis = geometry.vertical
          #expect(turned.horizontal == axis, "\(geometry)")
          #expect(axis.output == geometry.output.height)
          var readers = [Set<[Int]>](repeating: [], count: input)
          for tap in 0..<kernel {
            var outputs: [Int] = []
            for output in 0..<axis.output {
              let position = output * stride + tap * dilation - before
              let isInside = (0..<input).contains(position)
              #expect(axis.input(output: output, tap: tap) == (isInside ? position : nil), "\(geometry)")
              if !isInside { continue }
              outputs.append(output)
              readers[position].insert([output, tap])
            }
            #expect(Array(axis.outputs(tap: tap)) == outputs, "\(geometry), tap \(tap)")
          }
          for position in 0..<input {
            let found = axis.readers(input: position).map { [$0.output, $0.tap] }
            #expect(Set(found) == readers[position] && found.count == readers[position].count, "\(geometry)")
          }
        }
      }
    }
  }
}
