import Synchronization
import Testing
import ZooImages
import ZooTensor
import ZooTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct DataTests {
  private static let variation = TrainingData.Variation(
    seed: 1, augmentation: Augmentation(flip: 0.5, shift: 1), mixing: Mixing(mixup: 0.5, cutmix: 0.5))

  /// What tells two batches apart.
  private struct Print: Equatable {
    let epoch: Int
    let step: Int
    let images: [UInt32]
    let targets: [Float]
    let indices: [Int]

    init(_ batch: Batch) {
      (epoch, step, indices) = (batch.epoch, batch.step, batch.indices)
      (images, targets) = (batch.images.floats.map(\.bitPattern), batch.targets.floats)
    }
  }

  private func prints(_ data: TrainingData, _ steps: Range<Int>, threads: Int, depth: Int = 3) throws -> [Print] {
    let loader = BatchLoader(data, steps: steps, threads: threads, depth: depth)
    var prints: [Print] = []
    while let batch = try loader.nextBatch() { prints.append(Print(batch)) }
    return prints
  }

  @Test("batches are the same for any number of threads, any budget, and from any step on")
  func threads() throws {
    let data = try TrainingData(made: MadePictures(50), batchSize: 8, variation: Self.variation)
    #expect(data.stepCount == 6)
    let expected = try prints(data, 0..<20, threads: 0)
    #expect(expected.map(\.epoch) == (0..<20).map { $0 / 6 } && expected.map(\.step) == (0..<20).map { $0 % 6 })
    for (threads, depth) in [(1, 1), (1, 3), (3, 1), (3, 2), (3, 5)] {
      #expect(
        try prints(data, 0..<20, threads: threads, depth: depth) == expected, "\(threads) threads, \(depth) ahead")
    }
    for budget in [0, 10 * 72, 1 << 20] {
      let data = try TrainingData(made: MadePictures(50), batchSize: 8, variation: Self.variation, budget: budget)
      #expect(try prints(data, 7..<20, threads: 2) == Array(expected[7...]), "\(budget) bytes")
    }
    #expect(Set(expected.map(\.images)).count == 20)
  }

  @Test("an epoch has each picture once, but for an incomplete last batch")
  func epochs() throws {
    let data = try TrainingData(made: MadePictures(50), batchSize: 8, variation: Self.variation)
    let epochs = (0..<3).map { epoch in (0..<data.stepCount).flatMap { data.pictures(epoch: epoch, step: $0) } }
    for epoch in epochs { #expect(epoch.count == 48 && Set(epoch).count == 48) }
    #expect(Set(epochs).count == 3)
    let few = try TrainingData(made: MadePictures(5), batchSize: 8, variation: Self.variation)
    #expect(few.stepCount == 1 && few.pictures(epoch: 0, step: 0).sorted() == [0, 1, 2, 3, 4])
    let evaluation = try TrainingData(made: MadePictures(50), indices: Array(10..<29), batchSize: 8, variation: nil)
    #expect(evaluation.stepCount == 3)
    #expect((0..<3).flatMap { evaluation.pictures(epoch: 0, step: $0) } == Array(10..<29))
    let last = try evaluation.batch(epoch: 0, step: 2)
    #expect(last.images.shape == [3, 3, 4, 6] && last.targets.shape == [3, 3])
  }

  @Test("in an evaluation pictures are what the preprocessing makes of them, and targets are their classes")
  func evaluation() throws {
    let pictures = MadePictures(4)
    let data = try TrainingData(
      pictures, classOfLabel: [2, 0, 1], classCount: 4, input: [3, 4, 6], preprocessing: .init(scale: .none),
      batchSize: 4, variation: nil)
    let batch = try data.batch(epoch: 0, step: 0)
    let expected = try (0..<4).flatMap { try Preprocessing(scale: .none).tensor(from: pictures.picture(at: $0)).floats }
    #expect(batch.images.floats == expected)
    #expect(batch.classes == [2, 0, 1, 2])
    #expect(batch.targets.floats == [0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0])
    #expect(data.classCounts == [1, 1, 2, 0])
  }

  @Test("pictures are decoded once while the budget lasts, else each time")
  func budget() throws {
    for (budget, expected) in [(1 << 20, 20), (0, 100), (10 * 72, 10 + 5 * 10)] {
      let pictures = MadePictures(20)
      let data = try TrainingData(made: pictures, batchSize: 5, variation: Self.variation, budget: budget)
      _ = try prints(data, 0..<20, threads: 1)
      #expect(pictures.madeCount == expected, "\(budget) bytes")
    }
  }

  @Test("a bad picture is named where its batch is asked for, and again after that", arguments: [0, 1, 3])
  func bad(_ threads: Int) throws {
    let data = try TrainingData(made: MadePictures(40, bad: [17]), batchSize: 4, variation: nil)
    let loader = BatchLoader(data, steps: 0..<10, threads: threads)
    for step in 0..<4 { #expect(try loader.nextBatch()?.indices.first == 4 * step) }
    for _ in 0..<2 {
      #expect(throws: ImageError(name: "made/17.png", fact: .empty)) { try loader.nextBatch() }
    }
  }

  @Test("bad pictures are left out on request, and told")
  func skipping() throws {
    let pictures = MadePictures(40, bad: [3, 17])
    let data = try TrainingData(
      made: pictures, indices: Array(2..<40), batchSize: 4, variation: Self.variation, skipsBad: true)
    #expect(data.skipped.map(\.index) == [3, 17] && data.count == 36)
    #expect(
      data.skipped.first?.reason
        == "made/3.png: the file is empty; it may not have been copied or downloaded completely")
    #expect(
      try prints(data, 0..<9, threads: 2).flatMap(\.indices).sorted() == (2..<40).filter { ![3, 17].contains($0) })
    #expect(pictures.madeCount == 38)
    #expect {
      try TrainingData(made: MadePictures(2, bad: [0, 1]), batchSize: 4, variation: nil, skipsBad: true)
    } throws: {
      "\($0)"
        == "none of the 2 pictures can be used, the first because made/0.png: the file is empty; it may not have been copied or downloaded completely"
    }
  }

  /// Pictures that take a while, and how many were made at once.
  private final class SlowPictures: LabelledPictures {
    let count = 120
    private let making = Mutex((now: 0, most: 0))

    var madeAtOnce: Int { making.withLock(\.most) }

    func label(at index: Int) -> Int { index % 3 }
    func name(at index: Int) -> String { "slow/\(index).png" }

    func picture(at index: Int) throws -> PixelImage {
      making.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      defer { making.withLock { $0.now -= 1 } }
      usleep(2000)
      return try PixelImage(width: 6, height: 4, pixels: (0..<72).map { UInt8(truncatingIfNeeded: index + $0) })
    }
  }

  @Test("where steps wait for pictures more threads make them, in the same order", arguments: [1, 3])
  func reinforcement(_ most: Int) throws {
    let pictures = SlowPictures()
    let data = try TrainingData(
      pictures, classCount: 3, input: [3, 4, 6], preprocessing: Preprocessing(), batchSize: 3, variation: nil)
    let loader = BatchLoader(data, steps: 0..<data.stepCount, mostThreads: most)
    var indices: [Int] = []
    while let batch = try loader.nextBatch() { indices += batch.indices }
    #expect(indices == Array(0..<120))
    #expect(most == 1 ? pictures.madeAtOnce == 1 : (2...3).contains(pictures.madeAtOnce))
  }

  @Test("a loader that is given up ends its threads")
  func cancelling() throws {
    let pictures = MadePictures(1000)
    let data = try TrainingData(made: pictures, batchSize: 10, variation: Self.variation, budget: 0)
    do {
      let loader = BatchLoader(data, steps: 0..<1_000_000, threads: 3, depth: 2)
      #expect(try loader.nextBatch() != nil)
      #expect(loader.waited > .zero)
    }
    let count = pictures.madeCount
    #expect(count <= 10 * 3 + 10 * 3)
    let loader = BatchLoader(data, steps: 0..<100, threads: 2)
    loader.cancel()
    #expect(try loader.nextBatch() == nil)
  }

  @Test("what cannot be a batch is refused")
  func refusals() throws {
    func make(
      _ pictures: MadePictures, classCount: Int = 3, input: Shape = [3, 4, 6], preprocessing: Preprocessing = .init(),
      batchSize: Int = 2, variation: TrainingData.Variation? = nil
    ) throws -> TrainingData {
      try TrainingData(
        pictures, classCount: classCount, input: input, preprocessing: preprocessing, batchSize: batchSize,
        variation: variation)
    }
    #expect(throws: TrainingDataError.noPictures) { try make(MadePictures(0)) }
    #expect(throws: TrainingDataError.batchSize(0)) { try make(MadePictures(3), batchSize: 0) }
    #expect(throws: TrainingDataError.label(name: "made/2.png", label: 2, classes: 2)) {
      try make(MadePictures(3), classCount: 2)
    }
    #expect(throws: TrainingDataError.input([1, 4, 6], channels: 3)) { try make(MadePictures(3), input: [1, 4, 6]) }
    #expect(throws: AugmentationError.shift(-1, allowed: 0...1024)) {
      try make(MadePictures(3), variation: TrainingData.Variation(seed: 0, augmentation: Augmentation(shift: -1)))
    }
    #expect(throws: AugmentationError.outOfRange(.cutmix, found: -1, allowed: 0...1024)) {
      try make(MadePictures(3), variation: TrainingData.Variation(seed: 0, mixing: Mixing(cutmix: -1)))
    }
    let small = try make(MadePictures(3), input: [3, 4, 4])
    let error = TrainingDataError.pictureSize(
      name: "made/0.png", found: Extent(height: 4, width: 6), expected: Extent(4))
    #expect(throws: error) { try small.batch(epoch: 0, step: 0) }
    #expect(
      "\(error)"
        == "made/0.png: the picture becomes 4×6 (height × width), but the network takes 4×4; let 'preprocess:' resize or crop pictures to that"
    )
  }
}
