import ZooTensor

extension Preprocessing {
  /// The 8-bit picture that the network is shown: resized and cropped, grey when the network wants grey, else RGB.
  ///
  /// - Throws: `ImageError` with `.resizeTooLarge` for a picture so narrow that its resize would not fit.
  /// - Precondition: `problems` is empty.
  public func picture(from image: PixelImage) throws(ImageError) -> PixelImage {
    croppedToCentre(try resizedPicture(from: image))
  }

  private func resizedPicture(from image: PixelImage) throws(ImageError) -> PixelImage {
    precondition(problems.isEmpty, "\(problems)")
    let picture = channels == .grey ? image.convertedToGrey() : image.convertedToRGB()
    guard let filter else { return picture }
    return try picture.resized(to: resizedExtent(for: image.extent), filter: filter)
  }

  private func croppedToCentre(_ picture: PixelImage) -> PixelImage {
    switch crop {
    case .none: picture
    case .centre(let extent): picture.croppedToCentre(extent)
    }
  }

  /// The input of the network: a float32 tensor `[channels, height, width]`.
  ///
  /// - Throws: `ImageError` with `.resizeTooLarge` for a picture so narrow that its resize would not fit, with
  ///   `.meanImageSize` for one whose size is not that of the mean image.
  /// - Precondition: `problems` is empty.
  public func tensor(from image: PixelImage) throws(ImageError) -> Tensor {
    let resized = try resizedPicture(from: image)
    let picture = croppedToCentre(resized)
    let (row, column) = resized.origin(ofCentre: picture.extent)
    return try tensor(of: picture, row: row, column: column, in: resized.extent)
  }

  /// The input of the network that a part of a resized picture makes.
  ///
  /// - Precondition: `problems` is empty.
  /// - Parameters:
  ///   - part: grey when the network wants grey, else RGB; its upper left pixel is at `row` and `column`.
  ///   - row: of the resized picture, where the part begins.
  ///   - column: of the resized picture, where the part begins.
  ///   - resized: the rows and columns that the whole picture gets.
  ///   - isMirrored: whether the result is mirrored left to right, after the mean image is subtracted, as Caffe does.
  /// - Throws: `ImageError` with `.meanImageSize`.
  /// - Returns: `[channels, height, width]`, float32.
  public func tensor(
    of part: PixelImage, row: Int, column: Int, in resized: Extent, isMirrored: Bool = false
  ) throws(ImageError) -> Tensor {
    precondition(problems.isEmpty, "\(problems)")
    precondition(part.layout.channelCount == channels.count, "\(channels) of \(part.layout)")
    let arithmetic = SampleArithmetic(self)
    guard case .image(let meanImage)? = meanImage else {
      return tensor(of: isMirrored ? part.oriented(.mirrored) : part, arithmetic)
    }
    guard let origin = meanImage.origin(of: part.extent, row: row, column: column, in: resized) else {
      let fact = ImageFact.meanImageSize(mean: meanImage.extent, resized: resized, part: part.extent)
      throw ImageError(name: nil, fact: fact)
    }
    let (width, area) = (part.width, part.extent.area)
    return Tensor(shape: [channels.count, part.height, width]) { bytes in
      let planes = bytes.bindMemory(to: Float.self)
      for channel in 0..<channels.count {
        let source = sourceChannel(of: channel)
        for line in 0..<part.height {
          let means = meanImage.offset(channel: channel, row: origin.row + line, column: origin.column)
          for index in 0..<width {
            let pixel = Float(part.pixels[(line * width + index) * channels.count + source])
            let target = isMirrored ? width - 1 - index : index
            planes[channel * area + line * width + target] = arithmetic.value(
              ofSample: pixel - meanImage.values[means + index], channel: channel)
          }
        }
      }
    }
  }

  /// Every pixel alone, by a table.
  private func tensor(of picture: PixelImage, _ arithmetic: SampleArithmetic) -> Tensor {
    let area = picture.extent.area
    return Tensor(shape: [channels.count, picture.height, picture.width]) { bytes in
      let planes = bytes.bindMemory(to: Float.self)
      picture.pixels.withUnsafeBufferPointer { pixels in
        for channel in 0..<channels.count {
          let values = (0...255).map { arithmetic.value(ofSample: Float($0), channel: channel) }
          let source = sourceChannel(of: channel)
          values.withUnsafeBufferPointer { values in
            for index in 0..<area {
              planes[channel * area + index] = values[Int(pixels[index * channels.count + source])]
            }
          }
        }
      }
    }
  }

  /// The picture that a tensor `[channels, height, width]` shows: scaling, means and standard deviation undone,
  /// rounded, clipped to 0...255. What is not a number becomes black.
  ///
  /// - Precondition: `problems` is empty, and the tensor is float32 with that many channels, at least one pixel and no
  ///   more than the mean image has, whose middle it shows.
  public func picture(from tensor: Tensor) -> PixelImage {
    precondition(problems.isEmpty, "\(problems)")
    precondition(tensor.shape.isFeatureMap && tensor.shape.channels == channels.count, "a picture of \(tensor.shape)")
    let extent = tensor.shape.extent
    let arithmetic = SampleArithmetic(self)
    var means: (image: MeanImage, row: Int, column: Int)?
    if case .image(let image)? = meanImage {
      means = (
        image, CentredSpan(of: image.extent.height, target: extent.height).source,
        CentredSpan(of: image.extent.width, target: extent.width).source
      )
    }
    var pixels = [UInt8](repeating: 0, count: tensor.shape.elementCount)
    tensor.withFloats { planes in
      for channel in 0..<channels.count {
        let target = sourceChannel(of: channel)
        for index in 0..<extent.area {
          var sample = arithmetic.sample(ofValue: planes[channel * extent.area + index], channel: channel)
          if let (image, row, column) = means {
            sample +=
              image.values[
                image.offset(channel: channel, row: row + index / extent.width, column: column + index % extent.width)]
          }
          sample = sample.rounded()
          pixels[index * channels.count + target] = sample > 0 ? UInt8(min(sample, 255)) : 0
        }
      }
    }
    return PixelImage(
      width: extent.width, height: extent.height, layout: channels == .grey ? .grey : .rgb, trusted: pixels)
  }

  /// Which byte of a pixel a channel of the tensor is made of.
  private func sourceChannel(of channel: Int) -> Int {
    channels == .bgr ? 2 - channel : channel
  }
}

/// What happens to a sample after its mean of the mean image is subtracted, in float32.
private struct SampleArithmetic {
  private enum Scale {
    case none, divided(by: Float), multiplied(by: Float)
  }

  private let scale: Scale
  private let mean: [Float]
  private let standardDeviation: [Float]

  init(_ preprocessing: Preprocessing) {
    scale =
      switch preprocessing.scale {
      case .none: .none
      case .divided(let divisor): .divided(by: Float(divisor))
      case .multiplied(let factor): .multiplied(by: Float(factor))
      }
    mean = preprocessing.fullMean.map { Float($0) }
    standardDeviation = preprocessing.fullStandardDeviation.map { Float($0) }
  }

  func value(ofSample sample: Float, channel: Int) -> Float {
    let scaled =
      switch scale {
      case .none: sample
      case .divided(let divisor): sample / divisor
      case .multiplied(let factor): sample * factor
      }
    return (scaled - mean[channel]) / standardDeviation[channel]
  }

  func sample(ofValue value: Float, channel: Int) -> Float {
    let scaled = value * standardDeviation[channel] + mean[channel]
    return switch scale {
    case .none: scaled
    case .divided(let divisor): scaled * divisor
    case .multiplied(let factor): scaled / factor
    }
  }
}
