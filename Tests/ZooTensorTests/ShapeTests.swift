import Testing
import ZooTensor

@Suite struct ShapeTests {
  @Test(
    "shapes that strangers write",
    arguments: [
      ([-1], nil), ([3, -2, 4], nil), ([Int.max, 2], nil), ([1 << 32, 1 << 31], nil), ([1 << 62, 1 << 62, 0], nil),
      ([], 1), ([0], 0), ([0, Int.max], 0), ([Int.max], Int.max), ([2, 3, 4], 24), ([1 << 31, 1 << 31], 1 << 62),
    ] as [([Int], Int?)])
  func validating(dimensions: [Int], count: Int?) {
    #expect(Shape(validating: dimensions)?.elementCount == count, "\(dimensions)")
  }

  @Test func partsOfAFeatureMap() {
    let map: Shape = [64, 56, 28]
    #expect(map.isFeatureMap && map.rank == 3)
    #expect(map.channels == 64)
    #expect(map.extent == Extent(height: 56, width: 28))
    #expect(map[2] == 28)
  }

  @Test func vectorsHaveOnePosition() {
    let vector: Shape = [4096]
    #expect(!vector.isFeatureMap)
    #expect(vector.channels == 4096)
    #expect(vector.extent == Extent(1))
    #expect(Shape([]).channels == 1)
  }

  @Test("texts", arguments: [([], "scalar"), ([10], "10"), ([64, 3, 7, 7], "64×3×7×7")] as [([Int], String)])
  func description(dimensions: [Int], text: String) {
    #expect(Shape(dimensions).description == text)
  }

  @Test(
    "padding texts",
    arguments: [
      (Padding.none, "0"), (Padding(2), "2"), (Padding(top: 1, left: 2, bottom: 1, right: 2), "1×2"),
      (Padding(top: 0, left: 0, bottom: 1, right: 1), "top 0, left 0, bottom 1, right 1"),
    ])
  func padding(padding: Padding, text: String) {
    #expect(padding.description == text)
  }
}
