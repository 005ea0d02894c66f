import ZooTensor

extension Augmentation.Color {
  /// How the colours of one picture change.
  package struct Change: Hashable, Sendable {
    /// Factors of 1 change nothing.
    package var brightness: Float = 1
    package var contrast: Float = 1
    package var saturation: Float = 1
    /// In full turns.
    package var hue: Float = 0

    package init(brightness: Float = 1, contrast: Float = 1, saturation: Float = 1, hue: Float = 0) {
      self.brightness = brightness
      self.contrast = contrast
      self.saturation = saturation
      self.hue = hue
    }
  }

  package func draw(_ random: CounterRandom) -> Change {
    let random = random.with(Augmentation.Stream.color.rawValue)
    func factor(_ index: Int, _ range: Double) -> Float {
      let lowest = max(0, 1 - range)
      return range == 0 ? 1 : Float(lowest + (1 + range - lowest) * random.uniform(index))
    }
    return Change(
      brightness: factor(0, brightness), contrast: factor(1, contrast), saturation: factor(2, saturation),
      hue: hue == 0 ? 0 : Float((2 * random.uniform(3) - 1) * hue))
  }
}

extension Augmentation.Color.Change {
  /// Changes the brightness, then the contrast, the saturation and the hue.
  ///
  /// The first three blend with black, with the mean luminance and with the luminance of each pixel, rounded after each, as
  /// Pillow's `ImageEnhance` does. The hue turns in float32, with nothing lost to 8-bit hues and saturations. Saturation and
  /// hue leave grey pictures as they are.
  package func apply(to pixels: inout [UInt8], layout: PixelLayout) {
    pixels.withUnsafeMutableBufferPointer { pixels in
      if brightness != 1 { applyTable(to: pixels) { blend($0, over: 0, brightness) } }
      if contrast != 1 {
        let mean = meanLuminance(pixels, layout)
        applyTable(to: pixels) { blend($0, over: mean, contrast) }
      }
      guard layout == .rgb, saturation != 1 || hue != 0 else { return }
      for start in stride(from: 0, to: pixels.count, by: 3) {
        if saturation != 1 {
          let grey = luminance(pixels, start)
          for channel in start..<start + 3 { pixels[channel] = blend(pixels[channel], over: grey, saturation) }
        }
        if hue != 0 { turnHue(pixels, start) }
      }
    }
  }

  private func applyTable(to pixels: UnsafeMutableBufferPointer<UInt8>, _ value: (UInt8) -> UInt8) {
    let table = (0...255).map { value(UInt8($0)) }
    table.withUnsafeBufferPointer { table in
      for index in pixels.indices { pixels[index] = table[Int(pixels[index])] }
    }
  }

  /// The hexagon of hues: of the three channels one is the largest, one the smallest, and one rises or falls between them.
  private func turnHue(_ pixels: UnsafeMutableBufferPointer<UInt8>, _ start: Int) {
    let (red, green, blue) = (Float(pixels[start]), Float(pixels[start + 1]), Float(pixels[start + 2]))
    let (high, low) = (max(red, green, blue), min(red, green, blue))
    let chroma = high - low
    guard chroma > 0 else { return }
    let angle =
      if high == red { (green - blue) / chroma } else if high == green { 2 + (blue - red) / chroma } else {
        4 + (red - green) / chroma
      }
    var turned = angle + 6 * hue
    while turned < 0 { turned += 6 }
    while turned >= 6 { turned -= 6 }
    let sector = Int32(turned)
    let part = chroma * (turned - Float(sector))
    let (largest, smallest) = (UInt8(high), UInt8(low))
    let (rising, falling) = (UInt8(low + part + 0.5), UInt8(high - part + 0.5))
    let color =
      switch sector {
      case 0: (largest, rising, smallest)
      case 1: (falling, largest, smallest)
      case 2: (smallest, largest, rising)
      case 3: (smallest, falling, largest)
      case 4: (rising, smallest, largest)
      default: (largest, smallest, falling)
      }
    (pixels[start], pixels[start + 1], pixels[start + 2]) = color
  }
}

/// Pillow's `Image.blend`: rounded towards zero, clipped.
private func blend(_ sample: UInt8, over background: UInt8, _ factor: Float) -> UInt8 {
  let value = Float(background) + factor * (Float(sample) - Float(background))
  return value <= 0 ? 0 : value >= 255 ? 255 : UInt8(value)
}

/// As `convertedToGrey()` has it.
private func luminance(_ pixels: UnsafeMutableBufferPointer<UInt8>, _ start: Int) -> UInt8 {
  let (red, green, blue) = (UInt32(pixels[start]), UInt32(pixels[start + 1]), UInt32(pixels[start + 2]))
  return UInt8((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16)
}

/// Rounded to the nearest.
private func meanLuminance(_ pixels: UnsafeMutableBufferPointer<UInt8>, _ layout: PixelLayout) -> UInt8 {
  let channels = layout.channelCount
  var sum = 0
  for start in stride(from: 0, to: pixels.count, by: channels) {
    sum += Int(channels == 1 ? pixels[start] : luminance(pixels, start))
  }
  return UInt8(Double(sum) / Double(pixels.count / channels) + 0.5)
}
