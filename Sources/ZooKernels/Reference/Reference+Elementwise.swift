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

  /// The sum of the inputs, then the function.
  package static func add(_ inputs: [Input], _ activation: Activation?, into output: Output) {
    for index in output.indices {
      let sum = inputs.reduce(0.0) { $0 + $1[index] }
      output[index] = activation?(sum) ?? sum
    }
  }

  /// The product of the inputs, then the function. An input of one number for each channel is a factor for all of its
  /// pixels. `area`: the pixels of a channel of the output.
  package static func multiply(_ inputs: [Input], area: Int, _ activation: Activation?, into output: Output) {
    for index in output.indices {
      let product = inputs.reduce(1.0) { $0 * $1[$1.count == output.count ? index : index / area] }
      output[index] = activation?(product) ?? product
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
