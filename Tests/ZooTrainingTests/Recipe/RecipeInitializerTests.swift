import Testing
import ZooGraph
import ZooTensor
import ZooTraining

struct RecipeInitializerTests {
  private static let shape: Shape = [64, 32, 3, 3]

  struct Case: CustomTestStringConvertible {
    var initializer: Initializer
    /// Of `[64, 32, 3, 3]`: a fan-in of 288, a fan-out of 576.
    var deviation: Double
    var bound: Double?

    var testDescription: String { "\(initializer)" }
  }

  @Test(arguments: [
    Case(initializer: .heNormal(.input), deviation: (2.0 / 288).squareRoot()),
    Case(initializer: .heNormal(.output), deviation: (2.0 / 576).squareRoot()),
    Case(initializer: .heUniform(.input), deviation: (2.0 / 288).squareRoot(), bound: (6.0 / 288).squareRoot()),
    Case(initializer: .heUniform(.output), deviation: (2.0 / 576).squareRoot(), bound: (6.0 / 576).squareRoot()),
    Case(initializer: .xavierNormal, deviation: (2.0 / 864).squareRoot()),
    Case(initializer: .xavierUniform, deviation: (2.0 / 864).squareRoot(), bound: (6.0 / 864).squareRoot()),
    Case(initializer: .caffeXavier, deviation: (1.0 / 288).squareRoot(), bound: (3.0 / 288).squareRoot()),
    Case(initializer: .gaussian(0.01), deviation: 0.01),
    // The variance of a standard normal variable within ±2 is 1 − 4φ(2) / (1 − 2Φ(−2)) = 0.773741…
    Case(initializer: .truncatedNormal(0.02), deviation: 0.02 * 0.773_741_3.squareRoot(), bound: 0.04),
    Case(initializer: .pyTorch, deviation: (1.0 / 864).squareRoot(), bound: (1.0 / 288).squareRoot()),
  ])
  func `weights have the mean, the spread and the bounds that they should`(item: Case) {
    let values = item.initializer.tensor(.weight, shape: Self.shape, name: "conv.weight", seed: 1).floats.map(
      Double.init)
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + $1 * $1 } / count
    #expect(abs(mean) < 4 * item.deviation / count.squareRoot(), "\(mean)")
    #expect(abs(variance.squareRoot() / item.deviation - 1) < 0.02, "\(variance.squareRoot())")
    if let bound = item.bound {
      #expect(values.allSatisfy { abs($0) <= bound * (1 + 1e-7) })
      #expect(values.contains { $0 > bound * 0.98 } && values.contains { $0 < -bound * 0.98 })
    } else {
      // 2 Φ(−1) and 2 Φ(−3) of a normal variable.
      let beyond = { (limit: Double) in Double(values.count { abs($0) > limit * item.deviation }) / count }
      #expect(abs(beyond(1) - 0.3173) < 0.015)
      #expect(abs(beyond(3) - 0.0027) < 0.0015)
    }
  }

  @Test func `a parameter depends on the seed and its name alone`() {
    func weight(_ name: String, _ seed: UInt64) -> [Float] {
      Initializer.heNormal(.input).tensor(.weight, shape: [4, 3], name: name, seed: seed).floats
    }
    #expect(weight("a", 1) == weight("a", 1))
    #expect(weight("a", 1) != weight("b", 1))
    #expect(weight("a", 1) != weight("a", 2))
    let short = Initializer.gaussian(1).tensor(.weight, shape: [2, 2], name: "a", seed: 1).floats
    let long = Initializer.gaussian(1).tensor(.weight, shape: [9, 9], name: "a", seed: 1).floats
    #expect(short[...] == long[..<4])
  }

  /// So that no change of the arithmetic goes unnoticed: runs are repeated years later, on other machines.
  @Test func `the bits stay what they are`() {
    func bits(_ initializer: Initializer) -> [UInt32] {
      initializer.tensor(.weight, shape: [2, 2], name: "conv1.weight", seed: 42).floats.map(\.bitPattern)
    }
    #expect(bits(.gaussian(1)) == [1_067_331_042, 3_193_504_467, 1_059_437_445, 1_064_215_582])
    #expect(bits(.truncatedNormal(1)) == [1_066_569_959, 3_192_848_256, 1_058_874_113, 1_063_281_290])
    #expect(bits(.pyTorch) == [1_057_870_383, 3_186_822_353, 1_051_638_357, 1_055_580_300])
  }

  @Test func `fans count the taps`() {
    #expect(Initializer.fans(of: [64, 3, 7, 5]) == (105, 2240))
    #expect(Initializer.fans(of: [10, 512]) == (512, 10))
    #expect(Initializer.fans(of: [6, 7, 10, 4, 3, 3]) == (36, 90))
    // Depthwise: one input channel a group.
    #expect(Initializer.fans(of: [32, 1, 3, 3]) == (9, 288))
  }

  @Test func `each role starts as the identity`() {
    func values(_ operation: Operation, _ role: Parameter.Role, _ initializer: Initializer) -> [Float] {
      let role = Initializer.Role(role, of: operation)
      return initializer.tensor(role, shape: [2], name: "x", seed: 1, weightShape: [2, 9]).floats
    }
    for initializer in [Initializer.heNormal(.input), .pyTorch] {
      let norm = Operation.batchNorm(BatchNorm())
      #expect(values(norm, .weight, initializer) == [1, 1])
      #expect(values(norm, .bias, initializer) == [0, 0])
      #expect(values(norm, .runningMean, initializer) == [0, 0])
      #expect(values(norm, .runningVariance, initializer) == [1, 1])
      #expect(values(.prelu(isShared: false), .weight, initializer) == [0.25, 0.25])
    }
    let dense = Operation.fullyConnected(FullyConnected(outputFeatures: 2))
    #expect(values(dense, .bias, .heNormal(.input)) == [0, 0])
    let bias = values(dense, .bias, .pyTorch)
    #expect(bias.allSatisfy { abs($0) <= 1.0 / 3 && $0 != 0 })
  }
}
