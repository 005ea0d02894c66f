import Testing
import ZooImages
import ZooTensor

/// A mean of each pixel, subtracted where the crop is.
@Suite struct MeanImageTests {
  /// Rows of pixels: red, green and blue are apart by 100.
  private static func picture(_ height: Int, _ width: Int) -> PixelImage {
    var pixels: [UInt8] = []
    for value in 0..<height * width { pixels += [UInt8(value), UInt8(value + 100), UInt8(value + 200)] }
    return PixelImage(width: width, height: height, trusted: pixels)
  }

  private static func mean(_ channels: Int, _ height: Int, _ width: Int) throws -> MeanImage {
    let values: [Float] = (0..<channels * height * width).map { Float($0) * 0.75 - 3 }
    return try #require(MeanImage(Tensor(shape: [channels, height, width], floats: values)))
  }

  /// Value by value: the mean of the resized picture's size is looked up where the pixel was before the crop.
  private static func expected(
    _ image: PixelImage, _ mean: MeanImage, crop: Extent, row: Int, column: Int, meanRow: Int, meanColumn: Int
  ) -> [Float] {
    var values: [Float] = []
    for channel in 0..<3 {
      for y in 0..<crop.height {
        for x in 0..<crop.width {
          let pixel = image.pixels[((row + y) * image.width + column + x) * 3 + 2 - channel]
          let index = (channel * mean.extent.height + meanRow + y) * mean.extent.width + meanColumn + x
          values.append((Float(pixel) - mean.values[index]) / 4 / 0.5)
        }
      }
    }
    return values
  }

  private static func preprocessing(_ mean: MeanImage, crop: Extent?) -> Preprocessing {
    Preprocessing(
      crop: crop.map { .centre($0) } ?? .none, channels: .bgr, meanImage: .image(mean), scale: .divided(by: 4),
      standardDeviation: [0.5, 0.5, 0.5])
  }

  @Test func theWindowOfTheMeanIsThatOfTheCrop() throws {
    let (image, mean) = (Self.picture(5, 9), try Self.mean(3, 5, 9))
    let crop = Extent(height: 2, width: 4)
    let tensor = try Self.preprocessing(mean, crop: crop).tensor(from: image)
    // The middle begins at (1.5, 2.5), rounded to even.
    #expect(tensor.shape == [3, 2, 4])
    #expect(
      tensor.floats == Self.expected(image, mean, crop: crop, row: 2, column: 2, meanRow: 2, meanColumn: 2))
  }

  @Test func aMeanOfTheCropsSizeIsSubtractedAsItIs() throws {
    let crop = Extent(height: 2, width: 4)
    let (image, mean) = (Self.picture(5, 9), try Self.mean(3, 2, 4))
    let tensor = try Self.preprocessing(mean, crop: crop).tensor(from: image)
    #expect(
      tensor.floats == Self.expected(image, mean, crop: crop, row: 2, column: 2, meanRow: 0, meanColumn: 0))
  }

  @Test func withoutACropTheWholeMeanIsSubtracted() throws {
    let (image, mean) = (Self.picture(5, 9), try Self.mean(3, 5, 9))
    let tensor = try Self.preprocessing(mean, crop: nil).tensor(from: image)
    #expect(
      tensor.floats
        == Self.expected(image, mean, crop: image.extent, row: 0, column: 0, meanRow: 0, meanColumn: 0))
  }

  /// Caffe subtracts, then mirrors.
  @Test func partsAreMirroredAfterTheMeanIsSubtracted() throws {
    let (image, mean) = (Self.picture(5, 9), try Self.mean(3, 5, 9))
    let part = image.cropped(to: Extent(height: 3, width: 4), row: 2, column: 5)
    let preprocessing = Self.preprocessing(mean, crop: part.extent)
    let plain = try preprocessing.tensor(of: part, row: 2, column: 5, in: image.extent).floats
    #expect(
      plain == Self.expected(image, mean, crop: part.extent, row: 2, column: 5, meanRow: 2, meanColumn: 5))
    let mirrored = try preprocessing.tensor(of: part, row: 2, column: 5, in: image.extent, isMirrored: true).floats
    let reversed: [Float] = (0..<9).flatMap { row -> [Float] in plain[row * 4..<row * 4 + 4].reversed() }
    #expect(mirrored == reversed)
  }

  @Test func greyPictures() throws {
    let image = PixelImage(width: 2, height: 1, layout: .grey, trusted: [10, 20])
    let mean = try #require(MeanImage(Tensor(shape: [1, 1, 2], floats: [1, 30])))
    #expect(
      try Preprocessing(channels: .grey, meanImage: .image(mean), scale: .none).tensor(from: image).floats == [9, -10])
  }

  @Test func thePictureOfATensorHasTheMeanAgain() throws {
    let image = Self.picture(5, 9)
    let whole = try Self.mean(3, 5, 9)
    let cases: [(Extent?, MeanImage)] = [(nil, whole), (Extent(3), whole), (Extent(3), try Self.mean(3, 3, 3))]
    for (crop, mean) in cases {
      let preprocessing = Self.preprocessing(mean, crop: crop)
      #expect(try preprocessing.picture(from: preprocessing.tensor(from: image)) == preprocessing.picture(from: image))
    }
  }

  /// The size of a resized picture may depend on the picture.
  @Test func picturesOfAnotherSizeAreRefused() throws {
    let mean = try Self.mean(3, 6, 6)
    let preprocessing = Preprocessing(
      resize: .shorterSide(6, .bilinear), crop: .centre(Extent(4)), meanImage: .image(mean), scale: .none)
    #expect(preprocessing.problems.isEmpty)
    _ = try preprocessing.tensor(from: Self.picture(5, 5))
    let fact = ImageFact.meanImageSize(
      mean: Extent(6), resized: Extent(height: 6, width: 12), part: Extent(4))
    #expect(throws: ImageError(name: nil, fact: fact)) { try preprocessing.tensor(from: Self.picture(5, 10)) }
    // A crop that reaches beyond the picture reaches beyond the mean.
    let wide = Preprocessing(crop: .centre(Extent(7)), meanImage: .image(mean), scale: .none)
    let beyond = ImageFact.meanImageSize(mean: Extent(6), resized: Extent(6), part: Extent(7))
    #expect(throws: ImageError(name: nil, fact: beyond)) { try wide.tensor(from: Self.picture(6, 6)) }
  }

  @Test func problems() throws {
    let mean = try Self.mean(3, 6, 8)
    func problems(_ resize: Extent, _ crop: Extent?, _ channels: Preprocessing.Channels = .bgr) -> [PreprocessingError]
    {
      Preprocessing(
        resize: .exact(resize, .bilinear), crop: crop.map { .centre($0) } ?? .none, channels: channels,
        meanImage: .image(mean)
      ).problems
    }
    for source in [MeanImageSource.file("m.npy", base: ""), .embedded("")] {
      #expect(Preprocessing(meanImage: source).problems == [.meanImageUnread])
    }
    #expect(problems(mean.extent, nil) == [])
    #expect(problems(mean.extent, Extent(6)) == [])
    #expect(problems(Extent(9), mean.extent) == [])
    #expect(problems(mean.extent, nil, .grey) == [.meanImageChannels(found: 3, channels: .grey)])
    let wrong = Extent(height: 8, width: 6)
    #expect(problems(wrong, nil) == [.meanImageSize(mean: mean.extent, resized: wrong, part: wrong)])
    #expect(problems(wrong, Extent(5)) == [.meanImageSize(mean: mean.extent, resized: wrong, part: Extent(5))])
    #expect(
      problems(mean.extent, Extent(7)) == [.meanImageSize(mean: mean.extent, resized: mean.extent, part: Extent(7))])
  }

  @Test func whatIsNoMeanImage() {
    #expect(MeanImage(Tensor(shape: [3, 2], floats: [0, 0, 0, 0, 0, 0])) == nil)
    #expect(MeanImage(Tensor(shape: [3, 0, 2], floats: [])) == nil)
    #expect(MeanImage(Tensor(shape: [1, 1, 2], floats: [0, .nan])) == nil)
    #expect(MeanImage(Tensor(shape: [1, 1, 2], floats: [0, 1]))?.tensor.floats == [0, 1])
  }
}
