import ZooImages
import ZooKernels
import ZooKit
import ZooTensor
import ZooTraining

/// Small networks, and data that are made up for them.
enum TrainerFixture {
  /// With a shortcut, norms, dropout and a classifier for training only.
  static let shortcut = """
    zoo: 1
    name: shortcut
    title: A shortcut
    input: [1, 8, 8]
    preprocess: {channels: grey, divide_by: 255}
    layers:
      - conv: {name: conv1, out: 6, kernel: 3, padding: 1, bias: false}
      - batch_norm: {name: bn1}
      - relu: {name: relu1}
      - conv: {name: conv2, out: 6, kernel: 3, padding: 1}
      - batch_norm: {name: bn2}
      - add: {name: sum, from: [bn2, relu1]}
      - relu: {name: relu2}
      - max_pool: {name: pool, kernel: 2, stride: 2}
      - fc: {name: side, out: 3, training_only: true}
      - dropout: {name: drop, from: pool}
      - fc: {name: fc, out: 3}
    outputs:
      logits: fc
      side: {from: side, role: auxiliary, loss_weight: 0.3}
    """

  /// Without norms: what an image gives does not depend on the others.
  static let plain = """
    zoo: 1
    name: plain
    title: No norms
    input: [1, 8, 8]
    preprocess: {channels: grey, divide_by: 255}
    layers:
      - conv: {name: conv1, out: 6, kernel: 3, padding: 1}
      - relu: {name: relu1}
      - max_pool: {name: pool, kernel: 2, stride: 2}
      - fc: {name: hidden, out: 20}
      - prelu: {name: slope, shared: true}
      - dropout: {name: drop}
      - fc: {name: fc, out: 3}
    outputs: {logits: fc}
    """

  static func network(_ definition: String = shortcut) throws -> Network {
    try Network(yaml: definition, path: "made.yaml")
  }

  /// Pictures of 8×8 pixels in which a corner is bright, by which their class is known.
  static func pixels(_ index: Int, class label: Int) -> [UInt8] {
    let random = CounterRandom(seed: 5, purpose: .sampling, UInt64(index))
    return (0..<64).map { place in
      let (row, column) = (place / 8, place % 8)
      let isBright = row / 4 == label % 2 && column / 4 == label / 2
      return UInt8(random.integer(place, below: 100) + (isBright ? 150 : 0))
    }
  }

  /// Writes training and test files of IDX; classes come in turn, but for class 0, which has every other picture.
  static func writeDigits(to folder: String, training: Int = 30, test: Int = 9, shade: UInt8 = 0) throws {
    func number(_ value: Int) -> [UInt8] { (0..<4).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    for (prefix, count, first) in [("train", training, 0), ("t10k", test, 1000)] where count > 0 {
      let labels = (0..<count).map { $0 % 2 == 0 ? 0 : 1 + $0 / 2 % 2 }
      let images = labels.enumerated().flatMap { index, label in
        pixels(first + index, class: label).map { $0 &+ shade }
      }
      try FileSystem.write(
        [0, 0, 8, 3] + number(count) + number(8) + number(8) + images, to: "\(folder)/\(prefix)-images-idx3-ubyte")
      try FileSystem.write(
        [0, 0, 8, 1] + number(count) + labels.map { UInt8($0) }, to: "\(folder)/\(prefix)-labels-idx1-ubyte")
    }
  }

  /// A recipe of few steps without anything random but the order.
  static func recipe(
    _ optimizer: Optimizer = .sgd(), learningRate: Double = 0.05, epochs: Int = 2, batch: Int = 4,
    _ change: (inout Recipe) -> Void = { _ in }
  ) -> Recipe {
    var recipe = Recipe(
      optimizer: optimizer, learningRate: learningRate, weightDecay: 0, schedule: .constant, epochs: epochs,
      batch: batch,
      seed: 1, numerics: .direct)
    change(&recipe)
    return recipe
  }
}

extension Trainer {
  /// Of the pictures in a folder.
  convenience init(
    _ network: Network, _ recipe: Recipe, data: String, start: Start = .initialization,
    options: Options = Options(threads: 1)
  ) throws {
    let parts = try DataSet.openForTraining(data, holdingOut: recipe.validation, seed: recipe.seed)
    try self.init(network, recipe: recipe, parts: parts, start: start, options: options)
  }

  /// Runs so many steps, or all that there are.
  @discardableResult
  func run(steps: Int? = nil, in folder: RunFolder? = nil, resuming: Bool = false, interval: Double = 60) throws
    -> Outcome
  {
    var asked = 0
    return try run(
      in: folder, resuming: resuming, checkpointInterval: interval,
      isInterrupted: {
        defer { asked += 1 }
        return asked == steps
      })
  }

  /// All tensors as they are, by name.
  var tensorsByName: [String: [Float]] {
    Dictionary(uniqueKeysWithValues: weights(averaged: false).map { ($0.name, $0.tensor.floats) })
  }
}
