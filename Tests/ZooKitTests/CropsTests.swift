import FoundationEssentials
import Testing
import ZooImages
import ZooKit
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct CropsTests {
  private let model: Model
  private let picture = SlidingNetworks.picture(47, 80)

  init() throws {
    model = try Model(SlidingNetworks.network(SlidingNetworks.unpadded), weights: .synthetic(seed: 5))
  }

  /// The picture resized to a shorter side of 40: 40×68, of which crops are 35×27.
  private func resized() throws -> PixelImage {
    try picture.resized(to: Extent(height: 40, width: 68), filter: .bilinear)
  }

  private func part(_ picture: PixelImage, _ top: Int, _ left: Int) throws -> [Float] {
    var preparation = try #require(model.preprocessing)
    (preparation.resize, preparation.crop) = (.none, .none)
    return try preparation.tensor(from: picture).region(rows: top..<top + 35, columns: left..<left + 27).floats
  }

  @Test("corners, centre and mirror images of the resized picture")
  func inputs() throws {
    let picture = try resized()
    // The centre of 40×68 begins at (2.5, 20.5), rounded to even.
    let corners = [(0, 0), (0, 41), (5, 0), (5, 41), (2, 20)]
    let five = try model.inputs(for: self.picture, crops: .five)
    #expect(five.shape == [5, 3, 35, 27])
    #expect(five.floats == (try corners.flatMap { try part(picture, $0.0, $0.1) }))
    let ten = try model.inputs(for: self.picture, crops: .ten)
    #expect(ten.shape == [10, 3, 35, 27])
    // A part is mirrored, not taken from the mirrored picture: the column counts from the other side.
    let mirrored = picture.oriented(.mirrored)
    let mirrors = try corners.flatMap { try part(mirrored, $0.0, 68 - 27 - $0.1) }
    #expect(ten.floats == five.floats + mirrors)
    #expect(try model.inputs(for: self.picture, crops: .one).floats == model.input(for: self.picture).floats)
  }

  @Test("the probabilities of the crops are averaged", arguments: [Crops.one, .five, .ten])
  func average(crops: Crops) throws {
    let scores = try Model.scores(model.logits(model.inputs(for: picture, crops: crops)))
    #expect(scores.count == crops.rawValue)
    var expected = [Double](repeating: 0, count: 6)
    for scores in scores {
      let exponentials = scores.map { exp(Double($0)) }
      for index in 0..<6 { expected[index] += exponentials[index] / exponentials.reduce(0, +) / Double(crops.rawValue) }
    }
    let top = try model.classify(picture, crops: crops, top: 6)
    #expect(top.map(\.probability) == top.map(\.probability).sorted(by: >))
    for entry in top {
      #expect(abs(entry.probability - expected[entry.index]) <= 1e-12)
      let logits = scores.map { Double($0[entry.index]) }
      #expect(abs(Double(entry.logit) - logits.reduce(0, +) / Double(logits.count)) <= 1e-5)
    }
    #expect(try CropClassifier(model, crops: crops).scores(of: [picture])[0][top[0].index] == top[0].probability)
  }

  @Test("one crop is the plain answer")
  func one() throws {
    #expect(try model.classify(picture, crops: .one) == model.classify(picture))
  }

  @Test("a picture too small for its corners")
  func small() throws {
    let yaml = SlidingNetworks.unpadded.replacing("{shorter_side: 40}", with: "{to: [30, 60]}")
    let model = try Model(SlidingNetworks.network(yaml), weights: .synthetic(seed: 5))
    #expect(
      throws: SlidingError.pictureSmallerThanCrop(
        Extent(height: 30, width: 60), crop: Extent(height: 35, width: 27))
    ) { try model.classify(picture, crops: .ten) }
    _ = try model.classify(picture, crops: .one)
  }
}
