import FoundationEssentials
import Testing
import ZooImages
import ZooKit

@Suite struct DataSetTrainingTests {
  /// Folders of pictures of one pixel, as many as stand behind each name.
  private func makeFolders(_ folder: String, _ counts: KeyValuePairs<String, Int>) throws {
    let png = try PixelImage(width: 1, height: 1, pixels: [1, 2, 3]).encodedAsPNG()
    for (name, count) in counts {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      for number in 0..<count { try FileSystem.write(png, to: "\(folder)/\(name)/\(number).png") }
    }
  }

  @Test("a share of each class is held out by the seed, at least one where there are two")
  func heldOut() throws {
    try Fixtures.withTemporaryFolder { folder in
      try makeFolders(folder, ["a": 30, "b": 10, "c": 2, "d": 1])
      let parts = try DataSet.openForTraining(folder, holdingOut: 0.2, seed: 1)
      let validation = try #require(parts.validation)
      #expect(parts.isHeldOut)
      #expect(validation.classCounts == [6, 2, 1, 0] && parts.training.classCounts == [24, 8, 1, 1])
      let (kept, held) = (names(parts.training), names(validation))
      #expect(Set(kept + held).count == 43 && kept.count + held.count == 43)
      #expect(names(try #require(try DataSet.openForTraining(folder, holdingOut: 0.2, seed: 1).validation)) == held)
      #expect(names(try #require(try DataSet.openForTraining(folder, holdingOut: 0.2, seed: 2).validation)) != held)
      #expect(try validation.picture(at: 0).pixels == [1, 2, 3])
      #expect(try DataSet.openForTraining(folder, holdingOut: 0, seed: 1).validation == nil)
      #expect(throws: DataSetProblem.share(0.95)) { try DataSet.openForTraining(folder, holdingOut: 0.95, seed: 1) }
      #expect(throws: DataSetProblem.share(-1)) { try DataSet.openForTraining(folder, holdingOut: -1, seed: 1) }
    }
  }

  private func names(_ data: DataSet) -> [String] { (0..<data.count).map(data.name) }

  @Test("a part for validation numbers its classes as the training part does")
  func parts() throws {
    try Fixtures.withTemporaryFolder { folder in
      try makeFolders(folder, ["train/a": 2, "train/b": 1, "train/c": 1, "val/b": 1, "val/c": 2, "val/empty": 0])
      let parts = try DataSet.openForTraining(folder, holdingOut: 0.5, seed: 1)
      let validation = try #require(parts.validation)
      #expect(!parts.isHeldOut && parts.training.count == 4)
      #expect(validation.classNames == ["a", "b", "c"] && validation.labels == [1, 2, 2])
      #expect(names(validation) == ["b/0.png", "c/0.png", "c/1.png"])
      #expect((parts.training.label(at: 2), parts.training.classCount) == (1, 3))
      try makeFolders(folder, ["val/d": 1])
      #expect(throws: DataSetProblem.unknownClasses(path: "\(folder)/val", ["d"])) {
        try DataSet.openForTraining(folder, holdingOut: 0.5, seed: 1)
      }
    }
  }

  @Test("a class without pictures is named")
  func empty() throws {
    try Fixtures.withTemporaryFolder { folder in
      try makeFolders(folder, ["train/a": 2, "train/b": 0, "train/c": 0])
      let error = DataSetProblem.emptyClasses(path: "\(folder)/train", ["b", "c"])
      #expect(throws: error) { try DataSet.openForTraining(folder, holdingOut: 0.5, seed: 1) }
      #expect(
        "\(error)"
          == "\(folder)/train: no JPEG or PNG file in the folders 'b', 'c'; put pictures there, or remove the folders")
    }
  }

  @Test("the digest tells data apart by files, sizes and classes")
  func digest() throws {
    try Fixtures.withTemporaryFolder { folder in
      try makeFolders(folder, ["x/a": 2, "x/b": 1, "y/a": 2, "y/b": 1, "z/a": 2, "z/c": 1])
      func digest(_ name: String) throws -> String { try DataSet.open("\(folder)/\(name)").digest() }
      let first = try digest("x")
      #expect(first.count == 64 && first.allSatisfy(\.isHexDigit))
      #expect(try digest("y") == first)
      #expect(try digest("z") != first)
      let part = try DataSet.openForTraining("\(folder)/x", holdingOut: 0.5, seed: 1)
      #expect(try part.training.digest() == first)
      try FileSystem.write([0], to: "\(folder)/x/b/0.png")
      #expect(try digest("x") != first)
    }
    let digits = "\(Fixtures.folder)/digits"
    let expected = try DataSet.open(digits).digest()
    try Fixtures.withTemporaryFolder { folder in
      for name in try FileManager.default.contentsOfDirectory(atPath: digits) {
        try FileManager.default.copyItem(atPath: "\(digits)/\(name)", toPath: "\(folder)/\(name)")
      }
      #expect(try DataSet.open(folder).digest() == expected)
    }
  }

  @Test("pictures of batches are named by file and place")
  func batches() throws {
    try Fixtures.withTemporaryFolder { folder in
      for batch in 1...2 {
        let record = [UInt8(batch)] + [UInt8](repeating: UInt8(batch), count: 3072)
        try FileSystem.write(record + record, to: "\(folder)/data_batch_\(batch).bin")
      }
      let data = try DataSet.open(folder, split: .train)
      #expect(names(data).last == "data_batch_2.bin[1]" && data.classCount == 10)
      #expect(data.labels == [1, 1, 2, 2] && data.label(at: 3) == 2)
      let parts = try DataSet.openForTraining(folder, holdingOut: 0.5, seed: 1)
      #expect(parts.isHeldOut && parts.validation?.labels == [1, 2])
      try FileSystem.write([3] + [UInt8](repeating: 0, count: 3072), to: "\(folder)/test_batch.bin")
      let both = try DataSet.openForTraining(folder, holdingOut: 0.5, seed: 1)
      #expect(!both.isHeldOut && both.validation?.labels == [3] && both.training.count == 4)
    }
  }

  @Test("CIFAR-100: the second number is the class")
  func cifar100() throws {
    try Fixtures.withTemporaryFolder { folder in
      let pixels = (0..<3072).map { UInt8(truncatingIfNeeded: $0 / 1024 * 50 + 1) }
      try FileSystem.write([19, 99] + pixels + [0, 5] + pixels, to: "\(folder)/train.bin")
      let data = try DataSet.open(folder, split: .train)
      #expect((data.kind, data.labels, data.classCount) == (.cifar100, [99, 5], 100))
      let image = try data(1).image
      #expect(image.width == 32 && image.height == 32 && Array(image.pixels.suffix(3)) == [1, 51, 101])
      try FileSystem.write([19, 100] + pixels, to: "\(folder)/train.bin")
      let error = DataSetProblem.labelOutOfRange(path: "\(folder)/train.bin", index: 0, label: 100, classes: 100)
      #expect(throws: error) { try DataSet.open(folder, split: .train) }
      try FileSystem.write(pixels, to: "\(folder)/train.bin")
      #expect(throws: DataSetError.truncated(path: "\(folder)/train.bin", expected: 3074, found: 3072)) {
        try DataSet.open(folder, split: .train)
      }
    }
  }
}
