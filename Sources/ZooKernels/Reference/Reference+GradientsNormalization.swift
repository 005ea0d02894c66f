import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Reference {
  /// The mean of each channel over the pixels and the batch, then the variance of each: the mean square of the
  /// distances from the mean. `area`: the pixels of a channel.
  package static func batchStatistics(_ images: [Input], area: Int, into statistics: Output) {
    let channels = statistics.count / 2
    let count = Double(images.count * area)
    for channel in 0..<channels {
      func mean(_ term: (Double) -> Double) -> Double {
        var sum = 0.0
        for image in images {
          for index in channel * area..<(channel + 1) * area { sum += term(image[index]) }
        }
        return sum / count
      }
      let center = mean { $0 }
      statistics[channel] = center
      statistics[channels + channel] = mean { ($0 - center) * ($0 - center) }
    }
  }

  /// `scale · (x − mean) / √(variance + epsilon) + shift`, per channel. `statistics`: as of `batchStatistics`.
  package static func batchNormalize(
    scale: Input, shift: Input, statistics: Input, epsilon: Double, area: Int, _ input: Input, into output: Output
  ) {
    let channels = scale.count
    batchNormalize(
      scale: scale, shift: shift, mean: Input(rebasing: statistics[..<channels]),
      variance: Input(rebasing: statistics[channels...]), epsilon: epsilon, area: area, input, into: output)
  }

  /// The gradients with respect to the scale and to the shift of a batch normalisation, summed over the pixels and the
  /// batch: all of the scale's, `Σ dy · (x − mean) / √(variance + epsilon)`, then all of the shift's, `Σ dy`.
  package static func batchNormParameterGradient(
    statistics: Input, epsilon: Double, area: Int, inputs: [Input], outputGradients: [Input], into gradients: Output
  ) {
    let channels = statistics.count / 2
    for channel in 0..<channels {
      let factor = 1 / (statistics[channels + channel] + epsilon).squareRoot()
      var (products, sum) = (0.0, 0.0)
      for (input, gradient) in zip(inputs, outputGradients) {
        for index in channel * area..<(channel + 1) * area {
          products += gradient[index] * (input[index] - statistics[channel]) * factor
          sum += gradient[index]
        }
      }
      gradients[channel] = products
      gradients[channels + channel] = sum
    }
  }

  /// The gradient with respect to the input of a batch normalisation with the statistics of the batch, for one of its
  /// images: `scale / √(variance + epsilon) · (dy − mean(dy) − x̂ · mean(dy · x̂))` (Ioffe & Szegedy, 2015).
  /// `gradients`: as of `batchNormParameterGradient`. `count`: the pixels of a channel in all images.
  package static func batchNormDataGradient(
    scale: Input, statistics: Input, epsilon: Double, gradients: Input, count: Int, area: Int, _ input: Input,
    _ outputGradient: Input, into inputGradient: Output
  ) {
    let channels = scale.count
    for channel in 0..<channels {
      let factor = 1 / (statistics[channels + channel] + epsilon).squareRoot()
      let products = gradients[channel] / Double(count)
      let mean = gradients[channels + channel] / Double(count)
      for index in channel * area..<(channel + 1) * area {
        let normalized = (input[index] - statistics[channel]) * factor
        inputGradient[index] = scale[channel] * factor * (outputGradient[index] - mean - normalized * products)
      }
    }
  }

  /// The gradient with respect to the input of a batch normalisation with fixed statistics.
  package static func batchNormDataGradient(
    scale: Input, variance: Input, epsilon: Double, area: Int, _ outputGradient: Input, into inputGradient: Output
  ) {
    for index in inputGradient.indices {
      let channel = index / area
      inputGradient[index] = outputGradient[index] * scale[channel] / (variance[channel] + epsilon).squareRoot()
    }
  }

  /// The gradient with respect to the input of `normalizeLocalResponse`.
  package static func localResponseNormGradient(
    size: Int, alpha: Double, beta: Double, k: Double, area: Int, _ input: Input, _ outputGradient: Input,
    into inputGradient: Output
  ) {
    let channels = input.count / area
    func neighbours(_ channel: Int) -> Range<Int> {
      max(0, channel - size / 2)..<min(channels, channel + size / 2 + 1)
    }
    for pixel in 0..<area {
      let bases = (0..<channels).map { channel in
        neighbours(channel).reduce(k) {
          $0 + alpha * input[$1 * area + pixel] * input[$1 * area + pixel]
        }
      }
      for channel in 0..<channels {
        let index = channel * area + pixel
        var sum = 0.0
        for neighbour in neighbours(channel) {
          let other = neighbour * area + pixel
          sum += outputGradient[other] * input[other] * pow(bases[neighbour], -beta - 1)
        }
        inputGradient[index] =
          outputGradient[index] * pow(bases[channel], -beta) - 2 * alpha * beta * input[index] * sum
      }
    }
  }

  /// The gradient with respect to the input of a softmax over the channels, `y · (dy − Σ dy · y)`. `area`: the pixels
  /// of a channel. `output`: what the softmax gave.
  package static func softmaxGradient(
    area: Int, output: Input, _ outputGradient: Input, into inputGradient: Output
  ) {
    for pixel in 0..<area {
      let indices = stride(from: pixel, to: output.count, by: area)
      let sum = indices.reduce(0.0) { $0 + outputGradient[$1] * output[$1] }
      for index in indices { inputGradient[index] = output[index] * (outputGradient[index] - sum) }
    }
  }
}
