import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct DropoutTests {
  @Test("leaves out what its twin leaves out", arguments: [1, 16, 20, 33], [0, 0.1, 0.5, 0.999, 1])
  func twin(channels: Int, probability: Double) {
    for isPerImage in [false, true] { twin(channels: channels, probability: probability, isPerImage: isPerImage) }
  }

  private func twin(channels: Int, probability: Double, isPerImage: Bool) {
    var numbers = SplitMix64(seed: channels)
    for (extent, images) in [(Extent(1), 9), (Extent(height: 3, width: 5), 2), (Extent(height: 1, width: 17), 1)] {
      let count = channels * extent.area
      let inputs = numbers.floats(images * count).map { $0 == 0 ? 1 : $0 }
      let input = TestMap(
        inputs, channels: channels, extent: extent, halo: Padding(1), images: images, haloValue: .nan,
        unusedValue: .nan)
      let point = TrainingPoint(seed: 7, step: 1 << 40, firstImage: 3)
      let name = "\(channels) channels, \(extent), \(images) images, \(probability)\(isPerImage ? ", per image" : "")"
      let actual = runGradientEverywhere(channels: channels, extent: extent, images: images, name) {
        $0.dropout(
          TrainingPosition(point), probability: probability, key: 5, isPerImage: isPerImage, input.view, into: $1.view)
      }
      let expected = (0..<images).flatMap { image in
        reference(images: 1, [Array(inputs[image * count..<(image + 1) * count])], count: count) {
          Reference.dropout(
            point.dropout(key: 5, image: image), probability: probability, isPerImage: isPerImage, $0[0], into: $1)
        }
      }
      #expect(actual.map { $0 == 0 } == expected.map { $0 == 0 }, "\(name)")
      expect(actual, expected.map { Expected(Double($0)) }, terms: 3, name)
      for machine in machines {
        let inPlace = TestMap(inputs, channels: channels, extent: extent, images: images)
        machine.dropout(
          TrainingPosition(point), probability: probability, key: 5, isPerImage: isPerImage, inPlace.view,
          into: inPlace.view)
        #expect(inPlace.nchw == actual, "in place, \(name), \(machine.name)")
      }
    }
  }

  @Test("a recorded loop reads the position of each run, and parts of a batch are the batch")
  func positions() {
    let extent = Extent(4)
    let ones = [Float](repeating: 1, count: 4 * 20 * extent.area)
    let input = TestMap(ones, channels: 20, extent: extent, images: 4)
    let output = TestMap(channels: 20, extent: extent, images: 4)
    let position = TrainingPosition()
    let machine = machines[0]
    let loops = machine.recording { $0.dropout(position, probability: 0.5, key: 1, input.view, into: output.view) }
    func run(_ point: TrainingPoint) -> [Float] {
      position.point = point
      for loop in loops { machine.pool.parallel(loop) }
      return output.nchw
    }
    let first = run(TrainingPoint(seed: 1, step: 0))
    let second = run(TrainingPoint(seed: 1, step: 1))
    #expect(first != second)
    #expect(run(TrainingPoint(seed: 2, step: 0)) != first)
    #expect(run(TrainingPoint(seed: 1, step: 0)) == first)
    // Images 2 and 3 of the batch, as the first ones of a part.
    let half = first.count / 2
    #expect(run(TrainingPoint(seed: 1, step: 0, firstImage: 2))[..<half].elementsEqual(first[half...]))
    let kept = first.count { $0 != 0 }
    #expect(abs(kept - first.count / 2) < 100, "\(kept) of \(first.count)")
  }

  @Test("drops whole images as often as it should, and keeps the mean")
  func wholeImages() {
    let extent = Extent(height: 2, width: 3)
    let (channels, images, probability) = (17, 1000, 0.2)
    let count = channels * extent.area
    let input = TestMap(
      [Float](repeating: 1, count: images * count), channels: channels, extent: extent, images: images)
    let output = TestMap(channels: channels, extent: extent, images: images)
    var fates: Set<[Bool]> = []
    for (step, key) in [(0, 0), (1, 0), (0, 1)] as [(Int, UInt64)] {
      machines[0].dropout(
        TrainingPosition(TrainingPoint(seed: 9, step: step)), probability: probability, key: key, isPerImage: true,
        input.view, into: output.view)
      let values = output.nchw
      let kept = (0..<images).map { values[$0 * count] != 0 }
      for image in 0..<images {
        let expected: Float = kept[image] ? 1.25 : 0
        #expect(values[image * count..<(image + 1) * count].allSatisfy { $0 == expected }, "image \(image)")
      }
      // Four standard deviations of 1000 draws are 51.
      #expect(abs(kept.count { !$0 } - 200) < 51, "step \(step), key \(key)")
      fates.insert(kept)
    }
    #expect(fates.count == 3, "steps and layers share their numbers")
  }
}
