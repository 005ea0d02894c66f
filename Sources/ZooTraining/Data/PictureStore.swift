import Synchronization
import ZooImages

/// The pictures that random changes begin with: decoded when they are first asked for, and kept as bytes while a budget
/// lasts. What is not kept is decoded each time.
final class PictureStore: Sendable {
  private struct Kept {
    var pictures: [PixelImage?]
    var byteCount = 0
  }

  fileprivate let source: any LabelledPictures
  private let pipeline: Augmentation.Pipeline
  private let budget: Int
  private let kept: Mutex<Kept>

  init(_ source: any LabelledPictures, _ pipeline: Augmentation.Pipeline, budget: Int) {
    self.source = source
    self.pipeline = pipeline
    self.budget = budget
    kept = Mutex(Kept(pictures: Array(repeating: nil, count: source.count)))
  }

  /// The size in bytes of what is kept.
  var byteCount: Int { kept.withLock(\.byteCount) }

  /// - Throws: `TrainingDataError.pictureSize`, `ImageError` with a name, and what the source throws.
  func prepared(_ index: Int) throws -> PixelImage {
    if let picture = kept.withLock({ $0.pictures[index] }) { return picture }
    let image = try source.picture(at: index)
    guard pipeline.accepts(image.extent) else {
      throw TrainingDataError.pictureSize(
        name: source.name(at: index), found: pipeline.preprocessing.outputExtent(for: image.extent),
        expected: pipeline.extent)
    }
    let picture = try named(index) { () throws(ImageError) in try pipeline.prepared(image) }
    kept.withLock {
      guard $0.pictures[index] == nil, $0.byteCount + picture.pixels.count <= budget else { return }
      $0.pictures[index] = picture
      $0.byteCount += picture.pixels.count
    }
    return picture
  }

  /// Gives an error about a picture the picture's name.
  func named<Value>(_ index: Int, _ body: () throws(ImageError) -> Value) throws(ImageError) -> Value {
    do throws(ImageError) {
      return try body()
    } catch {
      throw ImageError(name: error.name ?? source.name(at: index), fact: error.fact)
    }
  }
}

extension PictureStore {
  /// What is wrong with a picture, in words.
  func bad(_ index: Int, _ error: any Error) -> BadPicture {
    BadPicture(index: index, name: source.name(at: index), reason: "\(error)")
  }
}
