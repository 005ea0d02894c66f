import Testing
import ZooImages
import ZooTestSupport

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite struct WritingTests {
  private func picture(width: Int, height: Int, layout: PixelLayout) -> PixelImage {
    var generator = SplitMix64(seed: width)
    let count = width * height * layout.channelCount
    let pixels = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return PixelImage(width: width, height: height, layout: layout, trusted: pixels)
  }

  @Test(arguments: PixelLayout.allCases)
  func whatIsWrittenIsReadAgain(_ layout: PixelLayout) throws {
    for (width, height) in [(1, 1), (1, 9), (17, 3), (301, 255)] {
      let picture = picture(width: width, height: height, layout: layout)
      let read = try PixelImage(bytes: picture.encodedAsPNG())
      #expect(read == picture.convertedToRGB(), "\(width)×\(height)")
    }
  }

  @Test func greyFilesHaveOneChannel() throws {
    let colourType = 25
    #expect(try picture(width: 2, height: 2, layout: .grey).encodedAsPNG()[colourType] == 0)
    #expect(try picture(width: 2, height: 2, layout: .rgb).encodedAsPNG()[colourType] == 2)
  }

  @Test func filesReplaceWhatWasThereAndLeaveNothingElse() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/picture.png"
      for width in [5, 3] {
        let picture = picture(width: width, height: 2, layout: .rgb)
        try picture.writePNG(to: path)
        #expect(try PixelImage(path: path) == picture)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["picture.png"])
    }
  }

  @Test func aDirectoryInTheWayIsAnErrorAndLeavesNothing() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/taken"
      try FileManager.default.createDirectory(atPath: path + "/inside", withIntermediateDirectories: true)
      #expect(throws: ImageError.self) { try picture(width: 1, height: 1, layout: .rgb).writePNG(to: path) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["taken"])
    }
  }
}

/// A new directory that is removed afterwards.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
  let directory = FileManager.default.temporaryDirectory.path + "/zoo-images-\(UInt64.random(in: 0 ... .max))"
  try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: directory) }
  try body(directory)
}
