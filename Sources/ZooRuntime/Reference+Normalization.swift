import ZooGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Reference {
  /// `scale · (x − mean) / √(variance + epsilon) + shift`, per channel.
  func batchNormalize(_ norm: BatchNorm, _ input: Input, _ output: Output) {
    func number(_ role: Parameter.Role, _ channel: Int) -> Double {
      withParameter(role) { Double($0?[channel] ?? 0) }
    }
    let area = self.input.extent.area
    for channel in 0..<self.input.channels {
      let factor = number(.weight, channel) / (number(.runningVariance, channel) + norm.epsilon).squareRoot()
      let mean = number(.runningMean, channel)
      let shift = number(.bias, channel)
      for index in channel * area..<(channel + 1) * area {
        output[index] = Float((Double(input[index]) - mean) * factor + shift)
      }
    }
  }

  /// `x / (k + α' · Σ x²)^β`, the sum over the `size` channels around.
  func normalizeLocalResponse(_ norm: LocalResponseNorm, _ input: Input, _ output: Output) {
    let channels = self.input.channels
    let area = self.input.extent.area
    for channel in 0..<channels {
      let neighbours = max(0, channel - norm.size / 2)..<min(channels, channel + norm.size / 2 + 1)
      for pixel in 0..<area {
        var sum = 0.0
        for neighbour in neighbours {
          let x = Double(input[neighbour * area + pixel])
          sum += x * x
        }
        let x = Double(input[channel * area + pixel])
        output[channel * area + pixel] = Float(x / pow(norm.k + norm.effectiveAlpha * sum, norm.beta))
      }
    }
  }

  /// `exp(x − max) / Σ exp(x − max)` over the channels, at each position.
  func softmax(_ input: Input, _ output: Output) {
    let area = self.input.extent.area
    for pixel in 0..<area {
      let scores = stride(from: pixel, to: input.count, by: area).map { Double(input[$0]) }
      let maximum = scores.max() ?? 0
      let powers = scores.map { exp($0 - maximum) }
      let sum = powers.reduce(0, +)
      for (channel, power) in powers.enumerated() { output[channel * area + pixel] = Float(power / sum) }
    }
  }
}
