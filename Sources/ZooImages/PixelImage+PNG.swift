import CPNGShim

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension PixelImage {
  /// The picture as a PNG file: 8-bit RGB or grey, not interlaced, with no metadata.
  ///
  /// - Throws: `ImageError` when libpng refuses, as it does for lack of memory.
  public func encodedAsPNG() throws(ImageError) -> [UInt8] {
    do throws(ImageFact) {
      return try encode()
    } catch {
      throw ImageError(name: nil, fact: error)
    }
  }

  /// Writes the picture as a PNG file, under a temporary name that is then renamed to `path`.
  ///
  /// - Throws: `ImageError`, naming `path`.
  public func writePNG(to path: String) throws(ImageError) {
    do throws(ImageFact) {
      try writeImageFile(try encode(), to: path)
    } catch {
      throw ImageError(name: path, fact: error)
    }
  }

  private func encode() throws(ImageFact) -> [UInt8] {
    guard let width = UInt32(exactly: width), let height = UInt32(exactly: height) else {
      throw .unencodable(reason: "\(width)×\(height) pixels are too many")
    }
    var file: UnsafeMutablePointer<UInt8>?
    var size = 0
    var message = [CChar](repeating: 0, count: Int(ZOO_PNG_MESSAGE_SIZE))
    let status = zoo_png_encode(pixels, width, height, Int32(layout.channelCount), &file, &size, &message)
    guard status == Int32(ZOO_PNG_OK), let file else { throw .unencodable(reason: sentence(message)) }
    defer { free(file) }
    return Array(UnsafeBufferPointer(start: file, count: size))
  }
}
