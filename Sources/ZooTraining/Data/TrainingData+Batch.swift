import ZooImages
import ZooTensor

/// What one step computes with.
public struct Batch: Sendable {
  /// From 0.
  public let epoch: Int
  /// Within the epoch, from 0.
  public let step: Int
  /// `[N, C, H, W]`, float32.
  public let images: Tensor
  /// `[N, K]`, float32: 1 for the class of each picture; with a mixture, the shares of both.
  public let targets: Tensor
  /// The class of each picture, before any mixture.
  public let classes: [Int]
  /// The place of each picture in the data.
  public let indices: [Int]
  /// Which pictures were mixed, and in which shares; `nil` where none were.
  public let mixture: Mixture?

  /// The number of pictures; the last batch of an epoch may have fewer than the others.
  public var count: Int { indices.count }
}

extension Batch {
  /// Some of its pictures, one after the other.
  func part(_ places: Range<Int>) -> Batch {
    if places == 0..<count { return self }
    func rows(_ tensor: Tensor) -> Tensor {
      let size = tensor.shape.elementCount / count
      return Tensor(shape: Shape([places.count] + tensor.shape.dimensions.dropFirst())) { bytes in
        let rows = bytes.bindMemory(to: Float.self)
        tensor.withFloats { _ = rows.update(fromContentsOf: $0[places.lowerBound * size..<places.upperBound * size]) }
      }
    }
    return Batch(
      epoch: epoch, step: step, images: rows(images), targets: rows(targets), classes: Array(classes[places]),
      indices: Array(indices[places]), mixture: mixture)
  }
}

extension TrainingData {
  /// Makes the batch of a step.
  ///
  /// - Precondition: `step` is from 0 to `stepCount` − 1.
  /// - Parameters:
  ///   - epoch: which epoch, from 0.
  ///   - step: which step of the epoch.
  ///   - isCancelled: asked between pictures.
  /// - Throws: `TrainingDataError.pictureSize`, `ImageError` with the name of the picture, and what the source throws;
  ///   `CancellationError` when `isCancelled` becomes true.
  /// - Returns: Images, targets, and which pictures they are of.
  public func batch(epoch: Int, step: Int, isCancelled: () -> Bool = { false }) throws -> Batch {
    try batch(of: pictures(epoch: epoch, step: step), epoch: epoch, step: step, isCancelled: isCancelled)
  }

  /// Some of the pictures of a step, as they are in its batch. `places`: which, in the batch.
  ///
  /// - Throws: as `batch(epoch:step:)`.
  package func batch(
    epoch: Int, step: Int, places: Range<Int>, isCancelled: () -> Bool = { false }
  ) throws -> Batch {
    let indices = pictures(epoch: epoch, step: step)
    // Of mixed pictures the partners are needed, too.
    guard variation?.mixing.isNone ?? true else {
      return try batch(of: indices, epoch: epoch, step: step, isCancelled: isCancelled).part(places)
    }
    return try batch(of: Array(indices[places]), epoch: epoch, step: step, isCancelled: isCancelled)
  }

  private func batch(of indices: [Int], epoch: Int, step: Int, isCancelled: () -> Bool) throws -> Batch {
    let images = Tensor.unfilled(shape: Shape([indices.count] + input.dimensions), elementType: .float32)
    let targets = Tensor.unfilled(shape: [indices.count, classCount], elementType: .float32)
    let mixture = try fill(
      images.bytes.bindMemory(to: Float.self), targets.bytes.bindMemory(to: Float.self), with: indices, epoch: epoch,
      step: step, isCancelled: isCancelled)
    return Batch(
      epoch: epoch, step: step, images: images.tensor, targets: targets.tensor,
      classes: indices.map(classOfPicture), indices: indices, mixture: mixture)
  }

  /// Writes the images and the targets of pictures of a step, which are `pictures(epoch:step:)` or, for a part of a
  /// batch that is not mixed, some of them.
  ///
  /// - Parameters:
  ///   - images: `[N, C, H, W]`.
  ///   - targets: `[N, K]`.
  ///   - indices: The pictures' places in the data.
  ///   - epoch: From 0.
  ///   - step: Of the epoch, from 0.
  ///   - isCancelled: Asked between pictures.
  /// - Throws: as `batch(epoch:step:)`.
  /// - Returns: how the pictures were mixed.
  @discardableResult
  public func fill(
    _ images: UnsafeMutableBufferPointer<Float>, _ targets: UnsafeMutableBufferPointer<Float>, with indices: [Int],
    epoch: Int, step: Int, isCancelled: () -> Bool = { false }
  ) throws -> Mixture? {
    let size = input.elementCount
    precondition(images.count == indices.count * size, "\(images.count) numbers for \(indices.count) × \(input)")
    precondition(targets.count == indices.count * classCount, "\(targets.count) numbers for targets")
    targets.update(repeating: 0)
    let seed = variation?.seed ?? 0
    let random = CounterRandom(seed: seed, purpose: .augmentation, UInt64(truncatingIfNeeded: epoch))
    for (place, index) in indices.enumerated() {
      if isCancelled() { throw CancellationError() }
      let picture = try store.prepared(index)
      let target = UnsafeMutableBufferPointer(rebasing: images[place * size..<(place + 1) * size])
      try store.named(index) { () throws(ImageError) in
        try pipeline.write(picture, random: random.with(UInt64(index)), into: target)
      }
      targets[place * classCount + classOfPicture(at: index)] = 1
    }
    let numbers = CounterRandom(
      seed: seed, purpose: .mixing, UInt64(truncatingIfNeeded: epoch), UInt64(truncatingIfNeeded: step))
    guard indices.count > 1, let mixture = variation?.mixing.draw(in: input.extent, numbers) else { return nil }
    mixture.apply(to: images, channels: input.channels, extent: input.extent, targets: targets, count: indices.count)
    return mixture
  }
}
