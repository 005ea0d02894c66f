import Testing
import ZooImages
import ZooTensor

/// Pictures from memory of a caller's.
@Suite struct PixelMemoryTests {
  /// Bytes that are unlike each other.
  private func noise(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }
  }

  /// Pixel by pixel: what the bytes of a picture mean. Transparency is composited on white, as of a PNG file.
  private func expected(
    _ bytes: [UInt8], _ format: PixelFormat, width: Int, height: Int, stride: Int
  ) -> [UInt8] {
    var pixels: [UInt8] = []
    for row in 0..<height {
      for column in 0..<width {
        let pixel = bytes[(row * stride + column * format.byteCount)...].prefix(format.byteCount).map { $0 }
        let colours =
          switch format {
          case .grey, .rgb: pixel
          case .bgr, .bgra: [pixel[2], pixel[1], pixel[0]]
          case .rgba: Array(pixel.prefix(3))
          }
        guard format.byteCount == 4 else {
          pixels += colours
          continue
        }
        let alpha = Double(pixel[3]) / 255
        pixels += colours.map { UInt8((Double($0) * alpha + 255 * (1 - alpha)).rounded()) }
      }
    }
    return pixels
  }

  @Test("every format, with rows that follow each other and with garbage between them", arguments: PixelFormat.allCases)
  func formats(_ format: PixelFormat) throws {
    for (width, height, padding) in [(1, 1, 0), (5, 3, 0), (7, 4, 1), (3, 5, 13), (1, 6, 64)] {
      let row = width * format.byteCount
      let stride = row + padding
      let bytes = noise(height * stride)
      let name = "\(format) \(width)×\(height), \(padding) between rows"
      let image = try PixelImage(width: width, height: height, format: format, bytes: bytes, rowStride: stride)
      #expect(image.layout == (format == .grey ? .grey : .rgb), "\(name)")
      #expect(image.extent == Extent(height: height, width: width), "\(name)")
      #expect(image.pixels == expected(bytes, format, width: width, height: height, stride: stride), "\(name)")
      // What is between rows, and behind the last, is not looked at, and need not be there.
      var other = bytes
      for row in 0..<height {
        for byte in row * stride + width * format.byteCount..<(row + 1) * stride { other[byte] = 255 - bytes[byte] }
      }
      let short = Array(other.dropLast(padding))
      #expect(
        try PixelImage(width: width, height: height, format: format, bytes: short, rowStride: stride) == image,
        "\(name)")
      let pointed = try bytes.withUnsafeBytes {
        try PixelImage(width: width, height: height, format: format, bytes: $0, rowStride: stride)
      }
      #expect(pointed == image, "\(name)")
      if padding == 0 {
        #expect(try PixelImage(width: width, height: height, format: format, bytes: bytes) == image, "\(name)")
      }
    }
  }

  @Test("opaque pixels keep their colours, and transparent ones are white")
  func alpha() throws {
    let bytes: [UInt8] = [10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 128]
    let rgba = try PixelImage(width: 3, height: 1, format: .rgba, bytes: bytes)
    #expect(rgba.pixels == [10, 20, 30, 255, 255, 255, 127, 127, 127])
    let bgra = try PixelImage(width: 3, height: 1, format: .bgra, bytes: bytes)
    #expect(bgra.pixels == [30, 20, 10, 255, 255, 255, 127, 127, 127])
  }

  private func fact(_ width: Int, _ height: Int, _ format: PixelFormat, _ count: Int, _ stride: Int?) -> ImageFact? {
    do {
      _ = try PixelImage(
        width: width, height: height, format: format, bytes: [UInt8](repeating: 0, count: count), rowStride: stride)
      return nil
    } catch {
      return error.fact
    }
  }

  @Test("wrong counts and strides say what was expected and what was found")
  func wrongCounts() {
    let extent = Extent(height: 3, width: 5)
    for found in [0, 59, 61, 600] {
      let wrong = ImageFact.byteCount(.rgba, extent, rowStride: 20, expected: 60...60, found: found)
      #expect(fact(5, 3, .rgba, found, nil) == wrong, "\(found) bytes")
    }
    for found in [0, 34, 39 + 3] {
      let wrong = ImageFact.byteCount(.bgr, extent, rowStride: 13 + 2, expected: 45...45, found: found)
      #expect(fact(5, 3, .bgr, found, 15) == wrong, "\(found) bytes")
    }
    for found in [0, 60, 68] {
      let wrong = ImageFact.byteCount(.grey, extent, rowStride: 31, expected: 67...93, found: found)
      #expect(fact(5, 3, .grey, found, 31) == (found == 68 ? nil : wrong), "\(found) bytes")
    }
    for stride in [Int.min, -20, 0, 19] {
      #expect(fact(5, 3, .rgba, 60, stride) == .rowStride(.rgba, width: 5, found: stride), "stride \(stride)")
    }
  }

  @Test("sides and strides that no memory has are refused, not multiplied")
  func overflow() {
    for (width, height) in [(0, 3), (3, 0), (-1, 3), (3, -1), (.max, 1), (.max / 2, 3), (.min, .min)] as [(Int, Int)] {
      let expected = ImageFact.pixelCount(Extent(height: height, width: width), channels: 3, found: 9)
      #expect(fact(width, height, .rgb, 9, nil) == expected, "\(width)×\(height)")
    }
    let tall = ImageFact.pixelCount(Extent(height: .max, width: 3), channels: 3, found: 9)
    #expect(fact(3, .max, .rgb, 9, nil) == tall)
    let far = ImageFact.pixelCount(Extent(height: 2, width: 3), channels: 3, found: 9)
    #expect(fact(3, 2, .rgb, 9, .max) == far)
  }
}
