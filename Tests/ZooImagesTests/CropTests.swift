import Testing
import ZooImages
import ZooTensor

/// One dimension of torchvision's `CenterCrop`.
private struct Crop: CustomTestStringConvertible {
  var row: [UInt8]
  var size: Int
  var expected: [UInt8]
  var testDescription: String { "\(row.count) to \(size)" }
}

@Suite struct CropTests {
  @Test(arguments: [
    Crop(row: [1, 2, 3, 4], size: 2, expected: [2, 3]),
    Crop(row: [1, 2, 3, 4], size: 4, expected: [1, 2, 3, 4]),
    // Offsets 0.5, 1.5, 2.5 are rounded to even: 0, 2, 2.
    Crop(row: [1, 2, 3], size: 2, expected: [1, 2]),
    Crop(row: [1, 2, 3, 4, 5], size: 2, expected: [3, 4]),
    Crop(row: [1, 2, 3, 4, 5, 6, 7], size: 2, expected: [3, 4]),
    // Padding: the odd zero goes behind.
    Crop(row: [1, 2], size: 4, expected: [0, 1, 2, 0]),
    Crop(row: [1, 2], size: 3, expected: [1, 2, 0]),
    Crop(row: [1], size: 4, expected: [0, 1, 0, 0]),
  ])
  private func oneDimension(_ crop: Crop) {
    let row = PixelImage(width: crop.row.count, height: 1, layout: .grey, trusted: crop.row)
    #expect(row.croppedToCentre(Extent(height: 1, width: crop.size)).pixels == crop.expected)
    let column = PixelImage(width: 1, height: crop.row.count, layout: .grey, trusted: crop.row)
    #expect(column.croppedToCentre(Extent(height: crop.size, width: 1)).pixels == crop.expected)
  }

  @Test("a part, at the edges too, and the whole")
  func parts() {
    let image = PixelImage(width: 3, height: 2, trusted: (0..<18).map { $0 })
    #expect(
      image.cropped(to: Extent(height: 1, width: 2), row: 1, column: 1)
        == PixelImage(width: 2, height: 1, trusted: [12, 13, 14, 15, 16, 17]))
    #expect(image.cropped(to: Extent(height: 2, width: 1), row: 0, column: 0).pixels == [0, 1, 2, 9, 10, 11])
    #expect(image.cropped(to: Extent(height: 2, width: 3), row: 0, column: 0) == image)
  }

  @Test func croppingOneSideAndPaddingTheOther() {
    let image = PixelImage(width: 4, height: 1, trusted: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    let cropped = image.croppedToCentre(Extent(height: 2, width: 2))
    #expect(cropped == PixelImage(width: 2, height: 2, trusted: [4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0]))
  }
}
