import Testing
import ZooTestSupport
import ZooTraining

struct RunPicturesTests {
  private func log(_ epochs: Int) -> RunLog {
    RunLog(
      (1...epochs).map { epoch in
        let share = 1 / Double(epoch)
        return EpochRecord(
          epoch: epoch, step: epoch * 100, rate: 0.1, trainingLoss: 2.3 * share, trainingTop1: 1 - share / 2,
          validationLoss: 2.5 * share, validationTop1: epoch > 7 ? 0.9 : 1 - share, seconds: 1)
      })
  }

  /// Tags in their order; whatever is opened is closed, and every coordinate is within the picture.
  private func check(_ svg: String, _ name: String) {
    var open: [Substring] = []
    for part in svg.split(separator: "<").dropFirst(svg.hasPrefix("<") ? 0 : 1) {
      guard let end = part.firstIndex(of: ">") else {
        Issue.record("\(name): a tag without an end: \(part)")
        return
      }
      let tag = part[..<end]
      if tag.hasPrefix("/") {
        #expect(open.popLast() == tag.dropFirst(), "\(name)")
      } else if !tag.hasSuffix("/") {
        open.append(tag.prefix { $0 != " " })
      }
      #expect(!tag.contains("nan") && !tag.contains("inf"), "\(name): \(tag)")
    }
    #expect(open.isEmpty, "\(name)")
  }

  @Test func `curves show what was measured`() {
    let svg = log(10).curves(title: "lenet <mnist>")
    check(svg, "curves")
    #expect(svg.contains("lenet &lt;mnist&gt;"))
    #expect(svg.contains("best: 90.0% after epoch 8"))
    #expect(svg.split(separator: "class=\"line training\" d=\"M").count == 4)
    // Ten epochs, two panels, two curves.
    #expect(svg.split(separator: "<circle class=\"dot").count == 41)
    #expect(!log(200).curves(title: "x").contains("class=\"dot"))
  }

  @Test func `curves of odd logs are pictures too`() {
    check(RunLog().curves(title: "none"), "none")
    check(log(1).curves(title: "one"), "one")
    var constant = log(3)
    for index in constant.records.indices {
      constant.records[index].trainingLoss = 0
      constant.records[index].validationLoss = nil
      constant.records[index].trainingTop1 = nil
      constant.records[index].validationTop1 = nil
    }
    let svg = constant.curves(title: "constant")
    check(svg, "constant")
    #expect(!svg.contains("top-1"))
    var wild = log(9)
    wild.records[2].trainingLoss = .nan
    wild.records[3].trainingLoss = .infinity
    wild.records[4].trainingLoss = 1e300
    wild.records[5].validationTop1 = .nan
    check(wild.curves(title: "wild"), "wild")
  }

  @Test func `the confusion matrix counts and draws`() throws {
    var matrix = ConfusionMatrix(classes: ["cat", "dog & co", "fish"])
    matrix.add(truth: 0, answer: 0, count: 8)
    matrix.add(truth: 0, answer: 1, count: 2)
    matrix.add(truth: 1, answer: 1)
    #expect(matrix.total == 11)
    #expect(matrix.accuracy == 9.0 / 11)
    #expect(matrix.recall(of: 0) == 0.8)
    #expect(matrix.precision(of: 1) == 1.0 / 3)
    #expect(matrix.recall(of: 2) == nil)
    #expect(matrix.precision(of: 2) == nil)
    #expect(matrix[truth: 0, answer: 1] == 2)
    let svg = try matrix.svg(title: "pets")
    check(svg, "confusion")
    #expect(svg.contains("cat taken for dog &amp; co: 2 (20.0%)"))
    #expect(svg.contains("top-1 81.8% of 11 pictures"))
    #expect(svg.split(separator: "<rect class=\"cell\"").count == 4)
    check(try ConfusionMatrix(classes: []).svg(title: "empty"), "empty")
  }

  @Test func `up to a hundred classes are drawn`() throws {
    var matrix = ConfusionMatrix(classes: (0..<100).map { "class \($0)" })
    for index in 0..<100 { matrix.add(truth: index, answer: index * 7 % 100, count: 123_456) }
    let svg = try matrix.svg(title: "hundred")
    check(svg, "hundred")
    #expect(!svg.contains(">123456</text>"))
    let error = #expect(throws: RunError.self) {
      try ConfusionMatrix(classes: (0..<101).map { "\($0)" }).svg(title: "x")
    }
    #expect(error?.message == "a picture of the confusion matrix has at most 100 classes, and there are 101")
  }
}
