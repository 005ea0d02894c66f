import FoundationEssentials
import Testing
import ZooGraph
import ZooImages
import ZooKit
import ZooTensor

/// Answers as other programs read them: what `--json` prints.
@Suite struct AnswerCodingTests {
  private func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private func decoded<Value: Decodable>(_ text: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(text.utf8))
  }

  @Test("an answer has the fields of zoo.infer/1, and is read again")
  func inference() throws {
    let best = Classification(index: 1, label: "tabby", wordNetID: "n02123045", probability: 0.75, logit: 2.5)
    let other = Classification(index: 0, label: "class 0", probability: 0.25, logit: 1)
    let answer = InferenceAnswer(
      model: "net", function: .softmax,
      results: [.init(file: "cat.jpg", top: [best, other]), .init(file: "no.png", error: "no.png: not found")])
    let json = try text(answer)
    #expect(
      json == """
        {"function":"softmax","model":"net","results":[\
        {"file":"cat.jpg","top":[{"index":1,"label":"tabby","logit":2.5,"probability":0.75,"wnid":"n02123045"},\
        {"index":0,"label":"class 0","logit":1,"probability":0.25}]},\
        {"error":"no.png: not found","file":"no.png"}],"schema":"zoo.infer\\/1"}
        """)
    #expect(try decoded(json) == answer)
  }

  @Test("what a classifier says of a picture that it slid over is read again")
  func sliding() throws {
    let network = try SlidingNetworks.network(SlidingNetworks.unpadded)
    let classifier = try SlidingClassifier(network, weights: .synthetic(seed: 2))
    let result = try classifier.classify(SlidingNetworks.picture(61, 80))
    let top = result.top(2, labels: classifier.labels)
    let places = result.best(3, labels: classifier.labels)
    let sliding = SlidingAnswer(result, classifier, top: top, places: places)
    #expect(sliding.best.map(\.index) == places.map(\.classification.index))
    #expect(sliding.passes.map(\.rows) == result.runs.map(\.map.rows))
    let answer = InferenceAnswer(network, results: [.init(file: "street.jpg", top: top, sliding: sliding)])
    #expect(try decoded(text(answer)) == answer)
  }

  @Test("another schema is refused")
  func otherSchema() {
    let texts = ["zoo.infer/2", "zoo.eval/1"].map { #"{"schema":"\#($0)","model":"net","results":[]}"# }
    for json in texts {
      #expect(throws: DecodingError.self, "\(json)") {
        let answer: InferenceAnswer = try decoded(json)
        _ = answer
      }
    }
  }
}
