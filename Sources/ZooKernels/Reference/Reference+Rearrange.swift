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

  /// Each channel is the one given for it of the inputs', counted one after the other, or zeros for `nil`. `area`: the
  /// pixels of a channel.
  package static func selectChannels(_ channels: [Int?], area: Int, of inputs: [Input], into output: Output) {
    let planes = inputs.flatMap { input in
      (0..<input.count / area).map { UnsafeBufferPointer(rebasing: input[$0 * area..<($0 + 1) * area]) }
    }
    for (index, channel) in channels.enumerated() {
      for pixel in 0..<area { output[index * area + pixel] = channel.map { planes[$0][pixel] } ?? 0 }
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
