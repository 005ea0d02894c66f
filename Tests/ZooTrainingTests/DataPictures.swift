import Synchronization
import ZooImages
import ZooTensor
import ZooTraining

/// Pictures that are made when they are asked for, class after class; some of them cannot be.
final class MadePictures: LabelledPictures {
  let count: Int
  let classCount: Int
  let extent: Extent
  let bad: Set<Int>
  private let made = Atomic<Int>(0)

  init(_ count: Int, classCount: Int = 3, extent: Extent = Extent(height: 4, width: 6), bad: Set<Int> = []) {
    self.count = count
    self.classCount = classCount
    self.extent = extent
    self.bad = bad
  }

  /// How many pictures were made.
  var madeCount: Int { made.load(ordering: .sequentiallyConsistent) }

  func label(at index: Int) -> Int { index % classCount }
  func name(at index: Int) -> String { "made/\(index).png" }

  func picture(at index: Int) throws -> PixelImage {
    made.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if bad.contains(index) { throw ImageError(name: name(at: index), fact: .empty) }
    let random = CounterRandom(seed: 11, purpose: .sampling, UInt64(index))
    let pixels = (0..<3 * extent.area).map { UInt8(truncatingIfNeeded: random.bits($0)) }
    return try PixelImage(width: extent.width, height: extent.height, pixels: pixels)
  }
}

extension TrainingData {
  /// Of `MadePictures`, as they are and 0 to 1.
  init(
    made pictures: MadePictures, indices: [Int]? = nil, batchSize: Int, variation: Variation?,
    budget: Int = Self.standardBudget, skipsBad: Bool = false
  ) throws {
    try self.init(
      pictures, indices: indices, classCount: pictures.classCount,
      input: [3, pictures.extent.height, pictures.extent.width], preprocessing: Preprocessing(), batchSize: batchSize,
      variation: variation, budget: budget, skipsBad: skipsBad, threads: 2)
  }
}
