import ZooTensor

/// Normalisation with statistics of the value itself: over the channels at each position, or over the positions of each group of
/// channels.
extension Reference {
  /// `weight · (x − mean) / √(variance + epsilon) + bias`. `groups`: of channels; `nil` for all channels at each
  /// position. `area`: the pixels of a channel.
  package static func normalize(
    groups: Int?, weight: Input, bias: Input, epsilon: Double, area: Int, _ input: Input, into output: Output
  ) {
    for set in sets(groups, count: input.count, area: area) {
      let (mean, scale) = statistics(of: input, over: set, epsilon: epsilon)
      for index in set { output[index] = (input[index] - mean) * scale * weight[index / area] + bias[index / area] }
    }
  }

  /// The gradient with respect to the input of `normalize`:
  /// `(dy · weight − mean(dy · weight) − x̂ · mean(dy · weight · x̂)) / √(variance + epsilon)`.
  package static func normalizationGradient(
    groups: Int?, weight: Input, epsilon: Double, area: Int, _ input: Input, _ outputGradient: Input,
    into inputGradient: Output
  ) {
    for set in sets(groups, count: input.count, area: area) {
      let (mean, scale) = statistics(of: input, over: set, epsilon: epsilon)
      var (sum, products) = (0.0, 0.0)
      for index in set {
        let gradient = outputGradient[index] * weight[index / area]
        sum += gradient
        products += gradient * (input[index] - mean) * scale
      }
      let count = Double(set.count)
      for index in set {
        let normalized = (input[index] - mean) * scale
        inputGradient[index] =
          scale * (outputGradient[index] * weight[index / area] - sum / count - normalized * products / count)
      }
    }
  }

  /// The gradient with respect to the weights of `normalize`, summed over a batch.
  package static func normalizationWeightGradient(
    groups: Int?, epsilon: Double, area: Int, inputs: [Input], outputGradients: [Input], into weightGradient: Output
  ) {
    for channel in weightGradient.indices { weightGradient[channel] = 0 }
    for (input, gradient) in zip(inputs, outputGradients) {
      for set in sets(groups, count: input.count, area: area) {
        let (mean, scale) = statistics(of: input, over: set, epsilon: epsilon)
        for index in set { weightGradient[index / area] += gradient[index] * (input[index] - mean) * scale }
      }
    }
  }

  /// The elements over which statistics are taken.
  private static func sets(_ groups: Int?, count: Int, area: Int) -> [[Int]] {
    guard let groups else { return (0..<area).map { Array(stride(from: $0, to: count, by: area)) } }
    let size = count / groups
    return (0..<groups).map { Array($0 * size..<($0 + 1) * size) }
  }

  /// The mean, and the reciprocal of the standard deviation.
  private static func statistics(
    of input: Input, over set: [Int], epsilon: Double
  ) -> (mean: Double, scale: Double) {
    let count = Double(set.count)
    let mean = set.reduce(0.0) { $0 + input[$1] } / count
    let variance = set.reduce(0.0) { $0 + (input[$1] - mean) * (input[$1] - mean) } / count
    return (mean, 1 / (variance + epsilon).squareRoot())
  }
}
