import Testing
import ZooImages
import ZooTensor

@Suite struct PreprocessingTests {
  private let image = PixelImage(width: 2, height: 1, trusted: [10, 20, 30, 40, 50, 60])

  @Test func channelsScaleMeanAndDeviation() throws {
    let preprocessing = Preprocessing(
      channels: .bgr, scale: .divided(by: 10), mean: [1, 2, 3], standardDeviation: [1, 2, 4])
    let tensor = try preprocessing.tensor(from: image)
    #expect(tensor.shape == [3, 1, 2])
    #expect(tensor.floats == [2, 5, 0, 1.5, -0.5, 0.25])
  }

  @Test func greyComesBeforeTheResize() throws {
    let preprocessing = Preprocessing(
      resize: .exact(Extent(height: 3, width: 5), .bicubic), channels: .grey, scale: .none)
    let tensor = try preprocessing.tensor(from: image)
    let expected = try image.convertedToGrey().resized(to: Extent(height: 3, width: 5), filter: .bicubic)
    #expect(tensor.shape == [1, 3, 5])
    #expect(tensor.floats == expected.pixels.map(Float.init))
    #expect(try preprocessing.picture(from: image) == expected)
  }

  @Test func greyPicturesFeedColourNetworks() throws {
    let grey = PixelImage(width: 2, height: 1, layout: .grey, trusted: [7, 9])
    #expect(try Preprocessing(scale: .none).tensor(from: grey).floats == [7, 9, 7, 9, 7, 9])
  }

  /// `(x / 255 − mean) / std` in float32, rounded after every step, as torchvision's tensors are.
  @Test func imageNetArithmetic() throws {
    let samples = (0...255).flatMap { [UInt8($0), UInt8($0), UInt8($0)] }
    let ramp = PixelImage(width: 16, height: 16, trusted: samples)
    var preprocessing = Preprocessing.imageNet
    preprocessing.resize = .none
    preprocessing.crop = .none
    let tensor = try preprocessing.tensor(from: ramp)
    let expected = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)].flatMap { (mean: Float, deviation: Float) in
      (0...255).map { (Float($0) / 255 - mean) / deviation }
    }
    #expect(tensor.floats == expected)
    #expect(preprocessing.picture(from: tensor) == ramp)
  }

  @Test func multiplyingIsCaffes() throws {
    let preprocessing = Preprocessing(channels: .grey, scale: .multiplied(by: 0.00390625))
    let ramp = PixelImage(width: 256, height: 1, layout: .grey, trusted: Array(0...255))
    #expect(try preprocessing.tensor(from: ramp).floats == (0...255).map { Float($0) / 256 })
  }

  @Test func picturesOfTensorsAreRoundedAndClipped() {
    let preprocessing = Preprocessing(channels: .bgr, scale: .multiplied(by: 0.5), mean: [1, 1, 1])
    let tensor = Tensor(shape: [3, 1, 2], floats: [0, 4.2, -9, .nan, 200, .infinity])
    #expect(preprocessing.picture(from: tensor).pixels == [255, 0, 2, 255, 0, 10])
  }

  @Test(arguments: [
    (from: Extent(height: 427, width: 640), to: Extent(height: 256, width: 383)),
    (from: Extent(height: 640, width: 427), to: Extent(height: 383, width: 256)),
    (from: Extent(height: 10, width: 10), to: Extent(height: 256, width: 256)),
    (from: Extent(height: 256, width: 300), to: Extent(height: 256, width: 300)),
    (from: Extent(height: 1, width: 3), to: Extent(height: 256, width: 768)),
  ])
  func theShorterSideKeepsTheAspectRatio(_ sizes: (from: Extent, to: Extent)) throws {
    let pixels = [UInt8](repeating: 9, count: sizes.from.area)
    let image = PixelImage(width: sizes.from.width, height: sizes.from.height, layout: .grey, trusted: pixels)
    let preprocessing = Preprocessing(resize: .shorterSide(256, .bilinear), channels: .grey)
    #expect(preprocessing.outputExtent(for: sizes.from) == sizes.to)
    #expect(try preprocessing.picture(from: image).extent == sizes.to)
  }

  @Test func fixedOutputExtent() {
    let wide = Extent(height: 2, width: 3)
    #expect(Preprocessing.imageNet.fixedOutputExtent == Extent(224))
    #expect(Preprocessing(resize: .exact(wide, .nearest)).fixedOutputExtent == wide)
    #expect(Preprocessing(resize: .exact(wide, .nearest), crop: .centre(Extent(1))).fixedOutputExtent == Extent(1))
    #expect(Preprocessing(resize: .shorterSide(4, .nearest)).fixedOutputExtent == nil)
    #expect(Preprocessing().fixedOutputExtent == nil)
  }

  /// A column of pixels that torchvision would enlarge without bound.
  @Test func pictureFarFromSquareIsRefused() {
    let column = PixelImage(width: 1, height: 65_500, layout: .grey, trusted: Array(repeating: 0, count: 65_500))
    let to = Extent(height: 256 * 65_500, width: 256)
    #expect(throws: ImageError(name: nil, fact: .resizeTooLarge(from: column.extent, to: to, limit: 100_000_000))) {
      try Preprocessing.imageNet.tensor(from: column)
    }
  }

  @Test func validPreprocessingHasNoProblems() throws {
    try Preprocessing.imageNet.validate()
    try Preprocessing(resize: .exact(Extent(1), .nearest), crop: .centre(Extent(1)), channels: .grey).validate()
    try Preprocessing(resize: .shorterSide(16_384, .nearest), scale: .none).validate()
  }

  @Test func everyProblemIsFound() {
    let broken = Preprocessing(
      resize: .exact(Extent(height: 0, width: 20_000), .nearest), crop: .centre(Extent(16_384)), channels: .grey,
      scale: .divided(by: 0), mean: [1, .infinity], standardDeviation: [0, -1, .nan])
    let problems = broken.problems
    #expect(problems.count == 10)
    #expect(
      problems.prefix(6) == [
        .sideOutOfRange(.resize, found: 0, allowed: 1...16384),
        .sideOutOfRange(.resize, found: 20_000, allowed: 1...16384),
        .tooManyPixels(.crop, Extent(16_384), limit: 100_000_000),
        .scaleNotPositive(0),
        .wrongCount(.mean, found: 2, channels: .grey),
        .meanNotFinite(channel: 1, .infinity),
      ])
    #expect(throws: PreprocessingError.sideOutOfRange(.resize, found: 0, allowed: 1...16384)) { try broken.validate() }
  }
}
