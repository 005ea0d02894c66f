import Testing
import ZooImages
import ZooTensor
import ZooTestSupport

@Suite struct AugmentationTests {
  private func picture(_ height: Int, _ width: Int, _ layout: PixelLayout = .rgb, seed: UInt64 = 1) -> PixelImage {
    let random = CounterRandom(seed: seed, purpose: .sampling)
    let count = height * width * layout.channelCount
    return PixelImage(
      width: width, height: height, layout: layout,
      trusted: (0..<count).map { UInt8(truncatingIfNeeded: random.bits($0)) })
  }

  private func random(_ counter: Int) -> CounterRandom {
    CounterRandom(seed: 7, purpose: .augmentation, UInt64(counter))
  }

  /// What a pipeline writes over numbers that are none.
  private func input(
    _ picture: PixelImage, _ preprocessing: Preprocessing, _ augmentation: Augmentation, _ extent: Extent,
    _ random: CounterRandom
  ) throws -> [Float] {
    let pipeline = Augmentation.Pipeline(preprocessing, augmentation, extent: extent)
    var values = [Float](repeating: .nan, count: pipeline.elementCount)
    let prepared = try pipeline.prepared(picture)
    try values.withUnsafeMutableBufferPointer { try pipeline.write(prepared, random: random, into: $0) }
    return values
  }

  private static let mean: [Float] = (0..<3 * 9 * 11).map { Float($0 % 97) + 0.25 }

  private static func meanImage(_ height: Int, _ width: Int) throws -> MeanImageSource {
    let values = Array(mean.prefix(3 * height * width))
    return .image(try #require(MeanImage(Tensor(shape: [3, height, width], floats: values))))
  }

  @Test("without augmentation the bits are the preprocessing's")
  func none() throws {
    let preprocessings = [
      Preprocessing(),
      Preprocessing(
        resize: .shorterSide(9, .bilinear), crop: .centre(Extent(height: 8, width: 7)), mean: [0.485, 0.456, 0.406],
        standardDeviation: [0.229, 0.224, 0.225]),
      Preprocessing(crop: .centre(Extent(40)), channels: .bgr, scale: .none, mean: [104, 117, 123]),
      Preprocessing(
        resize: .exact(Extent(height: 5, width: 12), .bicubic), channels: .grey, scale: .multiplied(by: 0.00390625)),
      Preprocessing(
        resize: .exact(Extent(height: 9, width: 11), .bilinear), crop: .centre(Extent(height: 6, width: 7)),
        channels: .bgr, meanImage: try Self.meanImage(9, 11), scale: .multiplied(by: 0.5)),
      Preprocessing(
        resize: .exact(Extent(height: 9, width: 11), .bilinear), crop: .centre(Extent(height: 6, width: 7)),
        meanImage: try Self.meanImage(6, 7), scale: .none),
    ]
    for (number, preprocessing) in preprocessings.enumerated() {
      for layout in PixelLayout.allCases {
        let image = picture(23, 31, layout)
        let expected = try preprocessing.tensor(from: image)
        let found = try input(image, preprocessing, Augmentation(), expected.shape.extent, random(0))
        #expect(
          found.map(\.bitPattern) == expected.floats.map(\.bitPattern), "preprocessing \(number), \(layout)")
      }
    }
  }

  @Test("a mean image that fits no picture is refused, as without augmentation")
  func meanImageSize() throws {
    let preprocessing = Preprocessing(
      resize: .shorterSide(9, .bilinear), crop: .centre(Extent(8)), meanImage: try Self.meanImage(9, 10), scale: .none)
    let pipeline = Augmentation.Pipeline(preprocessing, extent: Extent(8))
    let image = picture(20, 30)
    let fact = ImageFact.meanImageSize(
      mean: Extent(height: 9, width: 10), resized: Extent(height: 9, width: 13), part: Extent(8))
    #expect(throws: ImageError(name: nil, fact: fact)) { try preprocessing.tensor(from: image) }
    #expect(throws: ImageError(name: nil, fact: fact)) { try pipeline.prepared(image) }
  }

  private static let everything = Augmentation(
    crop: Augmentation.Crop(), flip: 0.5, shift: 2,
    color: Augmentation.Color(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1), erase: 0.5)

  @Test("what is drawn for a picture depends on its numbers alone, and all is written")
  func deterministic() throws {
    let (image, preprocessing) = (picture(30, 20), Preprocessing.imageNet)
    let first = try (0..<40).map { try input(image, preprocessing, Self.everything, Extent(16), random($0)) }
    let again = try (0..<40).reversed().map { try input(image, preprocessing, Self.everything, Extent(16), random($0)) }
    #expect(first == again.reversed())
    #expect(Set(first).count == 40)
    #expect(first.allSatisfy { $0.allSatisfy(\.isFinite) })
  }

  @Test("a mirror image of a mirror image is the picture", arguments: [3, 8])
  func flip(_ width: Int) throws {
    let (image, extent) = (picture(5, width), Extent(height: 5, width: width))
    let always = Augmentation(flip: 1)
    let plain = try input(image, Preprocessing(), Augmentation(), extent, random(0))
    let once = try input(image, Preprocessing(), always, extent, random(0))
    let twice = try input(image.oriented(.mirrored), Preprocessing(), always, extent, random(0))
    #expect(once != plain)
    #expect(twice == plain)
    let flips = (0..<1000).count { Augmentation(flip: 0.25).drawFlip(random($0)) }
    #expect((180...320).contains(flips), "\(flips) of 1000")
  }

  @Test("a shift takes every distance in both directions, and brings in black")
  func shift() throws {
    let (image, extent) = (picture(6, 7), Extent(height: 6, width: 7))
    let preprocessing = Preprocessing(channels: .bgr, scale: .none, mean: [1, 2, 3])
    for isMirrored in [false, true] {
      var seen: Set<[Int]> = []
      let augmentation = Augmentation(flip: isMirrored ? 1 : 0, shift: 2)
      for counter in 0..<400 {
        let shift = augmentation.drawShift(random(counter))
        seen.insert([shift.rows, shift.columns])
        let found = try input(image, preprocessing, augmentation, extent, random(counter))
        let source = isMirrored ? image.oriented(.mirrored) : image
        let padded = source.croppedToCentre(Extent(height: 10, width: 11))
        let part = padded.cropped(to: extent, row: 2 + shift.rows, column: 2 + shift.columns)
        #expect(part == source.shifted(rows: shift.rows, columns: shift.columns), "\(shift)")
        #expect(try found == preprocessing.tensor(from: part).floats, "\(shift), mirrored: \(isMirrored)")
      }
      #expect(seen.count == 25)
      #expect(seen.allSatisfy { $0.allSatisfy { abs($0) <= 2 } })
    }
  }

  @Test("a shift by more than the picture leaves black")
  func longShift() throws {
    let image = picture(2, 3)
    let augmentation = Augmentation(shift: 50)
    let counter = try #require(
      (0..<100).first {
        let shift = augmentation.drawShift(random($0))
        return abs(shift.rows) < 2 && abs(shift.columns) > 3
      })
    let extent = Extent(height: 2, width: 3)
    #expect(try input(image, Preprocessing(), augmentation, extent, random(counter)).allSatisfy { $0 == 0 })
    #expect(image.shifted(rows: 0, columns: -3).pixels.allSatisfy { $0 == 0 })
    #expect(image.shifted(rows: 9, columns: 0).pixels.allSatisfy { $0 == 0 })
  }

  @Test("a mean image is subtracted before the mirror, whatever the picture was moved by")
  func meanImage() throws {
    let image = picture(6, 7)
    let preprocessing = Preprocessing(meanImage: try Self.meanImage(6, 7), scale: .none)
    let augmentation = Augmentation(flip: 1, shift: 2)
    for counter in 0..<20 {
      let shift = augmentation.drawShift(random(counter))
      let part = image.shifted(rows: shift.rows, columns: -shift.columns)
      let expected = try preprocessing.tensor(of: part, row: 0, column: 0, in: part.extent, isMirrored: true).floats
      #expect(try input(image, preprocessing, augmentation, image.extent, random(counter)) == expected, "\(shift)")
    }
  }

  @Test(
    "a random crop lies within the picture",
    arguments: [(1, 1), (1, 500), (500, 1), (3, 2), (32, 32), (375, 500), (40, 900)])
  func crop(_ height: Int, _ width: Int) throws {
    let extent = Extent(height: height, width: width)
    let crop = Augmentation.Crop(scale: 0.08...1, ratio: 0.75...(4.0 / 3))
    // Crops of all shares and ratios fit, and rounding changes them little.
    let isRoomy = min(height, width) >= 30 && max(height, width) < 2 * min(height, width)
    var parts: Set<PixelRegion> = []
    for counter in 0..<500 {
      let part = crop.draw(in: extent, random(counter))
      parts.insert(part)
      #expect(part.extent.height > 0 && part.extent.width > 0 && part.row >= 0 && part.column >= 0, "\(part)")
      #expect(part.row + part.extent.height <= height && part.column + part.extent.width <= width, "\(part)")
      guard isRoomy else { continue }
      let share = Double(part.extent.area) / Double(extent.area)
      let ratio = Double(part.extent.width) / Double(part.extent.height)
      #expect(share > 0.06 && share <= 1 && ratio > 0.66 && ratio < 1.5, "\(part)")
    }
    if isRoomy { #expect(parts.count > 200) }
  }

  @Test("where no crop of the ratio fits, the middle is taken")
  func fallback() {
    let crop = Augmentation.Crop(scale: 1...1, ratio: 0.75...(4.0 / 3))
    let wide = crop.draw(in: Extent(height: 30, width: 300), random(0))
    #expect(wide == PixelRegion(row: 0, column: 130, extent: Extent(height: 30, width: 40)))
    let high = crop.draw(in: Extent(height: 300, width: 30), random(0))
    #expect(high == PixelRegion(row: 130, column: 0, extent: Extent(height: 40, width: 30)))
  }

  @Test("a crop of the whole picture is a resize, in place of the evaluation's")
  func wholeCrop() throws {
    let image = picture(20, 20)
    let augmentation = Augmentation(crop: Augmentation.Crop(scale: 1...1, ratio: 1...1))
    let preprocessing = Preprocessing(resize: .shorterSide(12, .bicubic), crop: .centre(Extent(8)), scale: .none)
    let expected = try image.resized(to: Extent(8), filter: .bicubic)
    let found = try input(image, preprocessing, augmentation, Extent(8), random(0))
    #expect(try found == Preprocessing(scale: .none).tensor(from: expected).floats)
  }

  @Test("an erased rectangle is zero, the rest as it was")
  func erase() throws {
    let (image, extent) = (picture(20, 24), Extent(height: 20, width: 24))
    let preprocessing = Preprocessing(scale: .none, mean: [0.5, 0.5, 0.5])
    let plain = try input(image, preprocessing, Augmentation(), extent, random(0))
    var count = 0
    for counter in 0..<100 {
      let augmentation = Augmentation(erase: 1)
      let found = try input(image, preprocessing, augmentation, extent, random(counter))
      guard let part = augmentation.drawErasure(in: extent, random(counter)) else {
        #expect(found == plain)
        continue
      }
      count += 1
      #expect((0.01...0.36).contains(Double(part.extent.area) / Double(extent.area)), "\(part)")
      for (index, value) in found.enumerated() {
        let (row, column) = (index / 24 % 20, index % 24)
        let isErased =
          (part.row..<part.row + part.extent.height).contains(row)
          && (part.column..<part.column + part.extent.width).contains(column)
        #expect(value == (isErased ? 0 : plain[index]), "\(part) at \(row), \(column)")
      }
    }
    #expect(count > 90)
    #expect(
      (400...600).contains((0..<1000).count { Augmentation(erase: 0.5).drawErasure(in: extent, random($0)) != nil }))
  }

  @Test("numbers out of range are told")
  func problems() {
    #expect(Self.everything.problems.isEmpty)
    let bad = Augmentation(
      crop: Augmentation.Crop(scale: 0...1, ratio: 0...1), flip: 1.5, shift: -1, color: Augmentation.Color(hue: 0.6),
      erase: .nan)
    #expect(
      bad.problems.map(\.description).dropLast() == [
        "a crop of 0.0 to 1.0 of the area; give shares above 0 and at most 1",
        "a crop whose width is 0.0 to 1.0 of its height; give positive numbers",
        "flip is 1.5; give a number from 0.0 to 1.0",
        "a shift by -1 pixels; give a whole number from 0 to 1024",
        "hue is 0.6; give a number from 0.0 to 0.5",
      ])
    #expect(bad.problems.last?.description == "erase is nan; give a number from 0.0 to 1.0")
    #expect(Mixing(mixup: 0.2, cutmix: 1).problems.isEmpty)
    #expect(Mixing(mixup: -1).problems == [.outOfRange(.mixup, found: -1, allowed: 0...1024)])
  }
}
