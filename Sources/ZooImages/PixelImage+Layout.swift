extension PixelImage {
  /// The luminance as Pillow's `convert("L")` has it: ITU-R 601-2 weights in 16-bit fixed point, rounded.
  ///
  /// A grey picture, and one whose channels are equal, keeps its values.
  public func convertedToGrey() -> PixelImage {
    switch layout {
    case .grey:
      return self
    case .rgb:
      let count = width * height
      let grey = [UInt8](unsafeUninitializedCapacity: count) { target, initializedCount in
        pixels.withUnsafeBufferPointer { source in
          for index in 0..<count {
            let red = UInt32(source[3 * index])
            let green = UInt32(source[3 * index + 1])
            let blue = UInt32(source[3 * index + 2])
            target[index] = UInt8((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16)
          }
        }
        initializedCount = count
      }
      return PixelImage(width: width, height: height, layout: .grey, trusted: grey)
    }
  }

  /// The same picture with three channels.
  public func convertedToRGB() -> PixelImage {
    switch layout {
    case .rgb:
      return self
    case .grey:
      let rgb = [UInt8](unsafeUninitializedCapacity: 3 * pixels.count) { target, initializedCount in
        for (index, value) in pixels.enumerated() {
          target[3 * index] = value
          target[3 * index + 1] = value
          target[3 * index + 2] = value
        }
        initializedCount = 3 * pixels.count
      }
      return PixelImage(width: width, height: height, layout: .rgb, trusted: rgb)
    }
  }
}

/// Turns `count` pixels of four bytes, in place, into three bytes each; what follows them is left over.
enum FourChannelPixels {
  /// Composites straight alpha on white, in the fixed point of Pillow's `alpha_composite`.
  static func compositeOnWhite(_ bytes: UnsafeMutableBufferPointer<UInt8>, count: Int) {
    for index in 0..<count {
      let alpha = bytes[4 * index + 3]
      for channel in 0..<3 {
        bytes[3 * index + channel] = onWhite(bytes[4 * index + channel], alpha: alpha)
      }
    }
  }

  /// A sample with straight alpha on white.
  static func onWhite(_ sample: UInt8, alpha: UInt8) -> UInt8 {
    let foreground = UInt32(alpha) << 7
    let white = 255 * ((255 << 7) - foreground)
    let sum = UInt32(sample) * foreground + white + (0x80 << 7)
    return UInt8((((sum >> 8) + sum) >> 8) >> 7)
  }

  /// Converts CMYK as Adobe writes it into JPEG files (255 means no ink) as Pillow's `convert("RGB")` does.
  static func convertInvertedCMYK(_ bytes: UnsafeMutableBufferPointer<UInt8>, count: Int) {
    for index in 0..<count {
      let light = UInt32(bytes[4 * index + 3])
      for channel in 0..<3 {
        let ink = 255 - UInt32(bytes[4 * index + channel])
        let product = ink * light + 128
        bytes[3 * index + channel] = UInt8(light - ((product >> 8) + product) >> 8)
      }
    }
  }
}
