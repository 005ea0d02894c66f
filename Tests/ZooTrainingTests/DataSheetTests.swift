import Testing
import ZooImages
import ZooTensor
import ZooTraining

@Suite struct DataSheetTests {
  @Test("inputs are shown as the pictures that they were made of")
  func inputs() throws {
    let pictures = MadePictures(3)
    let data = try TrainingData(
      pictures, classCount: 3, input: [3, 4, 6],
      preprocessing: .init(channels: .bgr, mean: [0.4, 0.5, 0.6], standardDeviation: [0.2, 0.3, 0.4]), batchSize: 3,
      variation: nil)
    let batch = try data.batch(epoch: 0, step: 0)
    let sheet = try #require(
      Sheet.picture(ofInputs: batch.images, preprocessing: data.preprocessing, columns: 2))
    #expect(sheet.extent == Extent(height: 4 + 2 + 4, width: 6 + 2 + 6))
    for (index, place) in [(0, 0), (0, 8), (6, 0)].enumerated() {
      let part = sheet.cropped(to: Extent(height: 4, width: 6), row: place.0, column: place.1)
      #expect(try part == pictures.picture(at: index), "picture \(index)")
    }
    #expect(sheet.cropped(to: Extent(height: 4, width: 8), row: 6, column: 6).pixels.allSatisfy { $0 == 255 })
  }

  @Test("pictures of any size fit their cells")
  func scaled() throws {
    func plain(_ height: Int, _ width: Int) throws -> PixelImage {
      try PixelImage(
        width: width, height: height, layout: .grey, pixels: [UInt8](repeating: 9, count: width * height))
    }
    let pictures = try [plain(40, 80), plain(3, 1), plain(1, 900)]
    let sheet = try #require(try Sheet.picture(of: pictures, cell: Extent(height: 12, width: 20), columns: 3))
    #expect(sheet.extent == Extent(height: 12, width: 64))
    func dark(_ cell: Int) -> Int {
      sheet.cropped(to: Extent(height: 12, width: 20), row: 0, column: 22 * cell).convertedToGrey().pixels
        .count { $0 == 9 }
    }
    #expect([dark(0), dark(1), dark(2)] == [20 * 10, 12 * 4, 20])
    #expect(try Sheet.picture(of: [], cell: Extent(3)) == nil)
  }
}
