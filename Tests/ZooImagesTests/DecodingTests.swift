import Testing
import ZooImages
import ZooTensor

/// The bytes must be Pillow's.
@Suite struct DecodingTests {
  @Test func everyFixtureGivesTheRecordedPixels() throws {
    let expectations = try Fixtures.expectations()
    #expect(expectations.count == 18)
    for (name, expected) in expectations {
      let image = try PixelImage(path: Fixtures.path(name))
      #expect(image.width == expected.width && image.height == expected.height, "\(name)")
      #expect(sha256(image.pixels) == expected.rgb_sha256, "\(name)")
    }
  }

  @Test func everyFixtureGivesTheRecordedCrops() throws {
    for (name, expected) in try Fixtures.expectations() {
      let image = try PixelImage(path: Fixtures.path(name))
      let crop = Preprocessing.Crop.centre(Extent(224))
      if let hash = expected.resize256_bilinear_crop224_sha256 {
        let picture = try Preprocessing(resize: .shorterSide(256, .bilinear), crop: crop).picture(from: image)
        #expect(sha256(picture.pixels) == hash, "\(name), bilinear")
      }
      if let hash = expected.resize232_bicubic_crop224_sha256 {
        let picture = try Preprocessing(resize: .shorterSide(232, .bicubic), crop: crop).picture(from: image)
        #expect(sha256(picture.pixels) == hash, "\(name), bicubic")
      }
    }
  }

  @Test func everyKindOfPNGDecodes() throws {
    let files = try Fixtures.recorded().pngs
    #expect(files.count == 55)
    for file in files {
      let image = try PixelImage(bytes: file.bytes, name: file.name)
      #expect(sha256(image.pixels) == file.hash, "\(file.name)")
    }
  }

  @Test func everyKindOfJPEGDecodes() throws {
    let files = try Fixtures.recorded().jpegs
    #expect(files.count == 33)
    for file in files {
      let image = try PixelImage(bytes: file.bytes, name: file.name)
      #expect(sha256(image.pixels) == file.hash, "\(file.name)")
    }
  }

  @Test func bytesAndPathGiveTheSamePicture() throws {
    for name in ["422.jpg", "palette.png"] {
      let fromBytes = try PixelImage(bytes: Fixtures.bytes(name))
      #expect(try PixelImage(path: Fixtures.path(name)) == fromBytes, "\(name)")
    }
  }

  @Test func greyPicturesHaveEqualChannelsAndStayGrey() throws {
    for name in ["grey.jpg", "grey.png", "grey16.png", "bilevel.png", "digit-8x8.png"] {
      let image = try PixelImage(path: Fixtures.path(name))
      let grey = image.convertedToGrey()
      #expect(grey.layout == .grey && grey.extent == image.extent, "\(name)")
      #expect(grey.convertedToRGB() == image, "\(name)")
    }
  }

  @Test func luminanceWeighsTheColours() {
    let image = PixelImage(width: 5, height: 1, trusted: [255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 255, 255, 255])
    #expect(image.convertedToGrey().pixels == [76, 150, 29, 2, 255])
  }
}
