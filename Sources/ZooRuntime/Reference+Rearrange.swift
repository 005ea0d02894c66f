import ZooGraph

extension Reference {
  /// The inputs one after the other along the channels.
  func concatenate(_ inputs: [Input], _ output: Output) {
    var position = 0
    for input in inputs {
      for element in input {
        output[position] = element
        position += 1
      }
    }
  }

  /// Every `stride`-th row and column, with channels of zeros before and after.
  func subsample(_ subsample: Subsample, _ input: Input, _ output: Output) {
    let source = self.input.extent
    let target = node.shape.extent
    for channel in 0..<node.shape.channels {
      let from = channel - subsample.channelsBefore
      for row in 0..<target.height {
        for column in 0..<target.width {
          let pixel = (row * subsample.stride.height) * source.width + column * subsample.stride.width
          output[(channel * target.height + row) * target.width + column] =
            (0..<self.input.channels).contains(from) ? input[from * source.area + pixel] : 0
        }
      }
    }
  }
}
