import ZooTensor

/// The inputs for a list of images: a few pictures at a time, each decoded and resized by one of several threads.
final class PreparedInputs {
  /// What one source has.
  struct Images {
    /// `[N, C, H, W]`; N is 1 for a picture.
    var batch: Tensor
    /// What speaks against the picture.
    var doubt: PictureDoubt?
  }

  private let sources: [String]
  private let model: Model
  /// Those of the sources from `first` on; `nil` for tensors, which may be large and are read when they are asked for.
  private var results: [Result<Images?, any Error>] = []
  private var first = 0

  init(_ sources: [String], _ model: Model) {
    self.sources = sources
    self.model = model
  }

  /// What is fed to the network for the source at `index`. Asked for in ascending order.
  ///
  /// - Throws: `ImageError`, `WeightsError` for `.npy` files, and `ZooError` for what does not fit the model.
  func images(at index: Int) throws -> Images {
    if !(first..<first + results.count).contains(index) {
      first = index
      let (sources, model) = (sources, model)
      results = concurrentResults(min(4 * model.threadCount, sources.count - index), threads: model.threadCount) {
        let source = sources[index + $0]
        return source.hasSuffix(".npy") ? nil : try Self.images(source, model)
      }
    }
    return try results[index - first].get() ?? Self.images(sources[index], model)
  }

  private static func images(_ source: String, _ model: Model) throws -> Images {
    switch try ImageSource(source) {
    case .picture(let picture):
      return Images(
        batch: try Model.stacked([model.input(for: picture)]), doubt: model.network.doubt(about: picture))
    case .tensor(let tensor):
      try model.network.checkInput(tensor, path: source)
      return Images(batch: tensor.shape.rank == 4 ? tensor : try Model.stacked([tensor]))
    }
  }
}
