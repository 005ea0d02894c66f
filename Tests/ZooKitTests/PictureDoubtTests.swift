import Testing
import ZooKit

/// Pictures that a network of digits can say nothing about.
@Suite struct PictureDoubtTests {
  private static let repository = "\(Fixtures.folder)/../../.."

  @Test("digits are not doubted, of the data set or of others, alone or on a canvas")
  func digits() throws {
    let network = try Network.find(Catalogue.defaultModel)
    for name in [
      "samples/test-000-is-1", "samples/test-007-is-9", "samples/test-103-is-3", "samples/test-200-is-5",
      "samples/test-296-is-8", "pictures/canvas", "pictures/digits",
    ] {
      let picture = try PixelImage(path: "\(Self.repository)/zoo/\(name).png")
      #expect(network.doubt(about: picture) == nil, "\(name)")
    }
  }

  @Test("every digit of the network's own data passes")
  func data() throws {
    let digits = try DataSet.open("\(Fixtures.folder)/digits")
    for index in 0..<digits.count {
      let picture = try digits.picture(at: index)
      #expect(PictureDoubt(picture) == nil, "\(index)")
    }
  }

  @Test("colour, light grounds and fog are doubted, by that network alone")
  func others() throws {
    func picture(_ layout: PixelLayout, _ value: (_ index: Int) -> UInt8) throws -> PixelImage {
      try PixelImage(
        width: 40, height: 30, layout: layout, pixels: (0..<1200 * layout.channelCount).map(value))
    }
    let sunset = try picture(.rgb) { [200, 120, 40][$0 % 3] }
    let paper = try picture(.grey) { $0 % 10 == 0 ? 20 : 240 }
    let fog = try picture(.grey) { $0 % 2 == 0 ? 90 : 10 }
    let inverted = try picture(.rgb) { $0 / 3 % 10 == 0 ? 240 : 20 }
    #expect(PictureDoubt(sunset) == .coloured(levels: 160))
    #expect(PictureDoubt(paper) == .bright(darkPercent: 10))
    #expect(PictureDoubt(fog) == .faint(lightest: 90))
    #expect(PictureDoubt(inverted) == nil)
    #expect(try Network.find("lenet").doubt(about: sunset) == nil)
    #expect(try Network.find("lenet-digits").doubt(about: sunset) == .coloured(levels: 160))
    let large = try PixelImage(width: 3000, height: 1, pixels: [UInt8](repeating: 255, count: 9000))
    #expect(PictureDoubt(large) == .bright(darkPercent: 0))
  }
}
