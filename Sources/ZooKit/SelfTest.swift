import ZooKernels
import ZooTensor
import ZooWeights

/// Whether this machine computes what it should: the shipped network on every instruction set, against the interpreter.
public struct SelfTest: Sendable {
  /// One instruction set.
  public struct Check: Sendable {
    /// Of which the kernels are.
    public var instructionSet: InstructionSet
    /// The largest difference of a logit, relative to the largest logit.
    public var difference: Double
    /// Whether the largest difference from the interpreter, relative to the largest score, is at most 1e-5.
    public var isRight: Bool { difference <= 1e-5 }
  }

  /// One for each instruction set that this machine has.
  public let checks: [Check]
  /// The threads that a model uses unless told otherwise.
  public let threads: Int
  /// How long one of them waits for another's answer at least, if it could be measured.
  public let distance: Duration?
  /// Whether they share a cache, as far as it can be told.
  public let shareCache: Bool

  /// Whether all of them are.
  public var isRight: Bool { checks.allSatisfy(\.isRight) }

  /// - Throws: what loading and running the shipped model throws.
  public static func run() throws -> SelfTest {
    let network = try Network.find(Catalogue.defaultModel)
    let image = SyntheticCheckpoint.input(shape: network.input)
    let expected = try Model(network, options: Model.Options(usesInterpreter: true)).logits(image)
    var threads = 1
    let checks = try InstructionSet.available.map { instructionSet in
      let model = try Model(network, options: Model.Options(instructionSet: instructionSet))
      threads = model.compiled?.threadCount ?? 1
      return Check(
        instructionSet: instructionSet, difference: relativeDifference(try model.logits(image), expected))
    }
    let pool = ThreadPool.shared(threads: threads)
    return SelfTest(checks: checks, threads: threads, distance: pool.distance, shareCache: pool.sharesCache)
  }
}

/// The largest difference between two tensors of one shape, relative to the largest magnitude of the second.
///
/// - Returns: infinity when either has a number that is not finite.
func relativeDifference(_ tensor: Tensor, _ reference: Tensor) -> Double {
  var difference = 0.0
  var largest = 0.0
  for (value, expected) in zip(tensor.floats, reference.floats) {
    guard value.isFinite, expected.isFinite else { return .infinity }
    difference = max(difference, abs(Double(value) - Double(expected)))
    largest = max(largest, abs(Double(expected)))
  }
  return largest > 0 ? difference / largest : difference
}
