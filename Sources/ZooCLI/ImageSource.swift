import ZooKit

/// What an IMAGE argument names.
enum ImageSource {
  case picture(PixelImage)
  case tensor(Tensor)

  /// Reads a JPEG or PNG file, `-`, or an `.npy` tensor of any shape.
  init(_ argument: String) throws {
    if argument == "-" {
      self = .picture(try PixelImage(descriptor: 0, name: "standard input"))
    } else if argument.hasSuffix(".npy") {
      self = .tensor(try NumPyFile.read(argument))
    } else {
      self = .picture(try PixelImage(path: argument))
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
