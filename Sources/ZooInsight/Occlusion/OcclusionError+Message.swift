extension OcclusionError: CustomStringConvertible {
  /// The message for a person, with what was asked for and what is possible.
  public var description: String {
    switch self {
    case .patch(let patch, let input):
      "a patch of \(patch)×\(patch) pixels cannot hide a part of the network's input, which is \(input); choose a side "
        + "of 1 to \(min(input.height, input.width))"
    case .stride(let stride, let input):
      "a patch cannot move by \(stride) pixels over an input of \(input); choose a stride of 1 to "
        + "\(max(input.height, input.width))"
    case .input(let shape):
      "the network reads \(shape), which has no rows and columns that a patch could hide"
    }
  }
}
