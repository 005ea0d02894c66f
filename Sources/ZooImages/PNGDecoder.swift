import CPNGShim
import ZooTensor

/// Decodes a PNG file to RGB; what is transparent is composited on white.
func decodePNG(_ bytes: [UInt8], limits: ImageLimits) throws(ImageFact) -> PixelImage {
  let chunks = try PNGChunks(bytes)
  let extent = Extent(height: chunks.height, width: chunks.width)
  try limits.check(extent)

  let channelCount = chunks.hasTransparency ? 4 : 3
  var failure: ImageFact?
  let pixels = [UInt8](unsafeUninitializedCapacity: extent.area * channelCount) { buffer, initializedCount in
    var message = [CChar](repeating: 0, count: Int(ZOO_PNG_MESSAGE_SIZE))
    let status = zoo_png_decode(
      bytes, bytes.count, UInt32(extent.width), UInt32(extent.height), Int32(channelCount), buffer.baseAddress,
      &message)
    guard status == Int32(ZOO_PNG_OK) else {
      let isTruncated = status == Int32(ZOO_PNG_TRUNCATED)
      failure = isTruncated ? .truncated(.png) : .undecodable(.png, reason: sentence(message))
      return
    }
    if chunks.hasTransparency { FourChannelPixels.compositeOnWhite(buffer, count: extent.area) }
    initializedCount = extent.area * 3
  }
  if let failure { throw failure }
  let image = PixelImage(width: extent.width, height: extent.height, trusted: pixels)
  return image.oriented(chunks.orientation(in: bytes))
}

/// A C string as text.
func sentence(_ message: [CChar]) -> String {
  String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
