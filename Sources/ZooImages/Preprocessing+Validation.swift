import ZooTensor

/// What is wrong with a preprocessing.
public enum PreprocessingError: Error, Hashable, Sendable {
  /// Which size of the preprocessing.
  public enum Size: Hashable, Sendable, CaseIterable {
    case shorterSide, resize, crop
  }

  /// Which numbers per channel.
  public enum Statistic: Hashable, Sendable, CaseIterable {
    case mean, standardDeviation
  }

  case sideOutOfRange(Size, found: Int, allowed: ClosedRange<Int>)
  /// More than `limit` pixels.
  case tooManyPixels(Size, Extent, limit: Int)
  case wrongCount(Statistic, found: Int, channels: Preprocessing.Channels)
  case meanNotFinite(channel: Int, Float)
  case standardDeviationNotPositive(channel: Int, Float)
  case scaleNotPositive(Float)
  /// A mean image that a definition names and that nobody has read.
  case meanImageUnread
  case meanImageChannels(found: Int, channels: Preprocessing.Channels)
  /// A mean image that fits no picture: it has neither the size of the resized pictures nor that of the crop.
  case meanImageSize(mean: Extent, resized: Extent, part: Extent)
}

extension Preprocessing {
  /// The sides that a resize or a crop may have.
  public static let allowedSides = 1...16384

  /// - Throws: the first of `problems`.
  public func validate() throws(PreprocessingError) {
    if let problem = problems.first { throw problem }
  }

  /// Everything that is wrong, in the order of the fields; empty when the preprocessing can be run.
  public var problems: [PreprocessingError] {
    var problems: [PreprocessingError] = []
    func check(_ size: PreprocessingError.Size, _ sides: [Int]) {
      for side in sides where !Self.allowedSides.contains(side) {
        problems.append(.sideOutOfRange(size, found: side, allowed: Self.allowedSides))
      }
    }
    func check(_ size: PreprocessingError.Size, _ extent: Extent) {
      let count = problems.count
      check(size, [extent.height, extent.width])
      let limit = PixelImage.maximumResizedPixelCount
      if problems.count == count, extent.area > limit { problems.append(.tooManyPixels(size, extent, limit: limit)) }
    }
    switch resize {
    case .none: break
    case .shorterSide(let side, _): check(.shorterSide, [side])
    case .exact(let extent, _): check(.resize, extent)
    }
    switch crop {
    case .none: break
    case .centre(let extent): check(.crop, extent)
    }
    switch meanImage {
    case .image(let image)?: if problems.isEmpty { problems += self.problems(of: image) }
    case .file?, .embedded?: problems.append(.meanImageUnread)
    case nil: break
    }
    switch scale {
    case .none: break
    case .divided(let number), .multiplied(let number):
      let factor = Float(number)
      if !(factor > 0 && factor.isFinite) { problems.append(.scaleNotPositive(factor)) }
    }
    if !mean.isEmpty, mean.count != channels.count {
      problems.append(.wrongCount(.mean, found: mean.count, channels: channels))
    }
    for (channel, value) in mean.map({ Float($0) }).enumerated() where !value.isFinite {
      problems.append(.meanNotFinite(channel: channel, value))
    }
    if !standardDeviation.isEmpty, standardDeviation.count != channels.count {
      problems.append(.wrongCount(.standardDeviation, found: standardDeviation.count, channels: channels))
    }
    for (channel, value) in standardDeviation.map({ Float($0) }).enumerated() where !(value > 0 && value.isFinite) {
      problems.append(.standardDeviationNotPositive(channel: channel, value))
    }
    return problems
  }

  private func problems(of meanImage: MeanImage) -> [PreprocessingError] {
    var problems: [PreprocessingError] = []
    if meanImage.channelCount != channels.count {
      problems.append(.meanImageChannels(found: meanImage.channelCount, channels: channels))
    }
    if case .exact(let resized, _) = resize {
      let part = outputExtent(for: resized)
      if meanImage.origin(of: part, row: resized.height - part.height, column: resized.width - part.width, in: resized)
        == nil
      {
        problems.append(.meanImageSize(mean: meanImage.extent, resized: resized, part: part))
      }
    }
    return problems
  }
}
