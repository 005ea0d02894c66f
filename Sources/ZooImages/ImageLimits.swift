/// What a file from a stranger may ask for. Each is checked before memory is allocated for it.
public struct ImageLimits: Hashable, Sendable {
  /// The largest picture, in pixels.
  public var pixelCount: Int
  /// The largest file, in bytes.
  public var fileSize: Int
  /// The most scans of a JPEG file; ordinary progressive files have about ten.
  public var scanCount: Int

  /// - Parameters:
  ///   - pixelCount: the largest product of width and height.
  ///   - fileSize: the largest file, in bytes.
  ///   - scanCount: the largest number of scans of a progressive JPEG.
  public init(pixelCount: Int = 100_000_000, fileSize: Int = 64 << 20, scanCount: Int = 100) {
    self.pixelCount = pixelCount
    self.fileSize = fileSize
    self.scanCount = scanCount
  }

  /// 100 Mpixel, 64 MiB, 100 scans.
  public static let standard = ImageLimits()
}
