import ZooTensor

extension Reference {
  /// The gradient of one part of a concatenation: its channels of the whole. `area`: the pixels of a channel.
  package static func concatenateGradient(
    channelsBefore: Int, area: Int, _ outputGradient: Input, into inputGradient: Output
  ) {
    for index in inputGradient.indices { inputGradient[index] = outputGradient[channelsBefore * area + index] }
  }

  /// The gradient of `subsample`: zeros between the pixels that were taken.
  package static func subsampleGradient(
    stride: Extent, channelsBefore: Int, from source: Extent, to target: Extent, _ outputGradient: Input,
    into inputGradient: Output
  ) {
    for index in inputGradient.indices { inputGradient[index] = 0 }
    for channel in 0..<inputGradient.count / source.area {
      let plane = (channelsBefore + channel) * target.area
      for row in 0..<target.height {
        for column in 0..<target.width {
          let pixel = (channel * source.height + row * stride.height) * source.width + column * stride.width
          inputGradient[pixel] = outputGradient[plane + row * target.width + column]
        }
      }
    }
  }
}
