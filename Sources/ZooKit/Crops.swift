import ZooImages
import ZooKernels
import ZooTensor

/// Which parts of a picture a classifier looks at (Krizhevsky et al., 2012, section 4.1).
public enum Crops: Int, Hashable, Sendable, CaseIterable {
  /// The centre.
  case one = 1
  /// The four corners and the centre.
  case five = 5
  /// Those and their mirror images.
  case ten = 10
}

extension Model {
  /// The `top` best classes for a picture, best first, by the mean of the probabilities of several crops.
  ///
  /// The picture is resized as the model says. A logit is the mean of the crops' logits.
  ///
  /// - Throws: `SlidingError.pictureSmallerThanCrop`, `ZooError`, `ImageError`, `RuntimeError`.
  public func classify(_ image: PixelImage, crops: Crops, top: Int = 5) throws -> [Classification] {
    try classified(image, crops, top: top)
  }

  /// As above, on threads of zoo's own, as `classify(_:top:)` is.
  ///
  /// - Throws: `CancellationError`; as above.
  public func classify(_ image: PixelImage, crops: Crops, top: Int = 5) async throws -> [Classification] {
    try await options.queue.run { [self] in try classified(image, crops, top: top, until: $0) }
  }

  private func classified(
    _ image: PixelImage, _ crops: Crops, top: Int, until cancellation: Cancellation? = nil
  ) throws -> [Classification] {
    let answer = try answer(image, crops: crops, until: cancellation)
    return Classification.top(top, probabilities: answer.probabilities, logits: answer.logits, labels: labels)
  }

  /// The inputs `[N, C, H, W]` of a picture's crops: upper left, upper right, lower left, lower right, centre, then their
  /// mirror images in the same order; of one crop, the centre.
  ///
  /// - Throws: `SlidingError.pictureSmallerThanCrop` unless it is one crop, `ZooError`, `ImageError`.
  public func inputs(for image: PixelImage, crops: Crops) throws -> Tensor {
    if crops == .one { return try Self.stacked([input(for: image)]) }
    guard let preprocessing else { throw ZooError.noPreprocessing(model: network.name) }
    var preparation = preprocessing
    preparation.crop = .none
    let picture = try preparation.picture(from: image)
    let extent = preprocessing.outputExtent(for: image.extent)
    guard extent.height <= picture.height, extent.width <= picture.width else {
      throw SlidingError.pictureSmallerThanCrop(picture.extent, crop: extent)
    }
    let (bottom, right) = (picture.height - extent.height, picture.width - extent.width)
    let corners = [(0, 0), (0, right), (bottom, 0), (bottom, right)].map { (row: $0, column: $1) }
    let tensors = try (crops == .ten ? [false, true] : [false]).flatMap { isMirrored in
      try (corners + [picture.origin(ofCentre: extent)]).map { row, column in
        try preprocessing.tensor(
          of: picture.cropped(to: extent, row: row, column: column), row: row, column: column, in: picture.extent,
          isMirrored: isMirrored)
      }
    }
    guard tensors[0].shape == network.input else {
      throw ZooError.inputShape(
        expected: "\(network.input)", found: "\(tensors[0].shape) after preprocessing", path: nil)
    }
    return try Self.stacked(tensors)
  }

  /// - Throws: `CancellationError` once that is set.
  func answer(
    _ image: PixelImage, crops: Crops, until cancellation: Cancellation? = nil
  ) throws -> (probabilities: [Double], logits: [Float]) {
    let scores = try Self.scores(run(inputs(for: image, crops: crops), until: cancellation).logits)
      .map { $0.map(Double.init) }
    return (average(scores.map(answer.function.probabilities)), average(scores).map { Float($0) })
  }
}
