import ZooImages
import ZooKit

extension Figure {
  /// Writes the figure, whole or not at all: SVG where the name ends in `.svg`, else PNG.
  ///
  /// - Throws: `ZooError.alreadyExists` unless `overwrite`, `.cannotWrite`; `ImageError` when a picture cannot be encoded.
  public func write(to path: String, overwrite: Bool) throws { try drawing().write(to: path, overwrite: overwrite) }
}

extension Drawing {
  /// Writes the drawing, whole or not at all: SVG where the name ends in `.svg`, else PNG.
  ///
  /// - Throws: `ZooError.alreadyExists` unless `overwrite`, `.cannotWrite`; `ImageError` when a picture cannot be encoded.
  package func write(to path: String, overwrite: Bool) throws {
    if path.lowercased().hasSuffix(".svg") {
      try FileSystem.write(try svg().utf8, to: path, overwrite: overwrite)
    } else {
      try FileSystem.write(try image().encodedAsPNG(), to: path, overwrite: overwrite)
    }
  }
}
