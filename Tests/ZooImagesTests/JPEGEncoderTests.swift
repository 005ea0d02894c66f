import Testing
import ZooImages

@Suite("JPEG encoder") struct JPEGEncoderTests {
  /// Smooth, so that few levels are lost.
  private func picture(_ layout: PixelLayout) -> PixelImage {
    let (width, height, channels) = (37, 21, layout.channelCount)
    return PixelImage(
      width: width, height: height, layout: layout,
      trusted: (0..<width * height * channels).map { index in
        let (pixel, channel) = (index / channels, index % channels)
        return UInt8(40 + 3 * (pixel % width) + 2 * (pixel / width) + 20 * channel)
      })
  }

  @Test("keeps size, layout and, nearly, the pixels", arguments: PixelLayout.allCases)
  func roundTrip(_ layout: PixelLayout) throws {
    let picture = picture(layout)
    let bytes = try picture.encodedAsJPEG(quality: 90)
    let read = try PixelImage(bytes: bytes)
    #expect(read.extent == picture.extent)
    let differences = zip(read.pixels, picture.convertedToRGB().pixels).map { abs(Int($0) - Int($1)) }
    #expect(Double(differences.reduce(0, +)) / Double(differences.count) < 2, "\(layout)")
    if layout == .grey { #expect(read == read.convertedToGrey().convertedToRGB()) }
    #expect(try picture.encodedAsJPEG(quality: 10).count < bytes.count)
    #expect(try picture.encodedAsJPEG(quality: 90) == bytes)
  }

  @Test("says why a picture cannot be written")
  func tooWide() throws {
    let wide = PixelImage(width: 70_000, height: 1, layout: .grey, trusted: [UInt8](repeating: 0, count: 70_000))
    let error = #expect(throws: ImageError.self) { try wide.encodedAsJPEG(quality: 90) }
    #expect(error?.fact.description.hasPrefix("the picture cannot be written as JPEG: ") == true)
  }
}
