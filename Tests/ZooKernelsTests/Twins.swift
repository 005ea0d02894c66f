import ZooKernels
import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The slow twins: operations as their definitions say, on `[images, channels, height, width]` numbers, in double
/// precision.
enum Twin {
  /// - Parameter weight: of (output channel, input channel within the group, kernel row and column, output row and
  ///   column)
  static func convolution(
    _ geometry: ConvolutionGeometry, images: Int, _ input: [Float],
    bias: (_ channel: Int, _ row: Int, _ column: Int) -> Float,
    weight: (_ output: Int, _ input: Int, _ y: Int, _ x: Int, _ row: Int, _ column: Int) -> Float
  ) -> [Expected] {
    var result: [Expected] = []
    let (from, to) = (geometry.input, geometry.output)
    for image in 0..<images {
      for output in 0..<geometry.outputChannels {
        let group = output / geometry.outputChannelsPerGroup
        for row in 0..<to.height {
          for column in 0..<to.width {
            let start = Double(bias(output, row, column))
            var sum = Expected(start)
            for channel in 0..<geometry.inputChannelsPerGroup {
              let plane = image * geometry.inputChannels + group * geometry.inputChannelsPerGroup + channel
              for y in 0..<geometry.kernel.height {
                let inputRow = row * geometry.stride.height + y * geometry.dilation.height - geometry.padding.top
                if !(0..<from.height).contains(inputRow) { continue }
                for x in 0..<geometry.kernel.width {
                  let inputColumn =
                    column * geometry.stride.width + x * geometry.dilation.width - geometry.padding.left
                  if !(0..<from.width).contains(inputColumn) { continue }
                  let term =
                    Double(input[(plane * from.height + inputRow) * from.width + inputColumn])
                    * Double(weight(output, channel, y, x, row, column))
                  sum.value += term
                  sum.magnitude += abs(term)
                }
              }
            }
            result.append(sum)
          }
        }
      }
    }
    return result
  }

  /// One image, one group, in single precision and in the order that `Machine.convolve` documents.
  static func chains(
    _ geometry: ConvolutionGeometry, _ input: [Float], weights: [Float], bias: [Float], addend: [Float]
  ) -> [Float] {
    var result: [Float] = []
    let (from, kernel) = (geometry.input, geometry.kernel)
    let blocksPerChain = max(1, 4608 / (16 * kernel.area))
    for output in 0..<geometry.outputChannels {
      for row in 0..<geometry.output.height {
        for column in 0..<geometry.output.width {
          var total: Float = 0
          for firstBlock in stride(from: 0, to: (geometry.inputChannels + 15) / 16, by: blocksPerChain) {
            var sum = firstBlock == 0 ? bias[output] : 0
            for block in firstBlock..<firstBlock + blocksPerChain {
              for y in 0..<kernel.height {
                let inputRow = row * geometry.stride.height + y * geometry.dilation.height - geometry.padding.top
                for x in 0..<kernel.width {
                  let inputColumn =
                    column * geometry.stride.width + x * geometry.dilation.width - geometry.padding.left
                  guard (0..<from.height).contains(inputRow), (0..<from.width).contains(inputColumn) else { continue }
                  for channel in 16 * block..<16 * block + 16 where channel < geometry.inputChannels {
                    let weight = ((output * geometry.inputChannels + channel) * kernel.height + y) * kernel.width + x
                    let value = (channel * from.height + inputRow) * from.width + inputColumn
                    sum.addProduct(input[value], weights[weight])
                  }
                }
              }
            }
            total = firstBlock == 0 ? sum + addend[result.count] : sum + total
          }
          result.append(total)
        }
      }
    }
    return result
  }

  /// Applies a function whose slope is at most 1.5 to sums.
  static func apply(_ activation: Activation?, _ sums: [Expected]) -> [Expected] {
    sums.map {
      let value = activation?($0.value) ?? $0.value
      return Expected(value, magnitude: 1.5 * $0.magnitude + abs(value))
    }
  }

  /// - Parameter window: the input rows and columns of an output, and what a sum is divided by
  static func pool(
    channels: Int, from: Extent, to: Extent, images: Int, _ input: [Float], isMaximum: Bool,
    window: (_ row: Int, _ column: Int) -> (rows: Range<Int>, columns: Range<Int>, divisor: Int)
  ) -> [Expected] {
    var result: [Expected] = []
    for plane in 0..<images * channels {
      for row in 0..<to.height {
        for column in 0..<to.width {
          let window = window(row, column)
          var values: [Double] = []
          for y in window.rows {
            for x in window.columns { values.append(Double(input[(plane * from.height + y) * from.width + x])) }
          }
          if isMaximum {
            result.append(Expected(values.max() ?? .nan))
          } else {
            let divisor = Double(window.divisor)
            result.append(
              Expected(
                values.reduce(0, +) / divisor, magnitude: values.reduce(0) { $0 + abs($1) } / divisor))
          }
        }
      }
    }
    return result
  }

  static func localResponseNorm(
    channels: Int, area: Int, images: Int, _ input: [Float], size: Int, alpha: Float, beta: Float, k: Float
  ) -> [Expected] {
    input.indices.map { index in
      let channel = index / area % channels
      var sum = 0.0
      for other in max(0, channel - size / 2)...min(channels - 1, channel + size / 2) {
        let x = Double(input[index + (other - channel) * area])
        sum += x * x
      }
      return Expected(Double(input[index]) * pow(Double(k) + Double(alpha) * sum, -Double(beta)))
    }
  }

  static func softmax(channels: Int, area: Int, images: Int, _ input: [Float]) -> [Expected] {
    input.indices.map { index in
      let first = index / (area * channels) * (area * channels) + index % area
      let column = (0..<channels).map { Double(input[first + $0 * area]) }
      let largest = column.max() ?? 0
      return Expected(exp(Double(input[index]) - largest) / column.reduce(0) { $0 + exp($1 - largest) })
    }
  }
}
