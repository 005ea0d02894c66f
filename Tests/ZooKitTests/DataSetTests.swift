import FoundationEssentials
import Testing
import ZooImages
import ZooKit

@Suite struct DataSetTests {
  /// An IDX file with the given dimensions and elements.
  private func idx(_ dimensions: [Int], _ elements: [UInt8], type: UInt8 = 8) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, type, UInt8(dimensions.count)]
    for dimension in dimensions { bytes += (0..<4).map { UInt8(truncatingIfNeeded: dimension >> (24 - 8 * $0)) } }
    return bytes + elements
  }

  @Test("IDX files, not compressed")
  func plainIDX() throws {
    try Fixtures.withTemporaryFolder { folder in
      try FileSystem.write(idx([2, 2, 3], Array(0..<12)), to: "\(folder)/train-images-idx3-ubyte")
      try FileSystem.write(idx([2], [7, 1]), to: "\(folder)/train-labels-idx1-ubyte")
      let data = try DataSet.open(folder, split: .train)
      #expect((data.kind, data.count) == (.idx, 2))
      #expect(try data(1).label == 1)
      #expect(try data(1).image == PixelImage(width: 3, height: 2, layout: .grey, trusted: Array(6..<12)))
      #expect(throws: ZooError.dataSetNotRecognised(path: folder, split: "test")) { try DataSet.open(folder) }
    }
  }

  @Test("IDX files, compressed: the UCI digits")
  func compressedIDX() throws {
    let data = try DataSet.open("\(Fixtures.folder)/digits")
    #expect(data.count == 297)
    let first = try data(0)
    #expect((first.label, first.image.width, first.image.height, first.image.layout) == (1, 8, 8, .grey))
  }

  @Test("CIFAR-10 batches, in order")
  func cifar() throws {
    try Fixtures.withTemporaryFolder { folder in
      for batch in 1...2 {
        let record = [UInt8(batch)] + (0..<3072).map { UInt8(truncatingIfNeeded: $0 / 1024 * 50 + batch) }
        try FileSystem.write(record + record, to: "\(folder)/data_batch_\(batch).bin")
      }
      let data = try DataSet.open(folder, split: .train)
      #expect((data.kind, data.count) == (.cifar10, 4))
      #expect(try (0..<4).map { try data($0).label } == [1, 1, 2, 2])
      #expect(try data(3).image.pixels.prefix(3) == [2, 52, 102])
    }
  }

  @Test("one folder per class, matched with the labels by name")
  func folders() throws {
    try Fixtures.withTemporaryFolder { folder in
      let samples = repository.appending(path: "zoo/samples").path
      for digit in [3, 9] {
        let below = "\(folder)/val/\(digit)"
        try FileManager.default.createDirectory(atPath: below, withIntermediateDirectories: true)
        let name = try #require(
          try FileManager.default.contentsOfDirectory(atPath: samples).first { $0.hasSuffix("is-\(digit).png") })
        try FileManager.default.copyItem(atPath: "\(samples)/\(name)", toPath: "\(below)/a.png")
      }
      let data = try DataSet.open(folder)
      #expect((data.kind, data.count, data.classNames) == (.folders, 2, ["3", "9"]))
      let result = try Model(Catalogue.defaultModel).evaluate(data)
      #expect((result.top1, result.count, result.classes[9].correct) == (2, 2, 1))
    }
  }

  @Test("damaged files are named")
  func damaged() throws {
    let good = idx([2, 2, 2], Array(0..<8))
    #expect(throws: DataSetError.truncated(path: "f", expected: 24, found: 23)) {
      try IDXFile(bytes: good.dropLast(), path: "f")
    }
    #expect(throws: DataSetError.truncated(path: "f", expected: 24, found: 25)) {
      try IDXFile(bytes: good + [0], path: "f")
    }
    #expect(throws: DataSetError.notIDX(path: "f")) { try IDXFile(bytes: idx([1], [0], type: 13), path: "f") }
    #expect(throws: DataSetError.notIDX(path: "f")) { try IDXFile(bytes: [0, 0], path: "f") }
    #expect(throws: DataSetError.tooLarge(path: "f", limit: 1 << 30)) {
      try IDXFile(bytes: idx([1 << 31, 1 << 31, 1 << 31], []), path: "f")
    }
    #expect(throws: DataSetError.damagedGzip(path: "f")) { try IDXFile(bytes: [0x1F, 0x8B, 8, 0, 1, 2, 3], path: "f") }
    let gzip = [UInt8](
      try Data(contentsOf: URL(filePath: "\(Fixtures.folder)/digits/t10k-images-idx3-ubyte.gz")))
    for length in stride(from: 2, to: gzip.count, by: 97) {
      #expect(throws: DataSetError.damagedGzip(path: "f"), "\(length) bytes") {
        try IDXFile(bytes: Array(gzip.prefix(length)), path: "f")
      }
    }
    #expect(throws: DataSetError.truncated(path: "f", expected: 6146, found: 3074)) {
      try CIFARBatch(bytes: [UInt8](repeating: 0, count: 3074), path: "f")
    }
    #expect(throws: DataSetError.labelOutOfRange(path: "f", index: 0, label: 10)) {
      try CIFARBatch(bytes: [10] + [UInt8](repeating: 0, count: 3072), path: "f")
    }
  }

  @Test("a class that the network does not have")
  func labels() throws {
    try Fixtures.withTemporaryFolder { folder in
      try FileSystem.write(idx([1, 28, 28], [UInt8](repeating: 0, count: 784)), to: "\(folder)/t10k-images-idx3-ubyte")
      try FileSystem.write(idx([1], [10]), to: "\(folder)/t10k-labels-idx1-ubyte")
      let data = try DataSet.open(folder)
      #expect(throws: ZooError.labelOutOfRange(label: 10, outputs: 10, path: folder)) {
        try Model(Catalogue.defaultModel).evaluate(data)
      }
    }
  }
}

@Suite struct FileSystemTests {
  @Test("images of a folder are found once, though a link leads back to it")
  func links() throws {
    try Fixtures.withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: "\(folder)/b", withIntermediateDirectories: false)
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/b/back", withDestinationPath: folder)
      for name in ["z.PNG", "a.jpeg", "b/c.jpg", ".hidden.png", "notes.txt"] {
        try FileSystem.write([0], to: "\(folder)/\(name)")
      }
      let names = try FileSystem.images(below: folder).map { String($0.dropFirst(folder.count + 1)) }
      #expect(names == ["a.jpeg", "b/c.jpg", "z.PNG"])
    }
  }
}
