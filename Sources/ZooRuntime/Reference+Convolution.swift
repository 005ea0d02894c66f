import ZooGraph
import ZooTensor

extension Reference {
  /// `f(bias + weights ∗ input + addend)`; weights `[outputs, inputs / groups, height, width]`.
  func convolve(
    _ geometry: ConvolutionGeometry, _ activation: Activation?, _ input: Input, adding addend: Input?, _ output: Output
  ) {
    let padded = PaddedImage(input, geometry)
    let extent = geometry.output
    var sums = [Double](repeating: 0, count: extent.width)
    withParameter(.weight) { weights in
      withParameter(.bias) { bias in
        guard let weights else { return }
        for channel in 0..<geometry.outputChannels {
          let group = channel / geometry.outputChannelsPerGroup
          for row in 0..<extent.height {
            for column in sums.indices { sums[column] = Double(bias?[channel] ?? 0) }
            var tap = channel * geometry.inputChannelsPerGroup * geometry.kernel.area
            for inputChannel in 0..<geometry.inputChannelsPerGroup {
              for kernelRow in 0..<geometry.kernel.height {
                for kernelColumn in 0..<geometry.kernel.width {
                  padded.accumulate(
                    Double(weights[tap]), channel: group * geometry.inputChannelsPerGroup + inputChannel,
                    row: row * geometry.stride.height + kernelRow * geometry.dilation.height,
                    column: kernelColumn * geometry.dilation.width, stride: geometry.stride.width, into: &sums)
                  tap += 1
                }
              }
            }
            let start = (channel * extent.height + row) * extent.width
            for column in sums.indices {
              let sum = sums[column] + Double(addend?[start + column] ?? 0)
              output[start + column] = Float(activation?(sum) ?? sum)
            }
          }
        }
      }
    }
  }

  /// As a convolution; weights `[outputHeight, outputWidth, outputs, inputs, height, width]`, bias
  /// `[outputs, outputHeight, outputWidth]`.
  func locallyConnect(_ geometry: ConvolutionGeometry, _ input: Input, _ output: Output) {
    let padded = PaddedImage(input, geometry)
    let extent = geometry.output
    withParameter(.weight) { weights in
      withParameter(.bias) { bias in
        guard let weights else { return }
        var tap = 0
        for row in 0..<extent.height {
          for column in 0..<extent.width {
            for channel in 0..<geometry.outputChannels {
              let position = (channel * extent.height + row) * extent.width + column
              var sum = [Double(bias?[position] ?? 0)]
              for inputChannel in 0..<geometry.inputChannels {
                for kernelRow in 0..<geometry.kernel.height {
                  for kernelColumn in 0..<geometry.kernel.width {
                    padded.accumulate(
                      Double(weights[tap]), channel: inputChannel, row: row * geometry.stride.height + kernelRow,
                      column: column * geometry.stride.width + kernelColumn, stride: 1, into: &sum)
                    tap += 1
                  }
                }
              }
              output[position] = Float(sum[0])
            }
          }
        }
      }
    }
  }

  /// `f(W x + b)`; weights `[outputs, inputs]`.
  func fullyConnect(_ layer: FullyConnected, _ input: Input, _ output: Output) {
    withParameter(.weight) { weights in
      withParameter(.bias) { bias in
        guard let weights else { return }
        for feature in 0..<layer.outputFeatures {
          let row = feature * input.count
          var sum = Double(bias?[feature] ?? 0)
          for index in input.indices { sum += Double(weights[row + index]) * Double(input[index]) }
          output[feature] = Float(layer.activation?(sum) ?? sum)
        }
      }
    }
  }
}

/// An image in double precision with its padding around it.
private struct PaddedImage {
  private let extent: Extent
  private var elements: [Double]

  init(_ input: UnsafeBufferPointer<Float>, _ geometry: ConvolutionGeometry) {
    let padding = geometry.padding
    extent = Extent(
      height: geometry.input.height + padding.vertical, width: geometry.input.width + padding.horizontal)
    elements = Array(repeating: 0, count: geometry.inputChannels * extent.area)
    var source = 0
    for channel in 0..<geometry.inputChannels {
      for row in 0..<geometry.input.height {
        let start = channel * extent.area + (row + padding.top) * extent.width + padding.left
        for column in 0..<geometry.input.width {
          elements[start + column] = Double(input[source])
          source += 1
        }
      }
    }
  }

  /// Adds `weight` times the pixels of a row, from `column` on in steps of `stride`, to the sums: the loop that a
  /// reference run spends its time in.
  @inline(__always)
  func accumulate(_ weight: Double, channel: Int, row: Int, column: Int, stride: Int, into sums: inout [Double]) {
    let start = channel * extent.area + row * extent.width + column
    let count = sums.count
    precondition(start + (count - 1) * stride < elements.count)
    elements.withUnsafeBufferPointer { elements in
      sums.withUnsafeMutableBufferPointer { sums in
        guard let source = elements.baseAddress, let sums = sums.baseAddress else { return }
        let pixels = source + start
        if stride == 1 {
          for index in 0..<count { sums[index] += weight * pixels[index] }
        } else {
          for index in 0..<count { sums[index] += weight * pixels[index &* stride] }
        }
      }
    }
  }
}
