import ZooTensor

extension Reference {
  /// The gradient with respect to a function's argument. `value`: the argument if `Activation.gradientReadsInput`, else
  /// the result.
  package static func activationGradient(
    _ activation: Activation, value: Input, _ outputGradient: Input, into inputGradient: Output
  ) {
    for index in inputGradient.indices {
      inputGradient[index] = outputGradient[index] * activation.derivative(value[index])
    }
  }

  /// The gradient with respect to one factor of a product. If that is one number for each channel, it is the sum over
  /// the pixels. `others`: the other factors, each a map or one number for each channel. `area`: the pixels of a
  /// channel of the product.
  package static func multiplyGradient(
    others: [Input], area: Int, _ outputGradient: Input, into inputGradient: Output
  ) {
    for index in inputGradient.indices { inputGradient[index] = 0 }
    for (index, gradient) in outputGradient.enumerated() {
      let term = others.reduce(gradient) { $0 * $1[$1.count == outputGradient.count ? index : index / area] }
      inputGradient[inputGradient.count == outputGradient.count ? index : index / area] += term
    }
  }

  /// The gradient with respect to what `prelu` reads.
  package static func preluGradient(
    slopes: Input, area: Int, _ input: Input, _ outputGradient: Input, into inputGradient: Output
  ) {
    for index in inputGradient.indices {
      let slope = slopes[slopes.count == 1 ? 0 : index / area]
      inputGradient[index] = outputGradient[index] * (input[index] > 0 ? 1 : slope)
    }
  }

  /// The gradient with respect to the slopes of `prelu`, summed over a batch: one, or one for each channel.
  package static func preluSlopeGradient(
    area: Int, inputs: [Input], outputGradients: [Input], into slopeGradient: Output
  ) {
    for index in slopeGradient.indices { slopeGradient[index] = 0 }
    for (input, gradient) in zip(inputs, outputGradients) {
      for (index, x) in input.enumerated() where x <= 0 {
        slopeGradient[slopeGradient.count == 1 ? 0 : index / area] += x * gradient[index]
      }
    }
  }

  /// Elements left out at random: the one at `index` is kept, and divided by `1 − probability`, if
  /// `random.uniform(index) >= probability`. The gradient is the same function of the result's gradient.
  package static func dropout(
    _ random: CounterRandom, probability: Double, isPerImage: Bool = false, _ input: Input, into output: Output
  ) {
    for index in output.indices {
      output[index] = random.uniform(isPerImage ? 0 : index) >= probability ? input[index] / (1 - probability) : 0
    }
  }

  /// The gradient with respect to the input of a fully connected layer, given the one with respect to its output before
  /// the function; weights `[outputs, inputs]`.
  package static func fullyConnectedDataGradient(
    weights: Input, _ outputGradient: Input, into inputGradient: Output
  ) {
    for index in inputGradient.indices {
      var sum = 0.0
      for (feature, gradient) in outputGradient.enumerated() {
        sum += gradient * weights[feature * inputGradient.count + index]
      }
      inputGradient[index] = sum
    }
  }

  /// The gradient with respect to the weights `[outputs, inputs]` of a fully connected layer, summed over a batch.
  package static func fullyConnectedWeightGradient(
    inputs: [Input], outputGradients: [Input], into weightGradient: Output
  ) {
    let columns = inputs[0].count
    for index in weightGradient.indices {
      let (feature, column) = index.quotientAndRemainder(dividingBy: columns)
      weightGradient[index] = zip(inputs, outputGradients).reduce(0.0) { $0 + $1.0[column] * $1.1[feature] }
    }
  }

  /// The gradient with respect to one bias for each channel, or each feature: the sum over the pixels and the batch.
  /// `area`: the pixels of a channel.
  package static func biasGradient(area: Int, outputGradients: [Input], into biasGradient: Output) {
    for channel in biasGradient.indices {
      var sum = 0.0
      for gradient in outputGradients {
        for index in channel * area..<(channel + 1) * area { sum += gradient[index] }
      }
      biasGradient[channel] = sum
    }
  }
}
