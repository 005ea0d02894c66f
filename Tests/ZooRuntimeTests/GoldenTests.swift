import FoundationEssentials
import Testing
import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor

@Suite("Published networks answer as they do in PyTorch, in double precision")
struct GoldenTests {
  /// What PyTorch answered, for the weights and the image of `SyntheticWeights`.
  struct Answer: Decodable {
    let tensors: [String: [Int]]
    let logits: [Double]

    init(_ network: ReferenceNetwork) throws {
      let file = #filePath.split(separator: "/").dropLast().joined(separator: "/")
      let data = try Data(contentsOf: URL(filePath: "/\(file)/Fixtures/\(network.rawValue).json"))
      self = try JSONDecoder().decode(Answer.self, from: data)
    }
  }

  /// The bound that the `fast` mode of the command line promises.
  static let tolerance = 1e-5

  @Test(arguments: ReferenceNetwork.allCases)
  func interpreter(_ network: ReferenceNetwork) throws {
    let graph = try network.graph()
    let answer = try Answer(network)
    #expect(
      Dictionary(uniqueKeysWithValues: graph.tensors.map { ($0.name, $0.shape.dimensions) }) == answer.tensors)
    let images = SyntheticWeights.images(graph.inputShape)
    let scores = try Interpreter(graph: graph, weights: SyntheticWeights(for: graph).tensor).run(images)
    #expect(error(scores[0], answer) < 1e-6, "\(network)")
  }

  @Test(arguments: ReferenceNetwork.allCases)
  func compiled(_ network: ReferenceNetwork) throws {
    let graph = try network.graph().optimized()
    let answer = try Answer(network)
    let images = SyntheticWeights.images(graph.inputShape)
    let weights = SyntheticWeights(for: graph)
    for numerics in Numerics.allCases {
      for instructionSet in InstructionSet.available {
        let options = ExecutionOptions(instructionSet: instructionSet, numerics: numerics)
        let compiled = try CompiledNetwork(graph: graph, options: options, weights: weights.tensor)
        let error = error(try compiled.makeRunner().run(images)[0], answer)
        #expect(error < Self.tolerance, "\(network) with \(instructionSet.rawValue), \(numerics)")
      }
    }
  }

  /// The largest difference in parts of the largest score.
  private func error(_ scores: Tensor, _ answer: Answer) -> Double {
    guard scores.shape == [1, answer.logits.count] else { return .infinity }
    let largest = answer.logits.reduce(0) { max($0, abs($1)) }
    return zip(scores.floats, answer.logits).reduce(0) { error, pair in
      let difference = abs(Double(pair.0) - pair.1) / largest
      return difference.isNaN ? .infinity : max(error, difference)
    }
  }
}
