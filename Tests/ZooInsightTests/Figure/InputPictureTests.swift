import Testing
import ZooImages
import ZooInsight
import ZooKit
import ZooTensor

@Suite struct InputPictureTests {
  /// All levels of all channels in a picture of this size.
  private func levels(_ extent: Extent) -> PixelImage {
    PixelImage(
      width: extent.width, height: extent.height,
      trusted: (0..<extent.area).flatMap { index in
        let level = index % 256
        return [UInt8(level), UInt8(255 - level), UInt8(level * 5 % 256)]
      })
  }

  /// picture → input → picture for the preprocessing of every network of the catalogue.
  @Test func anInputShowsThePictureThatItWasMadeOf() throws {
    var seen: [Preprocessing] = []
    for name in Catalogue.modelNames {
      let network = try Network.find(name)
      guard var preprocessing = network.preprocessing else { continue }
      // Resizing loses what a picture had before; what comes after must not.
      preprocessing.resize = .none
      preprocessing.crop = .none
      guard !seen.contains(preprocessing) else { continue }
      seen.append(preprocessing)
      let picture = try preprocessing.picture(from: levels(Extent(height: 19, width: 31)))
      let input = try preprocessing.tensor(from: picture)
      #expect(try preprocessing.picture(ofInput: input) == picture, "\(name)")
      let batch = input.reshaped(to: Shape([1] + input.shape.dimensions))
      #expect(try preprocessing.picture(ofInput: batch) == picture, "\(name)")
    }
    // RGB, BGR and grey, at least.
    #expect(Set(seen.map(\.channels)).count == 3 && seen.count > 4)
  }

  @Test func whatIsNoColourIsClipped() throws {
    let input = Tensor(shape: [3, 1, 2], floats: [-40, 0, 300, .infinity, .nan, 12.4])
    let picture = try Preprocessing(channels: .bgr, scale: .none).picture(ofInput: input)
    #expect(picture.pixels == [0, 255, 0, 12, 255, 0])
  }

  @Test(arguments: [[1, 4, 4], [3, 0, 4], [2, 3, 4, 4], [48]])
  func anotherShapeIsRefused(dimensions: [Int]) {
    let shape = Shape(dimensions)
    let input = Tensor(shape: shape, floats: [Float](repeating: 0, count: shape.elementCount))
    #expect(throws: ImageError.self) { try Preprocessing.imageNet.picture(ofInput: input) }
  }

  @Test func aMeanImageThatIsSmallerIsRefused() throws {
    let mean = try #require(MeanImage(Tensor(shape: [1, 2, 2], floats: [1, 2, 3, 4])))
    let preprocessing = Preprocessing(channels: .grey, meanImage: .image(mean), scale: .none)
    let input = Tensor(shape: [1, 2, 3], floats: [Float](repeating: 0, count: 6))
    #expect(throws: ImageError.self) { try preprocessing.picture(ofInput: input) }
    let fits = Tensor(shape: [1, 2, 2], floats: [9, 8, 7, 6])
    #expect(try preprocessing.picture(ofInput: fits).pixels == [10, 10, 10, 10])
  }
}
