import Testing
import ZooImages
import ZooKernels
import ZooKit
import ZooRuntime
import ZooTensor
import ZooWeights

@Suite struct SlidingScoresTests {
  private func check(_ network: Network, _ height: Int, _ width: Int, stride: Int?) throws -> ScoreMap {
    let image = SlidingNetworks.image(network.input[0], height, width)
    let sliding = try SlidingClassifier(
      network, weights: .synthetic(seed: 2), sliding: SlidingOptions(stride: stride))
    let classifier = try Model(network, weights: .synthetic(seed: 2))
    let map = try sliding.scores(image)
    let (step, window) = (map.step, map.window)
    #expect(sliding.matchesCrops)
    #expect(window == network.input.extent)
    let place = "\(network.name), \(height)×\(width), stride \(step)"
    #expect(map.rows == (height - window.height) / step.height + 1, "\(place)")
    #expect(map.columns == (width - window.width) / step.width + 1, "\(place)")
    for row in 0..<map.rows {
      for column in 0..<map.columns {
        let (top, left) = (row * step.height, column * step.width)
        let crop = image.region(rows: top..<top + window.height, columns: left..<left + window.width)
        let alone = try classifier.logits(crop).floats.map { Double($0) }
        #expect(relativeError(cell(map, row, column), alone) <= 1e-5, "\(place), cell (\(row), \(column))")
        let box = PictureBox(
          left: Double(left), top: Double(top), right: Double(left + window.width), bottom: Double(top + window.height))
        #expect(map.box(row: row, column: column) == box)
      }
    }
    return map
  }

  @Test(
    "without padding every cell is what the classifier says of its window",
    arguments: [nil, 1, 2, 4] as [Int?], [(28, 28), (29, 41), (44, 52)])
  func lenet(stride: Int?, size: (Int, Int)) throws {
    let map = try check(Network.find("lenet"), size.0, size.1, stride: stride)
    #expect(map.step == Extent(stride ?? 4))
  }

  @Test(
    "so it is with LRN and average pooling, windows that are not square, and any size",
    arguments: [nil, 1, 4, 8] as [Int?], [(35, 27), (37, 50), (43, 38), (60, 45)])
  func unpadded(stride: Int?, size: (Int, Int)) throws {
    _ = try check(SlidingNetworks.network(SlidingNetworks.unpadded), size.0, size.1, stride: stride)
  }

  @Test("a window whose last pixels no layer reads may reach over the border; its box does not")
  func unread() throws {
    let yaml = SlidingNetworks.unpadded.replacing("35, 27]", with: "36, 30]")
    let sliding = try SlidingClassifier(SlidingNetworks.network(yaml), weights: .synthetic(seed: 2))
    let map = try sliding.scores(SlidingNetworks.image(3, 36, 36))
    #expect((map.rows, map.columns) == (1, 2))
    #expect(map.box(row: 0, column: 1) == PictureBox(left: 8, top: 0, right: 36, bottom: 36))
    #expect(map.centre(row: 0, column: 1) == (23, 18))
  }

  @Test(
    "at its own size a network that pads answers as it always did",
    arguments: ["resnet20", "cifar-small", "alexnet", "googlenet-caffe", "widely-padded"])
  func native(name: String) throws {
    let network =
      try name == "widely-padded" ? SlidingNetworks.network(SlidingNetworks.widelyPadded) : Network.find(name)
    let sliding = try SlidingClassifier(network, weights: .synthetic(seed: 1))
    let image = SyntheticCheckpoint.input(shape: network.input)
    let map = try sliding.scores(image)
    #expect(map.logits.shape == [try network.logits()[0], 1, 1])
    let original = try Model(network, weights: .synthetic(seed: 1)).logits(image).floats
    #expect(relativeError(map.logits.floats, original.map { Double($0) }) <= 1e-5)
    #expect(!sliding.matchesCrops)
  }

  @Test("a finer stride is exactly the shifted images, interleaved", arguments: [(32, 32), (53, 60), (64, 39)])
  func shifts(height: Int, width: Int) throws {
    let network = try SlidingNetworks.network(SlidingNetworks.padded)
    let image = SlidingNetworks.image(3, height, width)
    let options = Model.Options(numerics: .direct)
    let coarse = try SlidingClassifier(network, weights: .synthetic(seed: 1), options: options)
    let fine = try SlidingClassifier(
      network, weights: .synthetic(seed: 1), options: options, sliding: SlidingOptions(stride: 2))
    #expect(coarse.step == Extent(8))
    let map = try fine.scores(image)
    var found = 0
    for top in stride(from: 0, to: 8, by: 2) where height - top >= 32 {
      for left in stride(from: 0, to: 8, by: 2) where width - left >= 32 {
        let shifted = try coarse.scores(image.region(rows: top..<height, columns: left..<width))
        for row in 0..<shifted.rows {
          for column in 0..<shifted.columns {
            let (fineRow, fineColumn) = ((row * 8 + top) / 2, (column * 8 + left) / 2)
            guard fineRow < map.rows, fineColumn < map.columns else { continue }
            found += 1
            #expect(
              cell(map, fineRow, fineColumn) == cell(shifted, row, column),
              "\(height)×\(width), shift (\(top), \(left)), cell (\(row), \(column))")
          }
        }
      }
    }
    #expect(found == map.rows * map.columns)
  }

  @Test("what cannot be slid over says why")
  func errors() throws {
    let network = try Network.find("lenet")
    let sliding = try SlidingClassifier(network, weights: .synthetic(seed: 0))
    #expect(throws: SlidingError.imageTooSmall(Extent(height: 27, width: 90), window: Extent(28))) {
      try sliding.scores(SlidingNetworks.image(1, 27, 90))
    }
    #expect(throws: SlidingError.channels(found: [3, 40, 40], expected: 1)) {
      try sliding.scores(SlidingNetworks.image(3, 40, 40))
    }
    #expect(throws: SlidingError.channels(found: [1600], expected: 1)) {
      try sliding.scores(Tensor(shape: [1600], floats: [Float](repeating: 0, count: 1600)))
    }
    #expect(throws: RuntimeError.imageNotFinite(image: 0, index: [0, 0, 0], value: .notANumber)) {
      try sliding.scores(Tensor(shape: [1, 28, 28], floats: [Float](repeating: .nan, count: 784)))
    }
    for stride in [0, 3, 8, -1, 1 << 40] {
      #expect(throws: SlidingError.stride(stride, network: Extent(4), possible: [1, 2, 4])) {
        try SlidingClassifier(network, weights: .synthetic(seed: 0), sliding: SlidingOptions(stride: stride))
      }
    }
    #expect(throws: SlidingError.interpreter) {
      try SlidingClassifier(
        network, weights: .synthetic(seed: 0), options: Model.Options(usesInterpreter: true))
    }
    let wide = try Network(yaml: Conversion(network, name: "wide").definition, path: "wide.yaml", input: [1, 32, 40])
    #expect(
      throws: SlidingError.severalPositions(
        model: "wide", map: Extent(height: 2, width: 4), input: [1, 32, 40])
    ) { try SlidingClassifier(wide, weights: .synthetic(seed: 0)) }
    let small = try SlidingClassifier(
      network, weights: .synthetic(seed: 0), sliding: SlidingOptions(stride: 1, memory: 1 << 20))
    #expect(
      throws: SlidingError.mapTooLarge(map: [10, 273, 273], byteCount: 273 * 273 * 40, limit: 1 << 20)
    ) { try small.scores(SlidingNetworks.image(1, 300, 300)) }
  }
}
