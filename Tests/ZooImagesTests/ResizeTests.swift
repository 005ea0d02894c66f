import Testing
import ZooImages
import ZooTensor

@Suite struct ResizeTests {
  /// All filters, both layouts, enlarging and reducing, one direction alone: the bytes must be Pillow's.
  @Test func everyRecordedResize() throws {
    let resizes = try Fixtures.recorded().resizes
    #expect(resizes.count == 108)
    for resize in resizes {
      var image = try PixelImage(path: Fixtures.path(resize.file))
      if resize.isGrey { image = image.convertedToGrey() }
      let resized = try image.resized(to: Extent(height: resize.height, width: resize.width), filter: resize.filter)
      #expect(
        sha256(resized.pixels) == resize.hash,
        "\(resize.file) \(image.layout) to \(resize.width)×\(resize.height), \(resize.filter)")
    }
  }

  @Test(arguments: ResizeFilter.allCases)
  func theSameSizeChangesNothing(_ filter: ResizeFilter) throws {
    let image = PixelImage(width: 3, height: 2, layout: .grey, trusted: [0, 200, 3, 90, 17, 255])
    #expect(try image.resized(to: Extent(height: 2, width: 3), filter: filter) == image)
  }

  @Test(arguments: ResizeFilter.allCases)
  func aFlatPictureStaysFlat(_ filter: ResizeFilter) throws {
    for value in [0, 1, 127, 254, 255] as [UInt8] {
      let image = PixelImage(width: 7, height: 5, layout: .grey, trusted: Array(repeating: value, count: 35))
      for target in [Extent(height: 2, width: 3), Extent(height: 31, width: 17)] {
        let resized = try image.resized(to: target, filter: filter)
        #expect(resized.pixels.allSatisfy { $0 == value }, "\(value) to \(target)")
      }
    }
  }

  @Test func halvingByATriangle() throws {
    // Weights 3 3 1 at the left edge, 1 3 3 at the right one.
    let image = PixelImage(width: 4, height: 1, layout: .grey, trusted: [0, 70, 140, 210])
    let halved = try image.resized(to: Extent(height: 1, width: 2), filter: .bilinear)
    #expect(halved.pixels == [50, 160])
  }

  /// The direction that is first is rounded first, which shows in the result.
  @Test func columnsAreFirstWhereTheHeightShrinksMore() throws {
    let image = PixelImage(width: 4, height: 6, layout: .grey, trusted: (0..<24).map { UInt8($0 * $0 * 7 % 251) })
    func inTwo(_ middle: Extent, _ target: Extent) throws -> PixelImage {
      try image.resized(to: middle, filter: .bicubic).resized(to: target, filter: .bicubic)
    }
    var differences = 0
    for target in (1...7).flatMap({ height in (1...5).map { Extent(height: height, width: $0) } }) {
      let columnsFirst = try inTwo(Extent(height: target.height, width: 4), target)
      let rowsFirst = try inTwo(Extent(height: 6, width: target.width), target)
      let expected = target.height < 6 && 6 - target.height > 2 * (4 - target.width) ? columnsFirst : rowsFirst
      #expect(try image.resized(to: target, filter: .bicubic) == expected, "\(target)")
      if columnsFirst != rowsFirst { differences += 1 }
    }
    #expect(differences > 10)
  }

  /// One direction shrinks before the other grows, so that nothing is large on the way.
  @Test func aColumnBecomesARow() throws {
    let column = PixelImage(width: 1, height: 65_500, layout: .grey, trusted: Array(repeating: 77, count: 65_500))
    let row = try column.resized(to: Extent(height: 1, width: 16_384), filter: .bilinear)
    #expect(row.extent == Extent(height: 1, width: 16_384) && row.pixels.allSatisfy { $0 == 77 })
  }

  @Test(arguments: [
    (from: Extent(1), to: Extent(16_384)),
    (from: Extent(1), to: Extent(height: .max, width: 256)),
  ])
  func hugeResizesAreRefused(_ sizes: (from: Extent, to: Extent)) {
    let pixels = [UInt8](repeating: 0, count: sizes.from.area)
    let image = PixelImage(width: sizes.from.width, height: sizes.from.height, layout: .grey, trusted: pixels)
    let fact = ImageFact.resizeTooLarge(from: sizes.from, to: sizes.to, limit: 100_000_000)
    for filter in ResizeFilter.allCases {
      #expect(throws: ImageError(name: nil, fact: fact)) {
        try image.resized(to: sizes.to, filter: filter)
      }
    }
  }
}
