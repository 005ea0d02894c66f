import Testing
import ZooTensor

@Suite struct PreprocessingTests {
  @Test func `what is said and what is left out may mean the same`() {
    let plain = Preprocessing(channels: .bgr, scale: .none)
    let spelt = Preprocessing(
      channels: .bgr, scale: .divided(by: 1), mean: [0, 0, 0], standardDeviation: [1, 1, 1])
    #expect(plain != spelt && plain.isEquivalent(to: spelt) && spelt.isEquivalent(to: plain))
    for other in [
      Preprocessing(channels: .rgb, scale: .none), Preprocessing(channels: .bgr, scale: .divided(by: 2)),
      Preprocessing(channels: .bgr, scale: .none, mean: [0, 0, 1]),
      Preprocessing(channels: .bgr, scale: .none, standardDeviation: [1, 2, 1]),
      Preprocessing(crop: .centre(Extent(2)), channels: .bgr, scale: .none),
      Preprocessing(channels: .bgr, meanImage: .embedded(""), scale: .none),
    ] {
      #expect(!plain.isEquivalent(to: other), "\(other)")
    }
  }

  @Test func `how pictures are resized`() {
    #expect(Preprocessing().filter == nil)
    #expect(Preprocessing(resize: .shorterSide(2, .bicubic)).filter == .bicubic)
    #expect(Preprocessing(resize: .exact(Extent(2), .nearest)).filter == .nearest)
  }
}
