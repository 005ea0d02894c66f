import ZooImages
import ZooTensor
import ZooWeights

/// What is to be classified, as a path names it: a picture, or a tensor that is fed to a network as it is.
public enum ImageSource: Sendable {
  /// A JPEG or PNG file, decoded, before any preprocessing.
  case picture(PixelImage)
  /// An `.npy` file's tensor, of any shape and type.
  case tensor(Tensor)

  /// Reads a JPEG or PNG file, standard input when it is `-`, or a tensor when the name ends in `.npy`.
  ///
  /// - Throws: `ImageError` for pictures, `WeightsError` for tensors.
  public init(_ reference: String) throws {
    if reference == "-" {
      self = .picture(try PixelImage(descriptor: 0, name: "standard input"))
    } else if reference.hasSuffix(".npy") {
      self = .tensor(try NumPyFile.read(reference))
    } else {
      self = .picture(try PixelImage(path: reference))
    }
  }

  /// Whether a reference that may name a network as well names a picture or a tensor: by the ending of its name, else by how
  /// the file begins.
  public static func isOne(_ reference: String) -> Bool {
    if FileSystem.isImageName(reference) || reference.lowercased().hasSuffix(".npy") { return true }
    guard FileSystem.exists(reference), !FileSystem.isDirectory(reference), let file = try? InputFile(reference),
      let start = try? file.bytes(at: 0, count: min(8, file.size))
    else { return false }
    return [[0xFF, 0xD8, 0xFF], [0x89, 0x50, 0x4E, 0x47], [0x93, 0x4E, 0x55, 0x4D]].contains { start.starts(with: $0) }
  }

  /// The references with each folder among them replaced by the JPEG and PNG files below it, sorted. Hidden files are left
  /// out, and links to folders are not followed.
  ///
  /// - Throws: `ZooError.inputMissing` for a folder without pictures, `.cannotRead` for one that cannot be listed.
  public static func list(_ references: [String]) throws -> [String] {
    try references.flatMap { reference in
      guard FileSystem.isDirectory(reference) else { return [reference] }
      let found = try FileSystem.images(below: reference)
      guard !found.isEmpty else {
        throw ZooError.inputMissing(path: reference, what: "JPEG or PNG file in this folder")
      }
      return found
    }
  }
}

extension Tensor {
  /// The images `[C, H, W]` of `[N, C, H, W]`; of anything else, itself.
  var images: [Tensor] {
    guard shape.rank == 4, shape[0] > 0 else { return [self] }
    let image = Shape(Array(shape.dimensions.dropFirst()))
    let size = image.elementCount * elementType.size
    return withUnsafeBytes { source in
      (0..<shape[0]).map { index in
        Tensor(shape: image, elementType: elementType) { target in
          target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[index * size..<(index + 1) * size]))
        }
      }
    }
  }
}
