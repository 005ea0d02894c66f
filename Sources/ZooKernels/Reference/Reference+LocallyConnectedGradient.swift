import ZooTensor

extension Reference {
  /// The gradient with respect to the input of a locally connected layer.
  package static func locallyConnectedDataGradient(
    _ geometry: ConvolutionGeometry, weights: Input, _ outputGradient: Input, into inputGradient: Output
  ) {
    for index in inputGradient.indices { inputGradient[index] = 0 }
    forEachWeight(geometry) { weight, position, pixel in
      inputGradient[pixel] += weights[weight] * outputGradient[position]
    }
  }

  /// The gradient with respect to the weights of a locally connected layer, summed over a batch.
  package static func locallyConnectedFilterGradient(
    _ geometry: ConvolutionGeometry, inputs: [Input], outputGradients: [Input], into filterGradient: Output
  ) {
    for index in filterGradient.indices { filterGradient[index] = 0 }
    for (input, gradient) in zip(inputs, outputGradients) {
      forEachWeight(geometry) { weight, position, pixel in
        filterGradient[weight] += input[pixel] * gradient[position]
      }
    }
  }

  /// Calls `body` with the places of each weight that touches a pixel, of the output that it adds to, and of the pixel.
  private static func forEachWeight(
    _ geometry: ConvolutionGeometry, _ body: (_ weight: Int, _ position: Int, _ pixel: Int) -> Void
  ) {
    let (rows, columns) = (geometry.vertical, geometry.horizontal)
    let (from, to) = (geometry.input, geometry.output)
    var weight = 0
    for row in 0..<to.height {
      for column in 0..<to.width {
        for channel in 0..<geometry.outputChannels {
          let position = (channel * to.height + row) * to.width + column
          for inputChannel in 0..<geometry.inputChannels {
            for tapRow in 0..<geometry.kernel.height {
              for tapColumn in 0..<geometry.kernel.width {
                if let inputRow = rows.input(output: row, tap: tapRow),
                  let inputColumn = columns.input(output: column, tap: tapColumn)
                {
                  body(weight, position, (inputChannel * from.height + inputRow) * from.width + inputColumn)
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
