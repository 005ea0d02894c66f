import FoundationEssentials
import Testing
import ZooImages
import ZooKit
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct SlidingClassifierTests {
  private func softmax(_ scores: [Double]) -> [Double] {
    let maximum = scores.max() ?? 0
    let exponentials = scores.map { exp($0 - maximum) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }

  private func mean(_ arrays: [[Double]]) -> [Double] {
    arrays[0].indices.map { index in arrays.reduce(0) { $0 + $1[index] } / Double(arrays.count) }
  }

  private func isClose(_ found: [Double], _ expected: [Double], _ tolerance: Double = 1e-5) -> Bool {
    found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance }
  }

  /// Every window cropped, every crop classified: the long way.
  private func recomputed(_ model: Model, _ input: Tensor, step: Int) throws -> [[Double]] {
    let (extent, window) = (input.shape.extent, model.network.input.extent)
    var scores: [[Double]] = []
    for top in stride(from: 0, through: extent.height - window.height, by: step) {
      for left in stride(from: 0, through: extent.width - window.width, by: step) {
        let crop = input.region(rows: top..<top + window.height, columns: left..<left + window.width)
        scores.append(try model.logits(crop).floats.map { Double($0) })
      }
    }
    return scores
  }

  @Test("scales and flips are the mean of their probabilities, each of the mean of its scores")
  func scalesAndFlips() throws {
    let network = try SlidingNetworks.network(SlidingNetworks.unpadded)
    let model = try Model(network, weights: .synthetic(seed: 2))
    let picture = SlidingNetworks.picture(61, 80)
    let mirrored = picture.oriented(.mirrored)
    let preprocessing = try #require(model.preprocessing)
    var passes: [[Double]] = []
    for scale in [45, 70] {
      for image in [picture, mirrored] {
        var preparation = preprocessing
        preparation.crop = .none
        preparation.resize = .shorterSide(scale, .bilinear)
        passes.append(mean(try recomputed(model, preparation.tensor(from: image), step: 8)))
      }
    }
    let sliding = try SlidingClassifier(
      network, weights: .synthetic(seed: 2), sliding: SlidingOptions(scales: [45, 70], flips: true))
    let result = try sliding.classify(picture)
    #expect(result.runs.map(\.scale) == [45, 45, 70, 70])
    #expect(result.runs.map(\.map.isMirrored) == [false, true, false, true])
    #expect(result.runs.map(\.map.input.height) == [45, 45, 70, 70])
    #expect(isClose(result.probabilities, mean(passes.map(softmax))))
    for (pass, expected) in zip(result.runs, passes) { #expect(isClose(pass.map.means, expected, 1e-4)) }
    let top = result.top(3, labels: nil)
    #expect(top.map(\.probability) == result.probabilities.sorted(by: >).prefix(3).map { $0 })
    #expect(try sliding.scores(of: [picture]) == [result.probabilities])
  }

  @Test("without scales the picture keeps its own size")
  func ownSize() throws {
    let network = try SlidingNetworks.network(SlidingNetworks.unpadded)
    let model = try Model(network, weights: .synthetic(seed: 2))
    let picture = SlidingNetworks.picture(61, 80)
    var preparation = try #require(model.preprocessing)
    (preparation.crop, preparation.resize) = (.none, .none)
    let result = try SlidingClassifier(network, weights: .synthetic(seed: 2)).classify(picture)
    #expect(result.runs.map(\.map.input) == [Extent(height: 61, width: 80)])
    let expected = mean(try recomputed(model, preparation.tensor(from: picture), step: 8))
    #expect(isClose(result.probabilities, softmax(expected)))
  }

  @Test("boxes, centres and steps are in pixels of the picture, mirrored and scaled")
  func boxes() throws {
    let network = try SlidingNetworks.network(SlidingNetworks.unpadded)
    let sliding = try SlidingClassifier(
      network, weights: .synthetic(seed: 2), sliding: SlidingOptions(scales: [70], flips: true))
    let result = try sliding.classify(SlidingNetworks.picture(35, 40))
    let (map, mirror) = (result.runs[0].map, result.runs[1].map)
    #expect(map.input == Extent(height: 70, width: 80))
    #expect(map.box(row: 1, column: 2) == PictureBox(left: 8, top: 4, right: 21.5, bottom: 21.5))
    #expect(map.centre(row: 1, column: 2) == (14.75, 12.75))
    #expect(map.pictureStep == (4, 4))
    #expect(mirror.box(row: 1, column: 2) == PictureBox(left: 18.5, top: 4, right: 32, bottom: 21.5))
    #expect(mirror.centre(row: 1, column: 2) == (25.25, 12.75))
    #expect(mirror.pictureStep == (-4, 4))
  }

  @Test("a cell's probabilities are the softmax of its scores, and its detection names the likeliest class")
  func detections() throws {
    let network = try SlidingNetworks.network(SlidingNetworks.unpadded)
    let map = try SlidingClassifier(network, weights: .synthetic(seed: 2)).scores(SlidingNetworks.image(3, 60, 70))
    let probabilities = (0..<map.classes).map { map.probabilities(ofClass: $0) }
    let detections = map.detections(labels: nil, run: 3)
    #expect(detections.count == map.rows * map.columns)
    for (index, detection) in detections.enumerated() {
      #expect((detection.row, detection.column) == (index / map.columns, index % map.columns))
      let scores = cell(map, detection.row, detection.column).map { Double($0) }
      #expect(isClose(probabilities.map { $0[index] }, softmax(scores), 1e-12))
      #expect(Double(detection.classification.logit) == scores.max())
      #expect(scores[detection.classification.index] == scores.max())
      #expect(detection.run == 3)
    }
    #expect(map.maxima == (0..<map.classes).map { map.logits(ofClass: $0).max() ?? .nan })
  }

  @Test("of overlapping boxes of one class the likeliest is left")
  func suppression() {
    func detection(_ index: Int, _ probability: Double, _ left: Double) -> Detection {
      var classification = Classification.top(1, logits: [0], by: .softmax, labels: nil)[0]
      (classification.index, classification.probability) = (index, probability)
      return Detection(
        classification: classification, run: 0, row: 0, column: 0,
        box: PictureBox(left: left, top: 0, right: left + 10, bottom: 10))
    }
    // Of two boxes 5 apart the intersection is a third of the union; 6 apart, a quarter.
    let all = [
      detection(0, 0.5, 0), detection(0, 0.9, 5), detection(1, 0.8, 5), detection(0, 0.7, 11), detection(0, 0.6, 14),
    ]
    #expect(all.best(9) == [all[1], all[2], all[3]])
    #expect(all.best(2) == [all[1], all[2]])
    #expect([Detection]().best(3).isEmpty)
    #expect(all[0].box.intersectionOverUnion(all[1].box) == 1.0 / 3)
    #expect(all[0].box.intersectionOverUnion(all[3].box) == 0)
  }

  @Test("tensors are neither resized nor mirrored")
  func tensors() throws {
    let network = try Network.find("lenet")
    for options in [SlidingOptions(scales: [40]), SlidingOptions(flips: true)] {
      let sliding = try SlidingClassifier(network, weights: .synthetic(seed: 0), sliding: options)
      #expect(throws: SlidingError.tensorNotResized) { try sliding.classify(SlidingNetworks.image(1, 40, 40)) }
    }
    #expect(throws: PreprocessingError.self) {
      try SlidingClassifier(network, weights: .synthetic(seed: 0), sliding: SlidingOptions(scales: [0]))
    }
  }

  @Test("pictures of many sizes, from several threads at once, keep few sizes and right answers")
  func manySizes() async throws {
    let network = try Network.find("lenet")
    let sliding = try SlidingClassifier(network, weights: .synthetic(seed: 0))
    let expected = try (0..<20).map { try sliding.classify(SlidingNetworks.picture(30 + $0, 70 - $0)).probabilities }
    sliding.trim()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for thread in 0..<4 {
        group.addTask {
          for index in 0..<20 {
            let size = (index * 7 + thread * 5) % 20
            let found = try await sliding.classify(SlidingNetworks.picture(30 + size, 70 - size)).probabilities
            #expect(found == expected[size])
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test("digits on a canvas are found where they are")
  func digits() throws {
    let network = try Network.find("lenet-digits")
    let model = try Model(network)
    let preprocessing = try #require(model.preprocessing)
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../zoo/samples").path
    let places = [
      ("000-is-1", 12, 20), ("007-is-9", 76, 8), ("103-is-3", 60, 72), ("200-is-5", 8, 124), ("296-is-8", 92, 132),
    ]
    let canvas = SlidingNetworks.canvas(
      168,
      try places.map { name, top, left in
        (try preprocessing.picture(from: PixelImage(path: "\(folder)/test-\(name).png")), top, left)
      })
    let result = try SlidingClassifier(network).classify(canvas)
    let best = result.best(30, labels: model.labels)
    for (name, top, left) in places {
      let label = String(name.suffix(1))
      let target = SlidingNetworks.box(top: top, left: left)
      let found = best.firstIndex {
        $0.classification.label == label && $0.box.intersectionOverUnion(target) > 0.5
      }
      #expect(found != nil, "\(name)")
    }
  }
}
