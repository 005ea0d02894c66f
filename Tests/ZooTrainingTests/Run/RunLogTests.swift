import Testing
import ZooTestSupport
import ZooTraining

struct RunLogTests {
  static let records = [
    EpochRecord(
      epoch: 1, step: 469, rate: 0.01, trainingLoss: 0.1 + 0.2, trainingTop1: 0.875, validationLoss: 0.31,
      validationTop1: 0.9, validationTop5: 0.99, seconds: 12.25),
    EpochRecord(epoch: 2, step: 938, rate: 1e-7, trainingLoss: .nan, seconds: 13),
    EpochRecord(epoch: 3, step: 1407, rate: 5e-3, trainingLoss: .infinity, validationTop1: 1.0 / 3, seconds: 0.1),
  ]

  @Test func `a log reads back as it was`() throws {
    let log = RunLog(Self.records)
    #expect(
      log.text == """
        epoch,step,lr,train_loss,train_top1,val_loss,val_top1,val_top5,seconds
        1,469,0.01,0.30000000000000004,0.875,0.31,0.9,0.99,12.25
        2,938,1e-07,nan,,,,,13.0
        3,1407,0.005,inf,,,0.3333333333333333,,0.1

        """)
    let copy = try RunLog(text: log.text)
    #expect(copy.text == log.text)
    #expect(copy.records[0] == Self.records[0])
    #expect(copy.records[2] == Self.records[2])
    #expect(try RunLog(text: RunLog().text) == RunLog())
  }

  @Test func `truncation keeps the steps that are kept`() {
    let log = RunLog(Self.records)
    #expect(log.truncated(toStep: 937).records.map(\.epoch) == [1])
    #expect(log.truncated(toStep: 938).records.map(\.epoch) == [1, 2])
    #expect(log.truncated(toStep: 0).records.isEmpty)
  }

  @Test(arguments: [
    ("", 1), ("epoch\n", 1), (RunLog.header + "\n1,2,3\n", 2), (RunLog.header + "\n1,1,1,1,,,,,1\nx,1,1,1,,,,,1\n", 3),
    (RunLog.header + "\n1,1,1,1,x,,,,1\n", 2), (RunLog.header + "\n1,1,,1,,,,,1\n", 2),
    (RunLog.header + "\n\n1,1,1,1,,,,,1\n", 2),
  ])
  func `what is no log is refused with its line`(text: String, line: Int) {
    let error = #expect(throws: RunError.self) { try RunLog(text: text) }
    #expect(error == .log(line: line), "\(text)")
  }

  @Test func `the best is the first of equal ones, and patience runs out`() {
    var best = BestSoFar(patience: 2)
    let epochs: [(metric: Double, isBest: Bool, left: Int)] = [
      (.nan, false, 1), (0.5, true, 2), (0.5, false, 1), (0.6, true, 2), (0.1, false, 1), (.nan, false, 0),
    ]
    for (index, epoch) in epochs.enumerated() {
      let isBest = best.update(metric: epoch.metric, epoch: index + 1)
      #expect(isBest == epoch.isBest, "epoch \(index + 1)")
      #expect(best.patienceLeft == epoch.left, "epoch \(index + 1)")
      #expect(best.shouldStop == (epoch.left == 0), "epoch \(index + 1)")
    }
    #expect((best.metric, best.epoch) == (0.6, 4))
    var endless = BestSoFar()
    for epoch in 1...100 { _ = endless.update(metric: -Double(epoch), epoch: epoch) }
    #expect(!endless.shouldStop)
    #expect(endless.patienceLeft == nil)
    #expect(endless.epoch == 1)
  }

  @Test func `the best reads back as it was`() {
    var random = SplitMix64(seed: 8)
    var best = BestSoFar(patience: 7)
    for epoch in 1...200 {
      #expect(BestSoFar(text: best.text) == best, "\(best.text)")
      _ = best.update(metric: Double(random.next()) * 1e-20 - 0.1, epoch: epoch)
    }
    var whole = BestSoFar()
    _ = whole.update(metric: 1, epoch: 1)
    #expect(BestSoFar(text: whole.text) == whole)
    _ = whole.update(metric: .infinity, epoch: 2)
    #expect(BestSoFar(text: whole.text)?.metric == .greatestFiniteMagnitude)
    for text in [
      "", "{}", "[1]", "{\"metric\": 1}", "{\"metric\": 1, \"epoch\": -1, \"waited\": 0, \"patience\": 0}",
      "{\"metric\": x, \"epoch\": 1, \"waited\": 0, \"patience\": 0}",
      "{\"metric\": .nan, \"epoch\": 1, \"waited\": 0, \"patience\": 0}",
    ] {
      #expect(BestSoFar(text: text) == nil, "\(text)")
    }
  }
}
