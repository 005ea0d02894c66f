import CTurboJPEG

extension PixelImage {
  /// The picture as a JPEG file, as libjpeg and Pillow write it by default: a colour for each square of 2 × 2 pixels,
  /// the accurate DCT. `quality`: of libjpeg's tables, 1 to 100. Throws `ImageError` when the encoder refuses, as it
  /// does sides above 65,535 pixels.
  package func encodedAsJPEG(quality: Int) throws(ImageError) -> [UInt8] {
    precondition((1...100).contains(quality), "JPEG of quality \(quality)")
    do throws(ImageFact) {
      return try encode(quality: quality)
    } catch {
      throw ImageError(name: nil, fact: error)
    }
  }

  private func encode(quality: Int) throws(ImageFact) -> [UInt8] {
    guard let width = Int32(exactly: width), let height = Int32(exactly: height) else {
      throw .unencodable(.jpeg, reason: "\(width)×\(height) pixels are too many")
    }
    guard let encoder = tjInitCompress() else { throw .unencodable(.jpeg, reason: "out of memory") }
    defer { tjDestroy(encoder) }
    let (format, subsampling) = layout == .grey ? (TJPF_GRAY, TJSAMP_GRAY) : (TJPF_RGB, TJSAMP_420)
    var file: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    let status = tjCompress2(
      encoder, pixels, width, 0, height, Int32(format.rawValue), &file, &size, Int32(subsampling.rawValue),
      Int32(quality), TJFLAG_ACCURATEDCT)
    defer { tjFree(file) }
    guard status == 0, let file else {
      throw .unencodable(.jpeg, reason: String(cString: tjGetErrorStr2(encoder)))
    }
    return Array(UnsafeBufferPointer(start: file, count: Int(size)))
  }
}
