import Testing
import ZooKernels
import ZooKit
import ZooWeights

/// The answers of PyTorch in float64, for every form in which a network runs.
@Suite(.serialized) struct GoldenNetworkTests {
  static let names = [
    "lenet", "alexnet", "alexnet-caffe", "zfnet", "vgg11", "vgg13", "vgg16", "vgg16-bn", "vgg19", "googlenet-caffe",
    "googlenet", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
  ]

  /// Plain C takes seconds for each GMAC, so the largest networks are left to the vector instructions; the kernels' own
  /// tests show that both compute the same bits.
  static let portableLimit = 2_000_000_000

  @Test(
    """
    logits within 1e-5 of the largest, the same bits on every instruction set and with 1 and 2 threads, in as little \
    memory as any plan needs
    """, arguments: names)
  func compiled(name: String) throws {
    let reference = try Fixtures.reference(name)
    let network = try Network.find(name)
    let image = SyntheticCheckpoint.input(shape: network.input)
    var bits: [Float]?
    for instructionSet in InstructionSet.available {
      if instructionSet == .portable, network.totals.multiplyAccumulates > Self.portableLimit { continue }
      for threads in [1, 2] {
        let options = Model.Options(instructionSet: instructionSet, threads: threads)
        let model = try Model(network, weights: .synthetic(seed: 0), options: options)
        for batch in [1, 3, 8] {
          let plan = try #require(model.compiled).memoryPlan(batch: batch)
          #expect(
            plan.total == plan.lowerBound,
            "\(name), \(instructionSet.rawValue), \(threads) threads, \(batch) images")
        }
        let logits = try model.logits(image).floats
        let error = relativeError(logits, reference.logits)
        #expect(error <= 1e-5, "\(name), \(instructionSet.rawValue), \(threads) threads")
        #expect(logits == bits ?? logits, "\(name), \(instructionSet.rawValue), \(threads) threads: other bits")
        bits = logits
      }
    }
  }

  @Test("tensors have PyTorch's names and shapes", arguments: names)
  func tensors(name: String) throws {
    let reference = try Fixtures.reference(name)
    let network = try Network.find(name)
    let tensors = network.graph.tensors.filter { !$0.isTrainingOnly }
    #expect(Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape.dimensions) }) == reference.tensors)
    #expect(network.totals.parameters == reference.parameters)
    #expect([1] + network.input.dimensions == reference.input)
  }
}

/// A suite of its own, so that the interpreter, which uses one thread, runs beside the kernels.
@Suite(.serialized) struct GoldenInterpreterTests {
  /// The interpreter takes most of a second for each GMAC; what is left out has no operation that the others do not have.
  static let names = GoldenNetworkTests.names.filter {
    !["vgg13", "vgg16", "vgg16-bn", "vgg19", "resnet152"].contains($0)
  }

  @Test("the interpreter is within 1e-6", arguments: names)
  func interpreted(name: String) throws {
    let reference = try Fixtures.reference(name)
    let model = try Model(
      Network.find(name), weights: .synthetic(seed: 0), options: Model.Options(usesInterpreter: true))
    let logits = try model.logits(SyntheticCheckpoint.input(shape: model.network.input)).floats
    #expect(relativeError(logits, reference.logits) <= 1e-6, "\(name)")
  }
}
