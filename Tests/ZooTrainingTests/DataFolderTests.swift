import FoundationEssentials
import Testing
import ZooImages
import ZooKit
import ZooTensor
import ZooTraining

@Suite struct DataFolderTests {
  @Test("broken, empty and wrong files of folders are named and counted")
  func badFiles() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-tests-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let pixels = (0..<48).map { UInt8($0 * 5) }
    let png = try PixelImage(width: 4, height: 4, pixels: pixels).encodedAsPNG()
    for name in ["cat", "dog"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      for number in 0..<3 { try FileSystem.write(png, to: "\(folder)/\(name)/good\(number).png") }
    }
    try FileSystem.write(png.dropLast(30), to: "\(folder)/cat/cut.png")
    try FileSystem.write([], to: "\(folder)/dog/empty.jpg")
    try FileSystem.write(Array("hello".utf8), to: "\(folder)/dog/text.png")
    let small = try PixelImage(width: 1, height: 1, pixels: [1, 2, 3]).encodedAsPNG()
    try FileSystem.write(small, to: "\(folder)/dog/small.png")

    let data = try DataSet.open(folder, split: .train)
    func make(skipsBad: Bool) throws -> TrainingData {
      try TrainingData(
        data, classCount: 2, input: [3, 4, 4], preprocessing: Preprocessing(), batchSize: 2,
        variation: TrainingData.Variation(seed: 0), skipsBad: skipsBad)
    }
    let skipping = try make(skipsBad: true)
    #expect(skipping.skipped.map(\.name) == ["cat/cut.png", "dog/empty.jpg", "dog/small.png", "dog/text.png"])
    #expect(skipping.skipped.allSatisfy { $0.reason.contains($0.name) })
    #expect(skipping.classCounts == [3, 3] && skipping.stepCount == 3)
    let loader = BatchLoader(skipping, steps: 0..<3)
    var count = 0
    while let batch = try loader.nextBatch() { count += batch.count }
    #expect(count == 6)

    let strict = try make(skipsBad: false)
    #expect(strict.count == 10)
    for (index, file) in [(0, "cat/cut.png"), (4, "dog/empty.jpg"), (9, "dog/text.png")] {
      let one = try TrainingData(
        data, indices: [index], classCount: 2, input: [3, 4, 4], preprocessing: Preprocessing(), batchSize: 2,
        variation: nil)
      #expect {
        _ = try BatchLoader(one, steps: 0..<1).nextBatch()
      } throws: {
        ($0 as? ImageError)?.name == "\(folder)/\(file)"
      }
    }
  }
}
