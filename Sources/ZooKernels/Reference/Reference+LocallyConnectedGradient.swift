import ZooTensor

extension Reference {
  /// The gradient with respect to a locally connected layer's input, given the one with respect to its output before the
  /// function; weights `[outputHeight, outputWidth, outputs, inputs, height, width]`.
  package static func locallyConnectedDataGradient(
    _ geometry: ConvolutionGeometry, weights: Input, _ outputGradient: Input, into inputGradient: Output
  ) {
    for index in inputGradient.indices { inputGradient[index] = 0 }
    forEachProduct(geometry) { weight, input, output in
      inputGradient[input] += weights[weight] * outputGradient[output]
    }
  }

  /// The gradient with respect to a locally connected layer's weights, summed over a batch.
  package static func locallyConnectedFilterGradient(
    _ geometry: ConvolutionGeometry, images: Int, _ input: Input, _ outputGradient: Input, into filterGradient: Output
  ) {
    for index in filterGradient.indices { filterGradient[index] = 0 }
    let (inputs, outputs) = (
      geometry.inputChannels * geometry.input.area, geometry.outputChannels * geometry.output.area
    )
    for image in 0..<images {
      forEachProduct(geometry) { weight, source, target in
        filterGradient[weight] += input[image * inputs + source] * outputGradient[image * outputs + target]
      }
    }
  }

  /// Calls `body` for each product of a weight and an input that an output is a sum of.
  private static func forEachProduct(
    _ geometry: ConvolutionGeometry, _ body: (_ weight: Int, _ input: Int, _ output: Int) -> Void
  ) {
    let (from, to) = (geometry.input, geometry.output)
    var weight = 0
    for row in 0..<to.height {
      for column in 0..<to.width {
        for channel in 0..<geometry.outputChannels {
          for inputChannel in 0..<geometry.inputChannels {
            for tapRow in 0..<geometry.kernel.height {
              for tapColumn in 0..<geometry.kernel.width {
                if let inputRow = geometry.vertical.input(output: row, tap: tapRow),
                  let inputColumn = geometry.horizontal.input(output: column, tap: tapColumn)
                {
                  body(
                    weight, (inputChannel * from.height + inputRow) * from.width + inputColumn,
                    (channel * to.height + row) * to.width + column)
                }
                weight += 1
              }
            }
          }
        }
      }
    }
  }
}
