import FoundationEssentials
import Testing
import ZooGraph
import ZooImport
import ZooRuntime
import ZooTensor
import ZooWeights

/// Models of Keras', with what Keras computes.
@Suite struct KerasImportTests {
  private static func fixture(_ name: String) -> String {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    return "/\(folder)/Fixtures/\(name)"
  }

  @Test(
    "The numbers are Keras'",
    arguments: [
      "functional.keras", "functional.h5", "sequential.keras", "sequential.h5", "operators.keras", "operators.h5",
      "channels-first.keras", "channels-first.h5",
    ])
  func answers(file: String) throws {
    let network = try ImportedNetwork(keras: Self.fixture(file))
    let weights = try #require(network.weights)
    let recorded = try Checkpoint.open(Self.fixture(String(file.prefix { $0 != "." }) + ".npz"))
    let expected = try recorded.tensor(named: "output").floats
    let interpreter = try Interpreter(graph: network.graph) { try weights.tensor(named: $0) }
    let found = try interpreter.run(recorded.tensor(named: "input"))[0].floats
    try #require(found.count == expected.count)
    let largest = expected.reduce(0) { max($0, abs($1)) }
    let distance = zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(distance <= 1e-5 * max(largest, 1), "\(file): \(distance) of \(largest)")
    #expect(Set(weights.entries.map(\.name)) == Set(network.graph.tensors.map(\.name)))
  }

  @Test(
    "Both forms of a file give one graph, and the same numbers",
    arguments: ["functional", "sequential", "operators", "channels-first"])
  func forms(name: String) throws {
    let first = try ImportedNetwork(keras: Self.fixture("\(name).keras"))
    let second = try ImportedNetwork(keras: Self.fixture("\(name).h5"))
    #expect(first.graph == second.graph)
    for declaration in first.graph.tensors {
      let tensors = try [first, second].map { try $0.weights?.tensor(named: declaration.name).floats }
      #expect(tensors[0] == tensors[1], "\(declaration.name)")
    }
  }

  @Test("What was decided is said, and the nodes have the names of the layers")
  func notes() throws {
    let network = try ImportedNetwork(keras: Self.fixture("functional.keras"))
    func text(_ place: String) -> [String] { network.notes.filter { $0.place == place }.map(\.text) }
    #expect(text("image") == ["Keras has the channels last; zoo's input is 3×9×8, channels first"])
    #expect(text("stem").first?.hasPrefix("padding same is TensorFlow's") == true)
    #expect(text("flat").count == 1 && text("spatial_dropout2d").count == 1 && text("separable").count == 1)
    #expect(text("reduce") == ["Dense of a map works at each position: a convolution with kernel 1×1"])
    let names = network.graph.nodes.map(\.name)
    for name in ["stem", "bn", "prelu", "separable.depthwise", "separable.pointwise", "block.conv", "answer_softmax"] {
      #expect(names.contains(name), "\(name)")
    }
    #expect(network.graph.outputs.map(\.role) == [.probabilities])
    let scaled = try ImportedNetwork(keras: Self.fixture("sequential.keras"))
    #expect(scaled.card.preprocess == Preprocessing(resize: .exact(Extent(6), .bilinear), channels: .rgb, scale: .none))
  }
}
