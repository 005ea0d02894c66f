import Testing
import ZooImages
import ZooTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite struct MessageTests {
  private func message(_ bytes: [UInt8], name: String? = nil, limits: ImageLimits = .standard) -> String {
    do {
      _ = try PixelImage(bytes: bytes, name: name, limits: limits)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  private func message(path: String, limits: ImageLimits = .standard) -> String {
    do {
      _ = try PixelImage(path: path, limits: limits)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func files() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/photo.jpg"
      #expect(message(path: path) == "\(path): there is no such file; check the path")
      #expect(message(path: directory) == "\(directory): this is a directory; name a JPEG or PNG file in it")
      #expect(message(path: "/dev/null") == "/dev/null: this is neither a file nor a pipe; name a JPEG or PNG file")
      #expect(message(path: "\(path)/x") == "\(path)/x: there is no such file; check the path")
      try Data().write(to: URL(filePath: path))
      #expect(message(path: "\(path)/x") == "\(path)/x: the file cannot be read: Not a directory")
      #expect(
        message(path: path)
          == "\(path): the file is empty; it may not have been copied or downloaded completely")
      try Data("A cat.".utf8).write(to: URL(filePath: path))
      #expect(message(path: path) == "\(path): this is a text file, not a picture; zoo reads JPEG and PNG")
      #expect(
        message(path: path, limits: ImageLimits(fileSize: 5))
          == "\(path): the file has 6 bytes; at most 5 are read. Save the picture smaller")
    }
  }

  @Test func withAndWithoutAName() {
    #expect(message([], name: "cat.jpg").hasPrefix("cat.jpg: the file is empty"))
    #expect(message([]).hasPrefix("the file is empty"))
  }

  private static let convert = "zoo reads JPEG and PNG. Convert it first, for example with"

  @Test(arguments: [
    ("GIF89a\u{1}\0", "this is a GIF picture; \(convert) ImageMagick: magick 'picture.gif[0]' picture.png"),
    ("RIFF\u{10}\0\0\0WEBPVP8 ", "this is a WebP picture; \(convert) ImageMagick: magick picture.webp picture.png"),
    ("\0\0\0\u{18}ftypheic", "this is a HEIF picture; \(convert) libheif: heif-convert picture.heic picture.png"),
    ("\0\0\0\u{1C}ftypavif", "this is an AVIF picture; \(convert) libheif: heif-convert picture.avif picture.png"),
    ("BM6\0\0\0\0\0\0\0", "this is a BMP picture; \(convert) ImageMagick: magick picture.bmp picture.png"),
    ("II*\0\u{8}\0\0\0", "this is a TIFF picture; \(convert) ImageMagick: magick picture.tiff picture.png"),
    ("MM\0*\0\0\0\u{8}", "this is a TIFF picture; \(convert) ImageMagick: magick picture.tiff picture.png"),
    ("\0\0\0\u{C}jP  ", "this is a JPEG 2000 picture; \(convert) ImageMagick: magick picture.jp2 picture.png"),
    ("\0\0\0\u{C}JXL ", "this is a JPEG XL picture; \(convert) libjxl: djxl picture.jxl picture.png"),
    ("8BPS\0\u{1}", "this is a Photoshop picture; \(convert) ImageMagick: magick 'picture.psd[0]' picture.png"),
    ("P6 2 2 255\n\0\0", "this is a Netpbm picture; \(convert) ImageMagick: magick picture.ppm picture.png"),
    ("%PDF-1.7", "this is a PDF document; zoo reads JPEG and PNG. Export it as PNG first"),
    ("<?xml version='1.0'?>\n<svg>", "this is an SVG document; zoo reads JPEG and PNG. Export it as PNG first"),
    (
      "\n<!DOCTYPE html><title>Not found</title>",
      "this is a web page, not a picture; the download may have answered with an error page"
    ),
    (
      "version https://git-lfs.github.com/spec/v1\n",
      "this is a Git LFS pointer, not the picture itself; fetch it with: git lfs pull"
    ),
    ("PK\u{3}\u{4}\0\0", "this is a ZIP archive, not a picture; unpack it first"),
    ("Grüße", "this is a text file, not a picture; zoo reads JPEG and PNG"),
    (
      "\0\u{1}",
      "this is not a picture that zoo knows: a JPEG file begins with FF D8 FF and a PNG file with 89 50 4E 47, "
        + "this one with 00 01"
    ),
  ])
  func foreignFormats(_ content: String, _ words: String) {
    #expect(message(Array(content.utf8)) == words)
  }

  @Test func foreignFormatsThatAreNotText() {
    let array: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
    #expect(
      message(array) == "this is a NumPy array, not a picture; give it a name that ends in .npy to feed it as it is")
    #expect(message([0x1F, 0x8B, 8, 0]) == "this is a gzip archive, not a picture; unpack it first")
  }

  @Test func brokenPictures() throws {
    let jpeg = try Fixtures.bytes("444.jpg")
    #expect(
      message(Array(jpeg.dropLast(300)))
        == "the JPEG file ends before the picture does; copy or download it again")
    var png = try Fixtures.bytes("rgb.png")
    #expect(
      message(png, limits: ImageLimits(pixelCount: 1000))
        == "the picture has 97×61 pixels (width × height); at most 1000 in all are decoded. Make it smaller first")
    #expect(
      message(Array(png.dropLast(300))) == "the PNG file ends before the picture does; copy or download it again")
    png[12] = 0
    #expect(
      message(png)
        == "the PNG file is damaged or of an unusual kind, and cannot be decoded: "
        + "the file does not begin with a header chunk (IHDR). Try to open it in an image editor and save it again")
    #expect(
      message(try Fixtures.bytes("progressive.jpg"), limits: ImageLimits(scanCount: 3))
        == "the JPEG file is built of more than 3 scans, as only files made to waste time are. "
        + "Try to open it in an image editor and save it again")
  }

  @Test(arguments: [
    (
      ImageFact.fileTooLarge(size: nil, limit: 9),
      "the input has more than 9 bytes, which is the most that is read. Save the picture smaller"
    ),
    (
      .pixelCount(Extent(height: 9, width: 4), channels: 3, found: 107),
      "107 bytes are no picture of 4×9 pixels (width × height) with 3 for each pixel; give width × height × 3 bytes, "
        + "and sides above 0"
    ),
    (
      .rowStride(.bgra, width: 4, found: 15),
      "rows that begin 15 bytes apart have no room for 4 pixels of BGRA; give at least width × 4 bytes"
    ),
    (
      .byteCount(.rgb, Extent(height: 9, width: 4), rowStride: 12, expected: 108...108, found: 107),
      "107 bytes are no picture of 4×9 pixels (width × height) of RGB with 12 bytes from row to row; expected 108"
    ),
    (
      .byteCount(.grey, Extent(height: 2, width: 4), rowStride: 6, expected: 10...12, found: 9),
      "9 bytes are no picture of 4×2 pixels (width × height) of grey with 6 bytes from row to row; expected 10, or up to 12 "
        + "with what follows the last row"
    ),
    (
      .resizeTooLarge(from: Extent(height: 9, width: 1), to: Extent(height: 90, width: 10), limit: 100),
      "resizing from 1×9 to 10×90 pixels (width × height) would need more than 100 pixels; "
        + "crop the picture, it is far from square"
    ),
    (.uncreatable(code: 13), "the file cannot be created: Permission denied"),
    (.unwritable(code: 28), "the file cannot be written: No space left on device"),
    (.unencodable(reason: "out of memory"), "the picture cannot be written as PNG: out of memory"),
  ])
  func otherFacts(_ fact: ImageFact, _ words: String) {
    #expect("\(fact)" == words)
  }

  @Test func writing() {
    let image = PixelImage(width: 1, height: 1, layout: .grey, trusted: [0])
    let path = "/nowhere/at/all.png"
    #expect(throws: ImageError(name: path, fact: .uncreatable(code: 2))) { try image.writePNG(to: path) }
    let error = ImageError(name: path, fact: .uncreatable(code: 2))
    #expect("\(error)" == "/nowhere/at/all.png: the file cannot be created: No such file or directory")
  }

  @Test(arguments: [
    (
      PreprocessingError.sideOutOfRange(.shorterSide, found: 0, allowed: 1...16384),
      "resize to a shorter side of 0 pixels; expected 1 to 16384"
    ),
    (.sideOutOfRange(.resize, found: -1, allowed: 1...16384), "resize to a side of -1 pixels; expected 1 to 16384"),
    (.sideOutOfRange(.crop, found: 99999, allowed: 1...16384), "crop to a side of 99999 pixels; expected 1 to 16384"),
    (
      .tooManyPixels(.crop, Extent(height: 16000, width: 15000), limit: 100_000_000),
      "crop to 15000×16000 pixels; expected at most 100000000 in all"
    ),
    (.wrongCount(.mean, found: 1, channels: .bgr), "the mean has 1 number; expected 3, one per channel of BGR"),
    (
      .wrongCount(.standardDeviation, found: 3, channels: .grey),
      "the standard deviation has 3 numbers; expected 1, one per channel of grey"
    ),
    (.meanNotFinite(channel: 2, .infinity), "the mean of channel 2 is inf; expected a finite number"),
    (
      .standardDeviationNotPositive(channel: 0, 0),
      "the standard deviation of channel 0 is 0.0; expected a number above 0, as pixels are divided by it"
    ),
    (.meanImageUnread, "the mean image is named and has not been read"),
    (.scaleNotPositive(-1), "the scale is -1.0; expected a finite number above 0"),
  ])
  func preprocessingProblems(_ problem: PreprocessingError, _ words: String) {
    #expect("\(problem)" == words)
  }

  @Test(arguments: [
    (
      Preprocessing.imageNet,
      "shorter side to 256 (bilinear), centre crop 224×224, RGB, ÷255, mean 0.485 0.456 0.406, std 0.229 0.224 0.225"
    ),
    (
      Preprocessing(
        resize: .exact(Extent(height: 32, width: 100), .bicubic), channels: .bgr, scale: .none,
        mean: [103.939, 116.779, 123.68]),
      "stretch to 100×32 (bicubic), BGR, 0 to 255, mean 103.939 116.779 123.68"
    ),
    (Preprocessing(channels: .grey, scale: .multiplied(by: 0.00390625)), "grey, ×0.00390625"),
  ])
  func preprocessingInOneLine(_ preprocessing: Preprocessing, _ words: String) {
    #expect("\(preprocessing)" == words)
  }

  @Test func meanImages() throws {
    func size(_ mean: Extent, _ resized: Extent, _ part: Extent) -> String {
      "\(ImageFact.meanImageSize(mean: mean, resized: resized, part: part))"
    }
    let remedy = "resize pictures to the size of the mean image, or subtract a mean per channel"
    #expect(
      size(Extent(256), Extent(height: 256, width: 383), Extent(227))
        == "the mean image has 256×256 pixels (width × height), but the resized picture has 383×256 and the crop "
        + "227×227; \(remedy)")
    let whole = "the mean image has 9×9 pixels (width × height), but the resized picture has 7×7; \(remedy)"
    #expect(size(Extent(9), Extent(7), Extent(7)) == whole)
    #expect(
      "\(PreprocessingError.meanImageSize(mean: Extent(9), resized: Extent(7), part: Extent(7)))" == whole)
    #expect(
      size(Extent(7), Extent(7), Extent(9))
        == "the crop has 9×9 pixels (width × height), more than the mean image and the resized picture, 7×7; "
        + "make the crop smaller")
    #expect(
      "\(PreprocessingError.meanImageChannels(found: 32, channels: .bgr))"
        == "the mean image has 32 channels; expected 3, those of BGR, before height and width")
    #expect(
      "\(PreprocessingError.meanImageChannels(found: 1, channels: .rgb))"
        == "the mean image has 1 channel; expected 3, those of RGB, before height and width")
    let image = try #require(MeanImage(Tensor(shape: [1, 2, 3], floats: [0, 0, 0, 0, 0, 0])))
    #expect("\(Preprocessing(channels: .grey, meanImage: .image(image)))" == "grey, mean image 3×2, ÷255")
    let file = Preprocessing(meanImage: .file("m.npy", base: "a/"), scale: .none)
    #expect("\(file)" == "RGB, mean image m.npy, 0 to 255")
    #expect("\(Preprocessing(meanImage: .embedded("AA=="), scale: .none))" == "RGB, mean image, 0 to 255")
  }
}
