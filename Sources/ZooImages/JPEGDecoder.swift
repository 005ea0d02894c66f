import CTurboJPEG
import ZooTensor

/// Decodes with the accurate inverse DCT and smooth chroma upsampling, as libjpeg does by default and Pillow with it.
func decodeJPEG(_ bytes: [UInt8], limits: ImageLimits) throws(ImageFact) -> PixelImage {
  let markers = JPEGMarkers(bytes)
  guard markers.scanCount <= limits.scanCount else { throw .tooManyScans(limit: limits.scanCount) }
  guard let decoder = tjInitDecompress() else { throw .undecodable(.jpeg, reason: "out of memory") }
  defer { tjDestroy(decoder) }

  var width: Int32 = 0
  var height: Int32 = 0
  var subsampling: Int32 = 0
  var colourspace: Int32 = -1
  let status = tjDecompressHeader3(
    decoder, bytes, UInt(bytes.count), &width, &height, &subsampling, &colourspace)
  // Unusual chroma subsampling is reported as a failure here, after the size; the decoder itself copes with it.
  guard width > 0, height > 0 else {
    let isSilent = status == 0 && markers.hasEnd
    throw isSilent ? .undecodable(.jpeg, reason: "it ends without a picture") : decoderFailure(decoder, markers)
  }
  let extent = Extent(height: Int(height), width: Int(width))
  try limits.check(extent)

  let isCMYK = colourspace == Int32(TJCS_CMYK.rawValue) || colourspace == Int32(TJCS_YCCK.rawValue)
  let format = isCMYK ? TJPF_CMYK : TJPF_RGB
  let capacity = extent.area * (isCMYK ? 4 : 3)
  var failure: ImageFact?
  let pixels = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initializedCount in
    let status = tjDecompress2(
      decoder, bytes, UInt(bytes.count), buffer.baseAddress, width, 0, height, Int32(format.rawValue),
      TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
    if status != 0, !isHarmlessWarning(decoder, markers) {
      failure = decoderFailure(decoder, markers)
      return
    }
    if isCMYK { FourChannelPixels.convertInvertedCMYK(buffer, count: extent.area) }
    initializedCount = extent.area * 3
  }
  if let failure { throw failure }
  let image = PixelImage(width: extent.width, height: extent.height, trusted: pixels)
  let orientation =
    markers.exif.flatMap { Orientation(exif: bytes[$0]) } ?? markers.xmp.flatMap { Orientation(xmp: bytes[$0]) }
  return image.oriented(orientation ?? .upright)
}

/// Whether the decoder's only complaint is one that leaves the picture whole.
private func isHarmlessWarning(_ decoder: tjhandle, _ markers: JPEGMarkers) -> Bool {
  guard tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue), markers.hasEnd else { return false }
  let words = String(cString: tjGetErrorStr2(decoder))
  return words.contains("extraneous bytes before marker") || words.contains("unknown JFIF revision number")
    || words.contains("Unknown Adobe color transform code")
    || words.contains("Invalid SOS parameters for sequential JPEG")
}

private func decoderFailure(_ decoder: tjhandle, _ markers: JPEGMarkers) -> ImageFact {
  let words = String(cString: tjGetErrorStr2(decoder))
  let isTruncated = !markers.hasEnd || words.contains("Premature end") || words.contains("premature end")
  return isTruncated ? .truncated(.jpeg) : .undecodable(.jpeg, reason: words)
}
