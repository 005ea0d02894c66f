/// What an `Inference` cannot do, of what was asked of it.
public enum InferenceError: Error, Hashable, Sendable {
  /// A file for a tensor has a name that does not end in `.npy`.
  case notAnArrayName(path: String)
  /// Two tensors were to go into one file.
  case sameFile(path: String)
  /// Tensors are to be saved that there would be several of for one image.
  case severalRuns
  /// Maps of several images, which differ in size, are to go into one file.
  case severalMaps(images: Int)
}

extension InferenceError: CustomStringConvertible {
  /// The message for a person, with what does not go together.
  public var description: String {
    switch self {
    case .notAnArrayName(let path): "'\(path)' should end in .npy"
    case .sameFile(let path): "'\(path)' is to hold two different things; give each a file of its own"
    case .severalRuns:
      "tensors are saved of one run of the network per image: inputs and features of whole images, class scores of them or of sliding over one scale without its mirror image"
    case .severalMaps(let images):
      "the maps of \(images) images differ in size and cannot go into one file; slide over one image at a time"
    }
  }
}
