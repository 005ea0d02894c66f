import Testing
import ZooImages
import ZooTensor
import ZooTraining

@Suite struct DataMixtureTests {
  private func random(_ counter: Int) -> CounterRandom {
    CounterRandom(seed: 9, purpose: .mixing, UInt64(counter))
  }

  @Test("shares have the mean and the variance of Beta(α, α)", arguments: [0.01, 0.1, 0.2, 1, 4, 100])
  func beta(_ alpha: Double) {
    let count = 8000
    let shares = (0..<count).map { ZooTraining.beta(alpha, random($0)) }
    #expect(shares.allSatisfy { $0 >= 0 && $0 <= 1 })
    let mean = shares.reduce(0, +) / Double(count)
    let variance = shares.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / Double(count)
    let expected = 1 / (4 * (2 * alpha + 1))
    // Five standard errors of each.
    #expect(abs(mean - 0.5) < 5 * (expected / Double(count)).squareRoot(), "\(mean)")
    #expect(abs(variance - expected) < 0.07 * expected, "\(variance) for \(expected)")
  }

  @Test("nothing, one kind, or each half of the time")
  func kinds() {
    func pasted(_ mixing: Mixing) -> Int {
      (0..<1000).count { if case .pasted? = mixing.draw(in: Extent(8), random($0)) { true } else { false } }
    }
    #expect(Mixing().draw(in: Extent(8), random(0)) == nil)
    #expect(pasted(Mixing(mixup: 0.2)) == 0)
    #expect(pasted(Mixing(cutmix: 1)) == 1000)
    #expect((430...570).contains(pasted(Mixing(mixup: 0.2, cutmix: 1))))
  }

  @Test("a pasted rectangle lies in the picture, and its share is its area")
  func rectangles() {
    for counter in 0..<500 {
      let mixture = Mixing(cutmix: 1).draw(in: Extent(height: 7, width: 10), random(counter))
      guard case .pasted(let rows, let columns, let share)? = mixture else {
        Issue.record("\(counter): \(String(describing: mixture))")
        continue
      }
      #expect(
        (0...7).contains(rows.lowerBound) && rows.upperBound <= 7 && columns.upperBound <= 10, "\(rows), \(columns)")
      #expect(abs(share - (1 - Double(rows.count * columns.count) / 70)) < 1e-12)
    }
  }

  @Test("pictures and targets are mixed with those of the other end", arguments: [6, 7])
  func batches(_ count: Int) throws {
    let pictures = MadePictures(count)
    let variation = TrainingData.Variation(seed: 3)
    let plain = try TrainingData(made: pictures, batchSize: count, variation: variation)
    var kinds: Set<Bool> = []
    for epoch in 0..<20 {
      let mixing = Mixing(mixup: 1, cutmix: 1)
      let data = try TrainingData(
        made: pictures, batchSize: count, variation: TrainingData.Variation(seed: 3, mixing: mixing))
      let (before, after) = (try plain.batch(epoch: epoch, step: 0), try data.batch(epoch: epoch, step: 0))
      #expect(before.mixture == nil && before.indices == after.indices && before.classes == after.classes)
      let mixture = try #require(after.mixture)
      let (a, b) = (before.images.floats, after.images.floats)
      let (share, size) = (Float(mixture.share), pictures.extent.area * 3)
      for index in 0..<count {
        let partner = count - 1 - index
        for offset in 0..<size {
          let (row, column) = (offset / 6 % 4, offset % 6)
          let (own, other) = (a[index * size + offset], a[partner * size + offset])
          let expected: Float
          switch mixture {
          case .blended:
            kinds.insert(true)
            expected = index == partner ? own : share * own + (1 - share) * other
          case .pasted(let rows, let columns, _):
            kinds.insert(false)
            expected = rows.contains(row) && columns.contains(column) ? other : own
          }
          #expect(b[index * size + offset] == expected, "\(mixture), picture \(index), \(row), \(column)")
        }
        var target = [Float](repeating: 0, count: 3)
        target[before.classes[index]] += share
        target[before.classes[partner]] += 1 - share
        let found = Array(after.targets.floats[3 * index..<3 * index + 3])
        #expect(zip(found, target).allSatisfy { abs($0 - $1) < 1e-6 }, "\(found) for \(target)")
        #expect(abs(found.reduce(0, +) - 1) < 1e-6)
      }
    }
    #expect(kinds.count == 2)
  }
}
