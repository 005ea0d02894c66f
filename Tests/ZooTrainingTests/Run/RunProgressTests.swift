import Testing
import ZooTraining

struct RunProgressTests {
  @Test func `an epoch is one line`() {
    let record = EpochRecord(
      epoch: 3, step: 300, rate: 0.0095, trainingLoss: 0.43215, trainingTop1: 0.8512, validationLoss: 0.5,
      validationTop1: 0.99996, validationTop5: 1, seconds: 75)
    #expect(
      RunProgress.summary(record, epochs: 10, isBest: true)
        == "epoch  3/10  loss 0.4322  top-1 85.1%  val loss 0.5000  val top-1 100.0%  val top-5 100.0%  lr 0.00950  1:15  *"
    )
    #expect(
      RunProgress.summary(EpochRecord(epoch: 1, step: 1, rate: 1e-7, trainingLoss: .nan, seconds: 0.04), epochs: 1)
        == "epoch 1/1  loss nan  lr 1.00e-7  0.0 s")
  }

  @Test func `a line of progress fits its width`() {
    let position = RunProgress.Position(epoch: 2, epochs: 10, step: 50, stepsPerEpoch: 200, loss: 0.5)
      .timed(steps: 450, images: 45000, seconds: 90)
    #expect(position.secondsLeft == 310)
    #expect(position.imagesPerSecond == 500)
    #expect(
      RunProgress.line(position, width: 80)
        == "epoch 3/10 [=====                ]  50/200  loss 0.5000  500 images/s  5:10 left")
    for width in 0...120 {
      #expect(RunProgress.line(position, width: width).count <= width, "\(width)")
    }
    let start = RunProgress.Position(epoch: 0, epochs: 1, step: 0, stepsPerEpoch: 5).timed(
      steps: 0, images: 0, seconds: 0)
    #expect(RunProgress.line(start, width: 80) == "epoch 1/1 [                              ] 0/5")
    let end = RunProgress.Position(epoch: 10, epochs: 10, step: 0, stepsPerEpoch: 5)
    #expect(end.timed(steps: 5, images: 5, seconds: 1).secondsLeft == 0)
    #expect(RunProgress.line(end, width: 30).hasPrefix("epoch 10/10"))
  }

  @Test(arguments: [
    (0, "0.0 s"), (8.25, "8.3 s"), (59.94, "59.9 s"), (59.96, "1:00"), (245, "4:05"), (3599.6, "1:00:00"),
    (7384, "2:03:04"), (.nan, "?"), (-1, "?"), (.infinity, "?"),
  ])
  func `durations are read at a glance`(seconds: Double, text: String) {
    #expect(RunProgress.duration(seconds) == text)
  }
}
