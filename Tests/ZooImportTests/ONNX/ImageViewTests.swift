import Testing
import ZooImport
import ZooTensor

struct ImageViewTests {
  private static let view = ImageView(of: [6, 4, 5], batch: 1)

  @Test("transpositions cancel")
  func transpositions() {
    let last = Self.view.transposed([0, 2, 3, 1])
    #expect(last.sizes == [1, 4, 5, 6] && !last.isInOrder)
    #expect(last.transposed([0, 3, 1, 2]) == Self.view)
  }

  @Test("what is flattened in order is in order, with the channels last it is not")
  func flattening() throws {
    let flat = try #require(Self.view.reshaped(to: [1, 120]))
    #expect(flat.isInOrder && flat.sizes == [1, 120])
    #expect(flat.reshaped(to: [1, 6, 4, 5]) == Self.view)
    let other = try #require(Self.view.transposed([0, 2, 3, 1]).reshaped(to: [1, 120]))
    #expect(!other.isInOrder && other.sizes == [1, 120])
  }

  @Test("groups of channels that are exchanged are parts of one side")
  func shuffle() throws {
    let groups = try #require(Self.view.reshaped(to: [1, 2, 3, 4, 5]))
    let mixed = try #require(groups.transposed([0, 2, 1, 3, 4]).reshaped(to: [1, 6, 4, 5]))
    #expect(!mixed.isInOrder)
    #expect(mixed.parts.prefix(2).map(\.stride) == [1, 3])
  }

  @Test("a dimension that would hold a piece of a side's part is refused")
  func pieces() {
    #expect(Self.view.reshaped(to: [1, 4, 30]) == nil)
    #expect(Self.view.reshaped(to: [1, 3, 40])?.sizes == [1, 3, 40])
  }
}
