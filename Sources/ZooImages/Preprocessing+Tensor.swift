import ZooTensor

extension Preprocessing {
  /// The 8-bit picture that the network is shown: resized and cropped, grey when the network wants grey, else RGB.
  ///
  /// - Throws: `ImageError` with `.resizeTooLarge` for a picture so narrow that its resize would not fit.
  /// - Precondition: `problems` is empty.
  public func picture(from image: PixelImage) throws(ImageError) -> PixelImage {
    precondition(problems.isEmpty, "\(problems)")
    var picture = channels == .grey ? image.convertedToGrey() : image.convertedToRGB()
    switch resize {
    case .none:
      break
    case .shorterSide(_, let filter), .exact(_, let filter):
      picture = try picture.resized(to: resizedExtent(for: image.extent), filter: filter)
    }
    switch crop {
    case .none: return picture
    case .centre(let extent): return picture.croppedToCentre(extent)
    }
  }

  /// The input of the network: a float32 tensor `[channels, height, width]`.
  ///
  /// - Throws: `ImageError` with `.resizeTooLarge` for a picture so narrow that its resize would not fit.
  /// - Precondition: `problems` is empty.
  public func tensor(from image: PixelImage) throws(ImageError) -> Tensor {
    let picture = try picture(from: image)
    let area = picture.extent.area
    return Tensor(shape: [channels.count, picture.height, picture.width]) { bytes in
      let planes = bytes.bindMemory(to: Float.self)
      picture.pixels.withUnsafeBufferPointer { pixels in
        for channel in 0..<channels.count {
          let values = (0...255).map { value(ofSample: Float($0), channel: channel) }
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

  /// The picture that a tensor `[channels, height, width]` shows: scaling, mean and standard deviation undone, rounded,
  /// clipped to 0...255. What is not a number becomes black.
  ///
  /// - Precondition: `problems` is empty, and the tensor is float32 with that many channels and at least one pixel.
  public func picture(from tensor: Tensor) -> PixelImage {
    precondition(problems.isEmpty, "\(problems)")
    precondition(tensor.shape.isFeatureMap && tensor.shape.channels == channels.count, "a picture of \(tensor.shape)")
    let extent = tensor.shape.extent
    var pixels = [UInt8](repeating: 0, count: tensor.shape.elementCount)
    tensor.withFloats { planes in
      for channel in 0..<channels.count {
        let target = sourceChannel(of: channel)
        for index in 0..<extent.area {
          let sample = sample(ofValue: planes[channel * extent.area + index], channel: channel).rounded()
          pixels[index * channels.count + target] = sample > 0 ? UInt8(min(sample, 255)) : 0
        }
      }
    }
    return PixelImage(
      width: extent.width, height: extent.height, layout: channels == .grey ? .grey : .rgb, pixels: pixels)
  }

  /// Which byte of a pixel a channel of the tensor is made of.
  private func sourceChannel(of channel: Int) -> Int {
    channels == .bgr ? 2 - channel : channel
  }

  private func value(ofSample sample: Float, channel: Int) -> Float {
    let scaled =
      switch scale {
      case .none: sample
      case .divided(let divisor): sample / divisor
      case .multiplied(let factor): sample * factor
      }
    return (scaled - mean[channel]) / standardDeviation[channel]
  }

  private func sample(ofValue value: Float, channel: Int) -> Float {
    let scaled = value * standardDeviation[channel] + mean[channel]
    return switch scale {
    case .none: scaled
    case .divided(let divisor): scaled * divisor
    case .multiplied(let factor): scaled / factor
    }
  }
}
