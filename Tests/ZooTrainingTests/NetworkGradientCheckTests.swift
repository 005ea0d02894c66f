import Testing
import ZooGraph
import ZooKit
import ZooRuntime
import ZooTensor
import ZooWeights

@Suite("Gradients of networks of the catalogue against central differences")
struct NetworkGradientCheckTests {
  /// A network with small images; one in `every` of its tensors is compared.
  struct Case: Sendable, CustomTestStringConvertible {
    let network: String
    let batch: [Int]
    let every: Int

    var testDescription: String { "\(network) for \(batch)" }
  }

  static let cases = [
    Case(network: "lenet", batch: [2, 1, 28, 28], every: 1),
    Case(network: "resnet20", batch: [3, 3, 8, 8], every: 4),
  ]

  @Test("loss of all heads", arguments: cases)
  func check(_ drawn: Case) throws {
    let network = try Network.find(drawn.network, input: Shape(Array(drawn.batch.dropFirst())))
    let weights = try LoadedWeights.load(.synthetic(seed: 0), for: network)
    let trainable = network.graph.tensors.filter { $0.role.isTrainable }.map(\.name)
    let chosen = Set(stride(from: 0, to: trainable.count, by: drawn.every).map { trainable[$0] })
    let training = try TrainingGraph(
      network.graph, loss: .softmax, learns: { chosen.contains($0.name) }, norm: { _ in .training })
    let classes = training.classes
    let count = drawn.batch[0]
    let targets = Tensor(
      shape: [count, classes], floats: (0..<count * classes).map { $0 % classes == 7 * ($0 / classes) ? 1 : 0 })
    let findings = try GradientCheck(training) { try weights.tensor($0) }.run(
      images: SyntheticCheckpoint.input(shape: Shape(drawn.batch)), targets: targets, directions: 1)
    #expect(Set(findings.map(\.name)) == chosen)
    for finding in findings {
      #expect(finding.isRight(within: GradientCheck.tolerance), "\(finding) of \(drawn.network)")
    }
  }
}
