import Testing
import ZooKit
import ZooRuntime
import ZooTensor
import ZooWeights

@Suite struct ClassificationTests {
  @Test("best first, equal logits by index, probabilities of all classes")
  func order() {
    let top = Classification.top(3, logits: [1, 3, 3, -1], by: .softmax, labels: Labels(text: "a\nb\nn01\tc\n"))
    #expect(top.map(\.index) == [1, 2, 0])
    #expect(top.map(\.label) == ["b", "c", "a"])
    #expect(top.map(\.wordNetID) == [nil, "n01", nil])
    #expect(abs(top[0].probability - 0.463_5) < 1e-3)
    #expect(Classification.top(9, logits: [1, 3, 3, -1], by: .softmax, labels: nil).map(\.label).last == "class 3")
  }

  @Test("large logits do not overflow")
  func large() {
    let top = Classification.top(2, logits: [1e30, -1e30], by: .softmax, labels: nil)
    #expect(top.map(\.probability) == [1, 0])
  }

  @Test("a map of scores is averaged over its positions")
  func maps() throws {
    let scores = try Model.scores(Tensor(shape: [2, 2, 1, 2], floats: [1, 3, 10, 20, 0, 0, -1, 1]))
    #expect(scores == [[2, 15], [0, 0]])
  }

  @Test("scores that are not finite rank nothing", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) throws {
    #expect(throws: ZooError.scoresNotFinite) { try Model.scores(Tensor(shape: [1, 2], floats: [0, value])) }
    let model = try Model("lenet", weights: .synthetic(seed: 0))
    let image = Tensor(shape: [1, 28, 28], floats: [Float](repeating: value, count: 784))
    #expect(throws: RuntimeError.self) { try model.classify(image) }
  }

  @Test("a batch is answered image by image, and is no single image")
  func batch() throws {
    let model = try Model("lenet", weights: .synthetic(seed: 0))
    let images = (0..<3).map { SyntheticCheckpoint.input(shape: [1, 28, 28], seed: $0) }
    let stacked = try Model.stacked(images)
    let answers = try model.classify(batch: stacked, top: 2)
    #expect(try answers == images.map { try model.classify($0, top: 2) })
    #expect(throws: ZooError.severalImages(3)) { try model.classify(stacked) }
    #expect(try model.classify(Model.stacked([images[0]]), top: 2) == answers[0])
  }

  @Test("images of different shapes are not stacked")
  func stacking() throws {
    #expect(throws: ZooError.noImages) { try Model.stacked([]) }
    #expect(throws: ZooError.inputShape(expected: "1×2×2", found: "1×2×3", path: nil)) {
      try Model.stacked([
        Tensor(shape: [1, 2, 2], floats: [0, 0, 0, 0]), Tensor(shape: [1, 2, 3], floats: [0, 0, 0, 0, 0, 0]),
      ])
    }
    let half = Tensor(shape: [1], elementType: .float16) { $0.copyBytes(from: [0x00, 0x3C]) }
    #expect(try Model.stacked([half, half]).floats == [1, 1])
  }

  @Test("idle things are kept within bounds, the newest first")
  func idle() {
    var items = IdleItems<String>(maximumCount: 3, maximumSize: 10)
    #expect(items.give("a", size: 4).isEmpty && items.give("b", size: 4).isEmpty)
    #expect(items.give("c", size: 4) == ["a"])
    #expect(items.give("d", size: 1).isEmpty && items.give("e", size: 1) == ["b"])
    #expect(items.take { $0 != "e" } == "d" && items.take { $0 == "b" } == nil)
    #expect(items.give("f", size: 99) == ["c", "e"] && items.count == 1)
    #expect(items.take { _ in true } == "f" && items.count == 0)
  }

  @Test("labels keep their identifiers when written and read")
  func labels() {
    let text = "n01440764\ttench\nn01443537\tgoldfish"
    #expect(Labels(text: text).text == text)
    #expect(Labels(text: "cat\n\ndog\r\n").labels.map(\.name) == ["cat", "dog"])
    #expect(Labels(text: "cat")[1] == nil)
  }
}
