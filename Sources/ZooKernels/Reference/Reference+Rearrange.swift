import ZooTensor

extension Reference {
  /// The inputs one after the other along the channels.
  package static func concatenate(_ inputs: [Input], into output: Output) {
    var position = 0
    for input in inputs {
      for element in input {
        output[position] = element
        position += 1
      }
    }
  }

  /// Every `stride`-th row and column of a map, with channels of zeros before and after.
  package static func subsample(
    stride: Extent, channelsBefore: Int, from source: Extent, to target: Extent, _ input: Input, into output: Output
  ) {
    for channel in 0..<output.count / target.area {
      let plane = (channel - channelsBefore) * source.area
      for row in 0..<target.height {
        for column in 0..<target.width {
          let pixel = plane + row * stride.height * source.width + column * stride.width
          output[(channel * target.height + row) * target.width + column] =
            (0..<input.count).contains(plane) ? input[pixel] : 0
        }
      }
    }
  }
}
