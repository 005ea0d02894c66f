import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Reference {
  /// `scale · (x − mean) / √(variance + epsilon) + shift`, per channel. `area`: the pixels of a channel.
  package static func batchNormalize(
    scale: Input, shift: Input, mean: Input, variance: Input, epsilon: Double, area: Int, _ input: Input,
    into output: Output
  ) {
    for channel in scale.indices {
      let factor = scale[channel] / (variance[channel] + epsilon).squareRoot()
      for index in channel * area..<(channel + 1) * area {
        output[index] = (input[index] - mean[channel]) * factor + shift[channel]
      }
    }
  }

  /// `x / (k + alpha · Σ x²)^beta`, the sum over the `size` channels around. `area`: the pixels of a channel. `alpha`:
  /// what the plain sum of squares is multiplied with.
  package static func normalizeLocalResponse(
    size: Int, alpha: Double, beta: Double, k: Double, area: Int, _ input: Input, into output: Output
  ) {
    let channels = input.count / area
    for channel in 0..<channels {
      let neighbours = max(0, channel - size / 2)..<min(channels, channel + size / 2 + 1)
      for pixel in 0..<area {
        var sum = 0.0
        for neighbour in neighbours {
          let x = input[neighbour * area + pixel]
          sum += x * x
        }
        let x = input[channel * area + pixel]
        output[channel * area + pixel] = x / pow(k + alpha * sum, beta)
      }
    }
  }

  /// `exp(x − max) / Σ exp(x − max)` over the channels, at each position. `area`: the pixels of a channel.
  package static func softmax(area: Int, _ input: Input, into output: Output) {
    for pixel in 0..<area {
      let scores = stride(from: pixel, to: input.count, by: area).map { input[$0] }
      let maximum = scores.max() ?? 0
      let powers = scores.map { exp($0 - maximum) }
      let sum = powers.reduce(0, +)
      for (channel, power) in powers.enumerated() { output[channel * area + pixel] = power / sum }
    }
  }
}
