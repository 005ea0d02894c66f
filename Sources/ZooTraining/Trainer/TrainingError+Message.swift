import ZooTensor

extension TrainingError: CustomStringConvertible {
  /// The message for a person, with the file, layer or field, and what was expected and found.
  public var description: String { message }

  /// What is wrong, where, and what was expected.
  public var message: String {
    switch self {
    case .classes(let network, let data):
      return "the network tells \(network) classes apart, the data have \(data)"
    case .noPreprocessing(let model):
      return "\(model) does not say how pictures become its input: its definition has no 'preprocess'"
    case .nothingLearns:
      return "nothing learns: all tensors are frozen or have a rate of zero"
    case .patternsWithoutLayer(let patterns, let layers):
      let names = patterns.map { pattern in
        "'\(pattern)'" + (pattern.nearest(among: layers).map { " (did you mean '\($0)'?)" } ?? "")
      }
      return "no layer is called \(names.joined(separator: ", ")); among the layers are "
        + layers.prefix(8).joined(separator: ", ")
    case .notFinite(let step, let epoch, let tensor, let rate):
      let place = tensor.map { "; the first tensor with such numbers is \($0)" } ?? ""
      return "the loss is not a number in step \(step + 1), epoch \(epoch + 1), at a learning rate of \(rate)\(place); "
        + "a tenth of the rate, a warm-up or a limit of the gradient's norm may help"
    case .notACheckpoint(let path):
      return "\(path) holds no state of a training run"
    case .damagedCheckpoint(let path, let problem):
      return "\(path): \(problem.message); no run by this recipe writes that, so that it cannot go on from here: "
        + "begin it anew in another folder"
    case .singleValue(let layer):
      return "batch norm '\(layer)' would normalise with the statistics of a single number for each channel; "
        + "a larger batch or input is needed, or stored statistics"
    case .slices(let slices, let images):
      return "a step of \(images) picture\(images == 1 ? "" : "s") cannot be cut into \(slices) slices; "
        + "expected a power of two that divides \(images)"
    case .slicesOfBatches(let slices, let accumulate):
      return "'slices' is \(slices) and 'accumulate' \(accumulate), which exclude each other: a batch "
        + "\(accumulate) times as large, in \(accumulate) times as many slices, has the same pictures in the same memory"
    case .changed(let changes):
      let lines = changes.map { "  \($0.field): \($0.before) before, \($0.now) now" }
      return "the run cannot go on to the same result, since something has changed:\n" + lines.joined(separator: "\n")
    }
  }
}

extension TrainingError.CheckpointProblem {
  fileprivate var message: String {
    switch self {
    case .field(let name, nil, let expected): "'\(name)' is missing, expected \(expected)"
    case .field(let name, let found?, let expected):
      "'\(name)' is '\(found.prefix(80))\(found.count > 80 ? "…" : "")', expected \(expected)"
    case .tensor(let name, nil, let expected): "tensor '\(name)' is missing, expected \(expected)"
    case .tensor(let name, let found?, let expected): "tensor '\(name)' is \(found), expected \(expected)"
    case .unexpectedTensor(let name): "tensor '\(name)' is one too many"
    case .notANumber(let name): "tensor '\(name)' has an element that is not a number"
    }
  }
}
