import Testing
import ZooKit
import ZooSpec
import ZooTensor
import ZooTraining

/// Recipes that stand in definitions.
struct RecipeNetworkTests {
  static func network(_ train: String) throws -> Network {
    try Network(
      yaml: """
        zoo: 1
        name: net
        input: [3, 4, 4]
        preprocess: {resize: {to: [4, 4]}, channels: rgb, divide_by: 255}
        \(train)
        layers:
          - conv: {name: conv, out: 2, kernel: 3}
          - flatten
          - fc: {name: fc, out: 3}
        outputs: {logits: fc}
        """, path: "net.yaml")
  }

  @Test func `what the definition does not say is as in the base`() throws {
    let network = try Self.network("train: {optimizer: adam, epochs: 3, initialization: pytorch}")
    let recipe = try Recipe(of: network, base: Recipe(batch: 7))
    #expect(recipe == Recipe(optimizer: .adam(), epochs: 3, batch: 7, initialization: .pyTorch))
    #expect(try Recipe(of: Self.network("")) == Recipe())
  }

  @Test func `what is wrong is pointed at in the definition`() throws {
    let network = try Self.network("train:\n  lr: fast\n  momentun: 0.9\n  freeze: [\"a b\"]")
    let errors = #expect(throws: DefinitionErrors.self) { try Recipe(of: network) }
    #expect(
      errors?.diagnostics.map { "\($0.range) \($0.fault.message)" } == [
        "net.yaml:6:7 'lr' must be a number above 0 and at most 1000; found 'fast'",
        "net.yaml:7:3 unknown key 'momentun' in 'train' (did you mean 'momentum'?)",
        "net.yaml:8:12 each item of 'freeze' must be a pattern of layers' names: letters, digits and any of _-/., "
          + "'*' for any characters, '?' for one; found 'a b'",
      ])
  }

  @Test func `the recipe travels in a package`() throws {
    let network = try Self.network("train:\n  rates: {\"con*\": 0.5}\n  schedule: steps\n  step_at: [2, 4]")
    let folder = ScratchFolder()
    let tensors = network.graph.tensors.map { tensor in
      (tensor.name, Tensor(shape: tensor.shape, floats: [Float](repeating: 0, count: tensor.shape.elementCount)))
    }
    try Package.write(network, tensors: tensors, to: folder.path + "/net.zoo")
    let again = try Network.find(folder.path + "/net.zoo")
    #expect(again.card.training == network.card.training)
    let recipe = try Recipe(of: again)
    #expect(recipe == (try Recipe(of: network)))
    #expect(recipe.rates == [Recipe.Rate(pattern: "con*", factor: 0.5)])
  }

  @Test(arguments: Catalogue.modelNames)
  func `recipes of the catalogue are right and fit their networks`(name: String) throws {
    let network = try Network.find(name)
    let recipe = try Recipe(of: network)
    #expect((recipe == Recipe()) == (network.card.training == nil), "\(name) repeats what is standard")
    let layers = network.graph.tensors.map { $0.name.split(separator: ".").dropLast().joined(separator: ".") }
    #expect(recipe.patternsWithoutLayer(among: layers) == [])
  }

  @Test func `the catalogue starts networks as they were published`() throws {
    func initialization(_ name: String) throws -> Initializer { try Recipe(of: Network.find(name)).initialization }
    #expect(try initialization("lenet") == .caffeXavier)
    #expect(try initialization("resnet18") == .heNormal(.output))
    #expect(try initialization("resnet110") == .heNormal(.input))
    #expect(try initialization("alexnet") == .pyTorch)
    #expect(try initialization("zfnet-wide") == .gaussian(0.01))
    #expect(try Recipe(of: Network.find("vgg16-bn")).learningRate == 0.1)
    #expect(try Recipe(of: Network.find("vgg16")).learningRate == 0.01)
  }
}
