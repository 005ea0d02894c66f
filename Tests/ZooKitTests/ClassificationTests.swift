import Testing
import ZooKit
import ZooRuntime

@Suite struct ClassificationTests {
  @Test("best first, equal logits by index, probabilities of all classes")
  func order() {
    let top = Classification.top(3, logits: [1, 3, 3, -1], labels: Labels(text: "a\nb\nn01\tc\n"))
    #expect(top.map(\.index) == [1, 2, 0])
    #expect(top.map(\.label) == ["b", "c", "a"])
    #expect(top.map(\.wordNetID) == [nil, "n01", nil])
    #expect(abs(top[0].probability - 0.463_5) < 1e-3)
    #expect(Classification.top(9, logits: [1, 3, 3, -1], labels: nil).map(\.label).last == "class 3")
  }

  @Test("large logits do not overflow")
  func large() {
    let top = Classification.top(2, logits: [1e30, -1e30], labels: nil)
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

  @Test("labels keep their identifiers when written and read")
  func labels() {
    let text = "n01440764\ttench\nn01443537\tgoldfish"
    #expect(Labels(text: text).text == text)
    #expect(Labels(text: "cat\n\ndog\r\n").labels.map(\.name) == ["cat", "dog"])
    #expect(Labels(text: "cat")[1] == nil)
  }
}
