import FoundationEssentials
import Testing
import ZooGraph
import ZooImages
import ZooInsight
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

@Suite("Adversarial pictures") struct AdversaryTests {
  private static let repository = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }

  /// The digits that come with zoo, and what each is.
  private static let samples = [
    ("test-000-is-1", 1), ("test-007-is-9", 9), ("test-103-is-3", 3), ("test-200-is-5", 5), ("test-296-is-8", 8),
  ]

  private static func sample(_ name: String) throws -> PixelImage {
    try PixelImage(path: repository.appending(path: "zoo/samples/\(name).png").path)
  }

  private static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-adversarial-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
  }

  private static func noise(_ width: Int, _ height: Int, seed: UInt64 = 1) throws -> PixelImage {
    let random = CounterRandom(seed: seed, purpose: .noise)
    return try PixelImage(
      width: width, height: height, pixels: (0..<width * height * 3).map { UInt8(random.integer($0, below: 256)) })
  }

  private static func model(
    _ preprocess: String, input: String, layers: String, weights: [String: [Float]]? = nil, folder: String = "."
  ) throws -> Model {
    let network = try Network(
      yaml: "zoo: 1\nname: small\ninput: \(input)\npreprocess: \(preprocess)\nlayers:\n\(layers)\n",
      path: "\(folder)/small.yaml")
    guard let weights else { return try Model(network, weights: .synthetic(seed: 3)) }
    let tensors = network.graph.tensors.map {
      (name: $0.name, tensor: Tensor(shape: $0.shape, floats: weights[$0.name] ?? []))
    }
    return try Model(network, loaded: LoadedWeights(Checkpoint(tensors), for: network, called: "given"))
  }

  /// The cross-entropy of a class, in double precision of float32 scores.
  private static func crossEntropy(_ scores: [Float], _ index: Int) -> Double {
    let probabilities = Answer.Function.softmax.probabilities(scores.map(Double.init))
    return -log(probabilities[index])
  }

  // MARK: by hand

  /// Two classes of a linear network: the sign of the difference of their weights decides, whatever the probabilities are.
  @Test("are those by hand of a linear network, also where the class's probability rounds to 1", arguments: [0.5, 200])
  func byHand(_ size: Float) throws {
    let model = try Self.model(
      "{channels: grey, divide_by: 255}", input: "[1, 2, 2]", layers: "  - fc: {name: f, out: 2}",
      weights: ["f.weight": [1, -1, 2, 0, 0, 1, 2, 0].map { $0 * size }, "f.bias": [size, 0]])
    let picture = try PixelImage(width: 2, height: 2, layout: .grey, pixels: [200, 10, 250, 77])
    // The first class is above by 1 + (200 − 20)/255: the first pixel sinks, the second rises, the others have no slope.
    let made = try #require(try Adversary(model, options: .init(epsilon: 30, steps: 1)).attack(picture))
    #expect(made.start == 0)
    #expect(made.after.pixels == [170, 40, 250, 77])
    #expect(made.size.largest == 30 && made.size.euclidean == 1800.0.squareRoot())
    #expect(made.size.changedPixels == 2 && made.size.pixels == 4)
    #expect(made.change.floats == [-30, 30, 0, 0])
    // What is below 0 is cut off.
    let more = try #require(try Adversary(model, options: .init(epsilon: 220, steps: 1)).attack(picture))
    #expect(more.after.pixels == [0, 230, 250, 77])
    let probability = try Adversary(model).probabilities(made.scoresBefore)[0]
    #expect(size < 100 || Float(probability) == 1)
  }

  // MARK: gradients in levels

  @Test(
    "follow the slope per level of each sample: channels, means and scales are data",
    arguments: [
      "{channels: rgb, divide_by: 255, mean: [0.4, 0.5, 0.3], std: [0.2, 0.3, 0.5]}",
      "{channels: bgr, mean: [104, 117, 123], std: [40, 60, 80]}",
      "{channels: bgr, divide_by: 100, mean: [1, 1.2, 1.3]}",
      "{resize: {shorter_side: 6}, crop: 5, channels: bgr, mean_image: mean.npy, divide_by: 50}",
    ],
    [
      "  - conv: {name: c, out: 4, kernel: 3}\n  - sigmoid\n  - fc: {name: f, out: 3}",
      // Its output is the mean of the probabilities of places.
      "  - conv: {name: c, out: 3, kernel: 3}\n  - softmax\n  - global_average_pool\n  - flatten",
    ])
  func centralDifferences(_ preprocess: String, _ layers: String) throws {
    try Self.withFolder { folder in
      let mean = Tensor(shape: [3, 6, 6], floats: (0..<108).map { Float(100 + $0 % 37) })
      try NumPyFile.write(mean, to: "\(folder)/mean.npy")
      let model = try Self.model(preprocess, input: "[3, 5, 5]", layers: layers, folder: folder)
      #expect((model.answer.scores == nil) == layers.contains("softmax"))
      let adversary = try Adversary(model)
      let side = preprocess.contains("crop") ? 6 : 5
      let picture = try Self.noise(side, side)
      let input = try model.input(for: picture)
      for index in 0..<model.answer.classes {
        let scores = try Model.scores(model.logits(input))
        let gradient = try adversary.levelGradients(of: [input], scores: scores, classes: [index])[0]
        let largest = try #require(gradient.map(abs).max())
        #expect(largest > 0)
        for (place, slope) in gradient.enumerated() {
          // The crop of an even picture to an odd size begins at 0, by rounding to even.
          let byte = place / 15 * side * 3 + place % 15
          let values = try [1, -1].map { change in
            var pixels = picture.pixels
            pixels[byte] = UInt8(min(max(Int(pixels[byte]), 1), 254) + change)
            let changed = try PixelImage(width: side, height: side, pixels: pixels)
            return try Self.crossEntropy(Model.scores(model.logits(model.input(for: changed)))[0], index)
          }
          let difference = (values[0] - values[1]) / 2
          #expect(
            abs(difference - slope) < 0.02 * largest,
            "\(preprocess), class \(index), byte \(place): \(slope) for \(difference)")
        }
      }
    }
  }

  // MARK: real digits

  @Test("stay within ε of whole levels, and read back as they were scored", arguments: [1, 10])
  func digits(_ steps: Int) throws {
    let model = try Model("lenet-digits")
    let options = Adversary.Options(epsilon: 51, steps: steps)
    let adversary = try Adversary(model, options: options, batch: 2)
    let pictures = try Self.samples.map { try Self.sample($0.0) }
    let all = try #require(try adversary.attack(pictures, classes: Self.samples.map(\.1)))
    var changed = 0
    try Self.withFolder { folder in
      for (index, made) in all.enumerated() {
        let name = Self.samples[index].0
        let path = "\(folder)/\(name).png"
        try FileSystem.write(made.picture.encodedAsPNG(), to: path, overwrite: false)
        let reading = try adversary.readBack(made, from: path)
        #expect(reading.png.scores == made.scores, "\(name)")
        #expect(try PixelImage(path: path).convertedToGrey() == made.picture, "\(name)")
        // … and are what classifying the file answers.
        let answer = try model.classify(path: path)[0]
        #expect(answer == reading.png.top[0], "\(name)")
        #expect(reading.png.isAdversarial == (answer.index != Self.samples[index].1), "\(name)")
        changed += reading.png.isAdversarial ? 1 : 0
        for (before, after) in zip(made.before.pixels, made.after.pixels) {
          let difference = abs(Int(before) - Int(after))
          #expect(difference <= 51, "\(name)")
          // A single step goes all the way, or to black or white.
          if steps == 1, difference != 0, difference != 51 { #expect(after == 0 || after == 255, "\(name)") }
        }
        #expect(made.size.largest > 0 && made.steps <= steps, "\(name)")
        #expect(model.likeliest(made.scoresBefore) == Self.samples[index].1, "\(name)")
      }
    }
    #expect(changed >= 4, "of 5")
    // One by one they are the same.
    for (picture, made) in zip(pictures, all) {
      let alone = try Adversary(model, options: options).attack(picture)
      #expect(alone?.picture == made.picture)
    }
  }

  @Test("with a target raise its score, and are taken for it after they were read again")
  func targeted() throws {
    let model = try Model("lenet-digits")
    let picture = try Self.sample("test-103-is-3")
    for target in [5, 8, 9] {
      let sign = try Adversary(model, options: .init(epsilon: 8, steps: 1, target: target))
      let made = try #require(try sign.attack(picture))
      #expect(made.scores[target] > made.scoresBefore[target], "\(target)")
      let adversary = try Adversary(model, options: .init(epsilon: 80, steps: 20, target: target))
      let reading = try adversary.readBack(try #require(try adversary.attack(picture)))
      #expect(reading.png.isAdversarial && reading.png.top[0].index == target, "\(target)")
    }
    let sure = try Adversary(model, options: .init(epsilon: 120, steps: 40, target: 5, confidence: 0.99))
    let reading = try sure.readBack(try #require(try sure.attack(picture)))
    #expect(reading.png.top[0].index == 5 && reading.png.top[0].probability >= 0.99)
  }

  @Test("from noise are taken for any class with a high probability, and the seed decides which they are")
  func fooling() throws {
    let model = try Model("lenet-digits")
    var seen: [PixelImage] = []
    for seed: UInt64 in [1, 1, 2] {
      let adversary = try Adversary(model, options: .fooling(4, seed: seed))
      let made = try #require(try adversary.fool())
      let reading = try adversary.readBack(made)
      #expect(reading.png.top[0].index == 4 && reading.png.top[0].probability >= 0.99, "seed \(seed)")
      #expect(made.steps > 0)
      seen.append(made.picture)
    }
    #expect(seen[0] == seen[1])
    #expect(seen[0] != seen[2])
  }

  @Test("of the smallest ε fail with one level less")
  func smallest() throws {
    let model = try Model("lenet-digits")
    let picture = try Self.sample("test-000-is-1")
    let adversary = try Adversary(model, options: .init(epsilon: 100))
    let made = try #require(try adversary.smallest(picture))
    let epsilon = made.options.epsilon
    #expect(epsilon < 100 && made.size.largest <= epsilon)
    #expect(try adversary.readBack(made).png.isAdversarial)
    guard epsilon > 1 else { return }
    let less = try Adversary(model, options: .init(epsilon: epsilon - 1))
    let failed = try #require(try less.attack(picture))
    #expect(try !less.readBack(failed).png.isAdversarial, "ε \(epsilon)")
    // Where none succeeds, the last that was tried says so.
    let none = try #require(try Adversary(model, options: .init(epsilon: 1, steps: 1)).smallest(picture))
    #expect(try !adversary.readBack(none).png.isAdversarial)
  }

  @Test("from random starts are within ε, and the seed and the number of the picture decide")
  func randomStarts() throws {
    let model = try Model("lenet-digits")
    let picture = try Self.sample("test-200-is-5")
    func attack(_ seed: UInt64, _ number: Int) throws -> PixelImage {
      let options = Adversary.Options(epsilon: 20, steps: 3, startsAtRandom: true, seed: seed)
      let made = try #require(try Adversary(model, options: options).attack([picture], first: number)?.first)
      #expect(made.size.largest <= 20)
      return made.picture
    }
    let first = try attack(1, 0)
    #expect(try attack(1, 0) == first)
    #expect(try attack(2, 0) != first)
    #expect(try attack(1, 1) != first)
  }

  // MARK: preprocessing

  @Test(
    "are written so that a model's resize and crop let them pass",
    arguments: [
      ("{resize: {shorter_side: 8}, crop: 6, channels: bgr, mean: [104, 117, 123]}", 20, 13, 12, 8),
      ("{resize: {to: [9, 11]}, crop: 6, channels: rgb, divide_by: 255}", 20, 13, 11, 9),
      ("{resize: {to: [6, 6]}, channels: rgb, divide_by: 255}", 20, 13, 6, 6),
      // The crop surrounds this picture with black, which is then part of what is changed.
      ("{crop: 6, channels: rgb, divide_by: 255}", 9, 4, 9, 6),
    ])
  func passing(_ preprocess: String, _ width: Int, _ height: Int, _ writtenWidth: Int, _ writtenHeight: Int) throws {
    let model = try Self.model(
      preprocess, input: "[3, 6, 6]",
      layers: "  - conv: {name: c, out: 4, kernel: 3}\n  - relu\n  - fc: {name: f, out: 3}")
    let picture = try Self.noise(width, height)
    let adversary = try Adversary(model, options: .init(epsilon: 9, steps: 4, confidence: 1))
    let made = try #require(try adversary.attack(picture))
    #expect(made.picture.extent == Extent(height: writtenHeight, width: writtenWidth))
    #expect(try made.scoresBefore == Model.scores(model.logits(model.input(for: picture)))[0])
    #expect(try model.preprocessing?.picture(from: picture) == made.before)
    #expect(try model.preprocessing?.picture(from: made.picture) == made.after)
    #expect(try adversary.readBack(made).png.scores == made.scores)
    // Outside of the part nothing is changed.
    let (row, column) = made.picture.origin(ofCentre: Extent(6))
    var resize = try #require(model.preprocessing)
    resize.crop = .none
    let whole = try resize.picture(from: picture).croppedToCentre(made.picture.extent)
    for index in whole.pixels.indices where whole.pixels[index] != made.picture.pixels[index] {
      let (line, place) = (index / 3 / writtenWidth, index / 3 % writtenWidth)
      #expect((row..<row + 6).contains(line) && (column..<column + 6).contains(place), "\(line), \(place)")
    }
    #expect(made.size.largest > 0)
  }

  @Test("are refused where no file would show the network exactly the changed pixels")
  func notPassing() throws {
    let model = try Self.model(
      "{resize: {shorter_side: 4}, crop: 6, channels: rgb, divide_by: 255}", input: "[3, 6, 6]",
      layers: "  - fc: {name: f, out: 3}")
    let error = #expect(throws: AdversaryError.self) { try Adversary(model).attack(Self.noise(20, 13)) }
    #expect(
      error.map { "\($0)" }
        == "the preprocessing of small (shorter side to 4 (bilinear), centre crop 6×6, RGB, ÷255) changes a picture that it has resized itself, so that no file would show the network exactly these pixels"
    )
  }

  // MARK: data sets

  @Test("of a data set are counted as they were read again, those alone that are classified correctly")
  func dataSet() throws {
    try Self.withFolder { folder in
      let data = "\(folder)/data"
      // One of them is given as what it is not.
      for (name, label) in Self.samples {
        let below = "\(data)/\(label == 9 ? 4 : label)"
        try FileManager.default.createDirectory(atPath: below, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
          at: Self.repository.appending(path: "zoo/samples/\(name).png"), to: URL(filePath: "\(below)/a.png"))
      }
      let model = try Model("lenet-digits")
      let adversary = try Adversary(model, options: .init(epsilon: 51), batch: 3)
      let (set, kept) = (try DataSet.open(data), "\(folder)/kept")
      var told: [String] = []
      let result = try adversary.evaluate(set, keepingIn: kept, found: { name, _, _ in told.append(name) })
      #expect(result.count == 5)
      #expect(result.correct == 4)
      #expect(result.entries.map(\.label) == [1, 3, 5, 8])
      #expect(result.changed >= 3 && result.changed == told.count)
      let files = try FileManager.default.contentsOfDirectory(atPath: kept).sorted()
      #expect(files == ["00000-is-1.png", "00001-is-3.png", "00003-is-5.png", "00004-is-8.png"])
      for (file, entry) in zip(files, result.entries) {
        let answer = try model.classify(path: "\(kept)/\(file)")[0]
        #expect(answer == entry.answer && (answer.index != entry.label) == entry.isChanged, "\(file)")
      }
      #expect(throws: ZooError.alreadyExists(path: kept)) { try adversary.evaluate(set, keepingIn: kept) }
      let again = try adversary.evaluate(set, keepingIn: kept, overwrite: true)
      #expect(again.entries.map(\.answer) == result.entries.map(\.answer))
      // Pictures of the target class are left out.
      let targeted = try Adversary(model, options: .init(epsilon: 51, target: 3)).evaluate(set)
      #expect(targeted.correct == 4)
      #expect(targeted.entries.map(\.label) == [1, 5, 8])
      let stopped = try adversary.evaluate(set, progress: { done, _ in done < 3 })
      #expect(stopped.count == 3)
    }
  }

  // MARK: refusals

  @Test("are refused with the reason, in these words")
  func refusals() throws {
    let model = try Model("lenet-digits")
    func words(_ attempt: () throws -> Void) -> String {
      do { try attempt() } catch { return "\(error)" }
      return "nothing was thrown"
    }
    func words(_ options: Adversary.Options) -> String { words { _ = try Adversary(model, options: options) } }
    #expect(
      words(.init(epsilon: 0))
        == "the largest change of a sample is 0 levels; expected 1 to 255, of the 0 to 255 that a pixel has")
    #expect(words(.init(epsilon: 256)).hasPrefix("the largest change of a sample is 256 levels;"))
    #expect(words(.init(steps: 0)) == "an attack of 0 steps; expected at least 1")
    #expect(words(.init(stepSize: -1)) == "a step of -1.0 levels; expected a number above 0")
    #expect(words(.init(stepSize: .nan)) == "a step of nan levels; expected a number above 0")
    #expect(words(.init(confidence: 1.5)) == "a confidence of 1.5; expected a probability from 0 to 1")
    #expect(words(.init(target: 10)).hasPrefix("no class '10'"))
    let picture = try Self.sample("test-000-is-1")
    #expect(
      words { _ = try Adversary(model, options: .init(target: 1)).attack(picture) }
        == "the picture is taken for class 1, 1, already; choose another target")
    #expect(
      words { _ = try Adversary(model).fool() } == "a picture from noise needs a class that it is to be taken for")
    #expect(
      words { _ = try Adversary(model).attack([picture], classes: []) }
        == "0 classes for 1 pictures; expected one for each")
    #expect(AdversaryError.epsilon(0).category == .usage)
    #expect(AdversaryError.slides(model: "m", places: "2×2").category == .badData)
  }

  @Test("are refused of models without preprocessing, that slide, with one class, or beyond float32")
  func refusedModels() throws {
    let fc = "  - fc: {name: f, out: 3}"
    let noPreprocessing = try Model.small("- fc: {name: f, out: 3}")
    #expect(throws: ZooError.noPreprocessing(model: "small")) { try Adversary(noPreprocessing) }
    let slides = try Self.model("{crop: 6}", input: "[3, 6, 6]", layers: "  - conv: {name: c, out: 3, kernel: 5}")
    let error = #expect(throws: AdversaryError.self) { try Adversary(slides) }
    #expect(
      error.map { "\($0)" }
        == "small slides and answers at 2×2 places; attack the classifier that it was made from, or with an input of its window's size"
    )
    let one = try Self.model("{crop: 6}", input: "[3, 6, 6]", layers: "  - fc: {name: f, out: 1}")
    #expect(throws: ZooError.nothingToRank(model: "small")) { try Adversary(one) }
    let huge = try Self.model(
      "{crop: 1, divide_by: 255}", input: "[3, 1, 1]", layers: fc,
      weights: ["f.weight": [Float](repeating: 3e38, count: 9), "f.bias": [0, 0, 0]])
    let picture = try PixelImage(width: 1, height: 1, pixels: [255, 255, 255])
    #expect(throws: ZooError.scoresNotFinite) { try Adversary(huge).attack(picture) }
    let steep = try Self.model(
      "{crop: 1, divide_by: 255}", input: "[3, 1, 1]",
      layers: "  - fc: {name: a, out: 2, bias: false}\n  - fc: {name: f, out: 2, bias: false}",
      weights: ["a.weight": [3e38, 3e38, 3e38, 3e38, 3e38, 3e38], "f.weight": [1e30, -1e30, -1e30, 1e30]])
    let black = try PixelImage(width: 1, height: 1, pixels: [0, 0, 0])
    let notFinite = #expect(throws: AdversaryError.self) { try Adversary(steep).attack(black) }
    #expect(
      notFinite.map { "\($0)" }
        == "a gradient of small is not a number or infinite; its weights or this picture lead beyond float32")
  }
}

extension Model {
  fileprivate func likeliest(_ scores: [Float]) -> Int? {
    scores.indices.max { scores[$0] < scores[$1] }
  }
}
