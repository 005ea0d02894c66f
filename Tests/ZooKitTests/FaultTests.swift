import Testing
import ZooKernels
import ZooKit
import ZooTensor
import ZooWeights

/// Small networks that were once answered wrongly or refused, with the answers of PyTorch.
@Suite struct FaultTests {
  private static func tensor(_ path: String) throws -> Tensor {
    try NumPyFile.read("\(Fixtures.folder)/faults/\(path)")
  }

  @Test(
    "a forward pass gives PyTorch's numbers",
    arguments: [
      ("maxpool-3wide-tall", "net.yaml", nil, "x.npy"),
      ("padding-not-below-kernel", "squeezenet10-conv10.yaml", "conv10.pth", "x.npy"),
    ] as [(String, String, String?, String)])
  func forward(folder: String, definition: String, weights: String?, input: String) throws {
    let path = "\(Fixtures.folder)/faults/\(folder)"
    let expected = try Self.tensor("\(folder)/expected.npy").floats.map(Double.init)
    let source = weights.map { WeightSource.file("\(path)/\($0)") } ?? .synthetic(seed: 0)
    let image = try Self.tensor("\(folder)/\(input)")
    for instructionSet in InstructionSet.available {
      for numerics in Numerics.allCases {
        let options = Model.Options(instructionSet: instructionSet, numerics: numerics)
        let model = try Model("\(path)/\(definition)", weights: source, options: options)
        let found = try Model.scores(model.logits(image))[0]
        #expect(relativeError(found, expected) <= 1e-6, "\(instructionSet.rawValue), \(numerics)")
      }
    }
  }

  @Test("the first layer of FCN-32s, padded by 100") func wide() throws {
    let network = try Network.find("\(Fixtures.folder)/faults/padding-not-below-kernel/fcn-pad100.yaml")
    let first = network.graph.nodes[1]
    #expect(first.shape.extent.height == network.input.extent.height + 198)
    let model = try Model(network, weights: .synthetic(seed: 0))
    let interpreter = try Model(network, weights: .synthetic(seed: 0), options: Model.Options(usesInterpreter: true))
    let image = SyntheticCheckpoint.input(shape: network.input)
    let expected = try interpreter.logits(image).floats.map(Double.init)
    #expect(relativeError(try model.logits(image).floats, expected) <= 1e-6)
  }
}
