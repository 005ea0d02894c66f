import ZooTensor

extension Reference {
  /// `f(bias + weights ∗ input + addend)`; weights `[outputs, inputs / groups, height, width]`.
  package static func convolve(
    _ geometry: ConvolutionGeometry, weights: Input, bias: Input?, _ activation: Activation?, _ input: Input,
    adding addend: Input?, into output: Output
  ) {
    let rows = geometry.vertical
    let columns = geometry.horizontal.meetings
    let inputs = geometry.inputChannelsPerGroup
    var sums = [Double](repeating: 0, count: geometry.output.width)
    for channel in 0..<geometry.outputChannels {
      let firstInput = channel / geometry.outputChannelsPerGroup * inputs
      for row in 0..<geometry.output.height {
        for column in sums.indices { sums[column] = bias?[channel] ?? 0 }
        for tapRow in 0..<geometry.kernel.height {
          guard let inputRow = rows.input(output: row, tap: tapRow) else { continue }
          for (tapColumn, outputs, inputColumn) in columns {
            addProducts(
              count: inputs, weights,
              Steps(
                from: (channel * inputs * geometry.kernel.height + tapRow) * geometry.kernel.width + tapColumn,
                by: geometry.kernel.area),
              input,
              Steps(
                from: (firstInput * geometry.input.height + inputRow) * geometry.input.width + inputColumn,
                by: geometry.input.area),
              stride: geometry.stride.width, into: &sums, outputs.lowerBound, stride: 1, pixels: outputs.count)
          }
        }
        let start = (channel * geometry.output.height + row) * geometry.output.width
        for column in sums.indices {
          let sum = sums[column] + (addend?[start + column] ?? 0)
          output[start + column] = activation?(sum) ?? sum
        }
      }
    }
  }

  /// The gradient with respect to a convolution's input, given the one with respect to its output before the function.
  package static func convolutionDataGradient(
    _ geometry: ConvolutionGeometry, weights: Input, _ outputGradient: Input, into inputGradient: Output
  ) {
    let readers = (0..<geometry.input.height).map { geometry.vertical.readers(input: $0) }
    let columns = geometry.horizontal.meetings
    let (inputs, outputs) = (geometry.inputChannelsPerGroup, geometry.outputChannelsPerGroup)
    var sums = [Double](repeating: 0, count: geometry.input.width)
    for channel in 0..<geometry.inputChannels {
      let (group, inputChannel) = channel.quotientAndRemainder(dividingBy: inputs)
      for row in 0..<geometry.input.height {
        for column in sums.indices { sums[column] = 0 }
        for (outputRow, tapRow) in readers[row] {
          let weight =
            ((group * outputs * inputs + inputChannel) * geometry.kernel.height + tapRow)
            * geometry.kernel.width
          let line = (group * outputs * geometry.output.height + outputRow) * geometry.output.width
          for (tapColumn, touched, inputColumn) in columns {
            addProducts(
              count: outputs, weights, Steps(from: weight + tapColumn, by: inputs * geometry.kernel.area),
              outputGradient, Steps(from: line + touched.lowerBound, by: geometry.output.area), stride: 1,
              into: &sums, inputColumn, stride: geometry.stride.width, pixels: touched.count)
          }
        }
        let start = (channel * geometry.input.height + row) * geometry.input.width
        for column in sums.indices { inputGradient[start + column] = sums[column] }
      }
    }
  }

  /// The gradient with respect to a convolution's weights, summed over a batch.
  package static func convolutionFilterGradient(
    _ geometry: ConvolutionGeometry, images: Int, _ input: Input, _ outputGradient: Input, into filterGradient: Output
  ) {
    let (rows, columns) = (geometry.vertical, geometry.horizontal)
    let (from, to) = (geometry.input, geometry.output)
    var position = 0
    for channel in 0..<geometry.outputChannels {
      let firstInput = channel / geometry.outputChannelsPerGroup * geometry.inputChannelsPerGroup
      for inputChannel in firstInput..<firstInput + geometry.inputChannelsPerGroup {
        for tapRow in 0..<geometry.kernel.height {
          for tapColumn in 0..<geometry.kernel.width {
            var sum = 0.0
            for image in 0..<images {
              let source = (image * geometry.inputChannels + inputChannel) * from.height
              let target = (image * geometry.outputChannels + channel) * to.height
              for row in rows.outputs(tap: tapRow) {
                guard let inputRow = rows.input(output: row, tap: tapRow) else { continue }
                for column in columns.outputs(tap: tapColumn) {
                  guard let inputColumn = columns.input(output: column, tap: tapColumn) else { continue }
                  sum +=
                    outputGradient[(target + row) * to.width + column]
                    * input[(source + inputRow) * from.width + inputColumn]
                }
              }
            }
            filterGradient[position] = sum
            position += 1
          }
        }
      }
    }
  }

  /// As a convolution; weights `[outputHeight, outputWidth, outputs, inputs, height, width]`, bias
  /// `[outputs, outputHeight, outputWidth]`.
  package static func locallyConnect(
    _ geometry: ConvolutionGeometry, weights: Input, bias: Input?, _ activation: Activation?, _ input: Input,
    into output: Output
  ) {
    let (rows, columns) = (geometry.vertical, geometry.horizontal)
    let (from, to) = (geometry.input, geometry.output)
    var weight = 0
    for row in 0..<to.height {
      for column in 0..<to.width {
        for channel in 0..<geometry.outputChannels {
          let position = (channel * to.height + row) * to.width + column
          var sum = bias?[position] ?? 0
          for inputChannel in 0..<geometry.inputChannels {
            for tapRow in 0..<geometry.kernel.height {
              for tapColumn in 0..<geometry.kernel.width {
                if let inputRow = rows.input(output: row, tap: tapRow),
                  let inputColumn = columns.input(output: column, tap: tapColumn)
                {
                  let pixel = (inputChannel * from.height + inputRow) * from.width + inputColumn
                  sum += weights[weight] * input[pixel]
                }
                weight += 1
              }
            }
          }
          output[position] = activation?(sum) ?? sum
        }
      }
    }
  }

  /// `f(W x + b)`; weights `[outputs, inputs]`.
  package static func fullyConnect(
    weights: Input, bias: Input?, _ activation: Activation?, _ input: Input, into output: Output
  ) {
    for feature in output.indices {
      let row = feature * input.count
      var sum = bias?[feature] ?? 0
      for index in input.indices { sum += weights[row + index] * input[index] }
      output[feature] = activation?(sum) ?? sum
    }
  }

  /// Where the first of several channels has something, and how far it is from each to the next.
  private struct Steps {
    let first: Int
    let step: Int

    init(from first: Int, by step: Int) {
      self.first = first
      self.step = step
    }
  }

  /// Adds a weight times a stretch of a row to a stretch of sums, for each of `count` channels: the loop that a reference
  /// run spends its time in.
  private static func addProducts(
    count: Int, _ weights: Input, _ weight: Steps, _ source: Input, _ line: Steps,
    stride sourceStride: Int, into sums: inout [Double], _ firstSum: Int, stride sumStride: Int, pixels: Int
  ) {
    let lastPixel = pixels - 1
    precondition(
      weight.first + (count - 1) * weight.step < weights.count
        && line.first + (count - 1) * line.step + lastPixel * sourceStride < source.count
        && firstSum + lastPixel * sumStride < sums.count)
    sums.withUnsafeMutableBufferPointer { sums in
      guard let source = source.baseAddress, let sums = sums.baseAddress else { return }
      let target = sums + firstSum
      for channel in 0..<count {
        let factor = weights[weight.first + channel * weight.step]
        let row = source + line.first + channel * line.step
        if sourceStride == 1 && sumStride == 1 {
          for pixel in 0..<pixels { target[pixel] += factor * row[pixel] }
        } else {
          for pixel in 0..<pixels { target[pixel &* sumStride] += factor * row[pixel &* sourceStride] }
        }
      }
    }
  }
}

extension ConvolutionAxis {
  /// For each tap that touches an output: which it touches, and what it reads for the first of them.
  fileprivate var meetings: [(tap: Int, outputs: Range<Int>, firstInput: Int)] {
    (0..<kernel).compactMap { tap in
      let outputs = outputs(tap: tap)
      return input(output: outputs.lowerBound, tap: tap).map { (tap, outputs, $0) }
    }
  }
}
