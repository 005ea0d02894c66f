import ZooImages
import ZooSpec

extension Preprocessing {
  /// What a definition's `preprocess:` says, for `ZooImages`.
  ///
  /// - Parameter meanImages: the images that definitions name.
  init(_ spec: Preprocess, meanImages: [Preprocess.MeanImage: MeanImage]) {
    let channels: Channels =
      switch spec.channels {
      case .rgb: .rgb
      case .bgr: .bgr
      case .grey: .grey
      }
    self.init(
      resize: spec.resize.map(Resize.init) ?? .none, crop: spec.crop.map { .centre($0) } ?? .none, channels: channels,
      meanImage: spec.meanImage.flatMap { meanImages[$0] },
      scale: spec.divideBy == 1 ? .none : .divided(by: Float(spec.divideBy)),
      mean: spec.mean.isEmpty ? nil : spec.mean.map { Float($0) },
      standardDeviation: spec.std.isEmpty ? nil : spec.std.map { Float($0) })
  }
}

extension Preprocessing.Resize {
  init(_ resize: Preprocess.Resize) {
    let filter: ResizeFilter =
      switch resize.filter {
      case .bilinear: .bilinear
      case .bicubic: .bicubic
      case .nearest: .nearest
      }
    switch resize.size {
    case .shorterSide(let side): self = .shorterSide(side, filter)
    case .to(let extent): self = .exact(extent, filter)
    }
  }
}
