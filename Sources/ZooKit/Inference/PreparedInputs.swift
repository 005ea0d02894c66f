import ZooTensor

/// The inputs for a list of images: a few pictures at a time, each decoded and resized by one of several threads.
final class PreparedInputs {
  private let sources: [String]
  private let model: Model
  /// Those of the sources from `first` on; `nil` for tensors, which may be large and are read when they are asked for.
  private var results: [Result<Tensor?, any Error>] = []
  private var first = 0

  init(_ sources: [String], _ model: Model) {
    self.sources = sources
    self.model = model
  }

  /// `[N, C, H, W]` for the source at `index`; N is 1 for a picture. Asked for in ascending order.
  ///
  /// - Throws: `ImageError`, `WeightsError` for `.npy` files, and `ZooError` for what does not fit the model.
  func batch(at index: Int) throws -> Tensor {
    if !(first..<first + results.count).contains(index) {
      first = index
      let (sources, model) = (sources, model)
      results = concurrentResults(min(4 * model.threadCount, sources.count - index), threads: model.threadCount) {
        let source = sources[index + $0]
        return source.hasSuffix(".npy") ? nil : try Self.batch(source, model)
      }
    }
    return try results[index - first].get() ?? Self.batch(sources[index], model)
  }

  private static func batch(_ source: String, _ model: Model) throws -> Tensor {
    switch try ImageSource(source) {
    case .picture(let picture):
      return try Model.stacked([model.input(for: picture)])
    case .tensor(let tensor):
      try model.network.checkInput(tensor, path: source)
      return tensor.shape.rank == 4 ? tensor : try Model.stacked([tensor])
    }
  }
}
