#if canImport(CoreGraphics)
  import CoreGraphics
  import ZooTensor

  extension PixelImage {
    /// Draws a picture of the system's on white, in sRGB with 8 bits for each channel.
    ///
    /// A `CGImage` knows of no orientation: one that a file states is to be applied before.
    ///
    /// - Throws: `ImageError` with `.tooManyPixels` or `.undrawable`.
    public init(_ image: CGImage, limits: ImageLimits = .standard) throws(ImageError) {
      let extent = Extent(height: image.height, width: image.width)
      do throws(ImageFact) {
        try limits.check(extent)
      } catch {
        throw ImageError(name: nil, fact: error)
      }
      // Opaque white.
      var bytes = [UInt8](repeating: 255, count: 4 * extent.area)
      let isDrawn = bytes.withUnsafeMutableBytes { bytes in
        guard let space = CGColorSpace(name: CGColorSpace.sRGB),
          let context = CGContext(
            data: bytes.baseAddress, width: extent.width, height: extent.height, bitsPerComponent: 8,
            bytesPerRow: 4 * extent.width, space: space, bitmapInfo: CGImageAlphaInfo.premultipliedLast.rawValue)
        else { return false }
        context.draw(image, in: CGRect(x: 0, y: 0, width: extent.width, height: extent.height))
        return true
      }
      guard isDrawn else { throw ImageError(name: nil, fact: .undrawable(extent)) }
      try self.init(width: extent.width, height: extent.height, format: .rgba, bytes: bytes)
    }
  }
#endif
