import ZooTensor

extension Reference {
  package static func copy(_ input: Input, into output: Output) {
    for index in output.indices { output[index] = input[index] }
  }

  package static func activate(_ activation: Activation, _ input: Input, into output: Output) {
    for index in output.indices { output[index] = activation(input[index]) }
  }

  /// The mean over the images of a batch.
  package static func average(_ images: [Input], into output: Output) {
    for index in output.indices {
      output[index] = images.reduce(0.0) { $0 + $1[index] } / Double(images.count)
    }
  }

  /// The sum or the product of the inputs, then the function. An input of one number for each channel stands for a map of
  /// it. `area`: the pixels of a channel of the output.
  package static func join(
    _ join: Join, _ inputs: [Input], area: Int, _ activation: Activation?, into output: Output
  ) {
    for index in output.indices {
      let joined = inputs.reduce(join.neutral) { join($0, $1[$1.count == output.count ? index : index / area]) }
      output[index] = activation?(joined) ?? joined
    }
  }

  /// `x` where positive, else `slope · x`; one slope, or one for each channel. `area`: the pixels of a channel.
  package static func prelu(slopes: Input, area: Int, _ input: Input, into output: Output) {
    for index in output.indices {
      let (x, slope) = (input[index], slopes[slopes.count == 1 ? 0 : index / area])
      output[index] = x > 0 ? x : slope * x
    }
  }
}
