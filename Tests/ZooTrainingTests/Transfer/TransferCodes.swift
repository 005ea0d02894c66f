import Dispatch
import FoundationEssentials
import Synchronization
import ZooTensor
import ZooTestSupport
import ZooTraining

/// Codes that tests fit.
enum TransferCodes {
  /// Clouds of points around random centres; the last number of each code is the same in all.
  static func clouds(
    _ support: [Int], width: Int, spread: Float, seed: String = "clouds", constant: Bool = false
  ) throws -> Codes {
    var random = SplitMix64(seed: seed)
    let centres = support.map { _ in random.floats(width) }
    var labels = support.enumerated().flatMap { Array(repeating: $0, count: $1) }
    labels.shuffle(using: &random)
    var numbers: [Float] = []
    for label in labels {
      let noise = random.floats(width, scale: spread)
      for feature in 0..<width {
        let scale = Float(1 + feature % 5)
        let value: Float = Float(3 * (feature % 3)) + scale * (centres[label][feature] + noise[feature])
        numbers.append(constant && feature == width - 1 ? 0.1 : value)
      }
    }
    return try codes(numbers, labels, classes: support.count)
  }

  static func codes(_ numbers: [Float], _ labels: [Int], classes: Int) throws -> Codes {
    let tensor = Tensor(shape: [labels.count, numbers.count / labels.count], floats: numbers)
    return try Codes(rows: TensorRows(tensor), labels: labels, classes: (0..<classes).map { "class \($0)" })
  }

  /// 8×8 pixels of handwritten digits.
  static func digits(_ part: String) throws -> Codes {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/digits")
    let images = try Data(contentsOf: folder.appending(path: "\(part)-images-idx3-ubyte")).dropFirst(16)
    let labels = try Data(contentsOf: folder.appending(path: "\(part)-labels-idx1-ubyte")).dropFirst(8)
    return try codes(images.map { Float($0) }, labels.map { Int($0) }, classes: 10)
  }

  /// Ways to call a function for each index, none of which may change a result.
  static let ways: [(name: String, parallel: LinearClassifier.Parallel)] = [
    ("backwards", { count, body in for index in (0..<count).reversed() { body(index) } }),
    (
      "3 threads",
      { count, body in
        let next = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 3) { _ in
          while case let index = next.add(1, ordering: .relaxed).oldValue, index < count { body(index) }
        }
      }
    ),
  ]
}
