import FoundationEssentials
import Testing
import ZooKit

/// What two networks compute, layer by layer. The values in `…-values.npz` are ONNX Runtime's 1.27, by the script that
/// `ActivationScript` gives.
struct ActivationComparisonTests {
  private static let fixtures = ONNXFixtureTests.folder
  private static let model = "\(fixtures)/residual-script17.onnx"
  private static let recorded = "\(fixtures)/residual-script17-values.npz"

  /// The imported model, its definition edited: `edits` replaces texts, each of which has to be there.
  private static func compare(
    _ model: String = model, input: String = "residual-in.npy", recorded: String? = recorded,
    isTurned: Bool = false, edits: [(String, String)] = [], weights: ((Checkpoint) throws -> Checkpoint)? = nil
  ) throws -> ActivationComparison {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-compare-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let imported = try NetworkImport(model, name: "net", preprocessing: NetworkImport.PreprocessingChoice.none)
    try imported.write(to: "\(folder)/net.yaml")
    var text = imported.definition.text
    for (old, new) in edits {
      #expect(text.contains(old), "\(old) in\n\(text)")
      text = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false).joined(separator: new)
    }
    try Data(text.utf8).write(to: URL(filePath: "\(folder)/net.yaml"))
    let source = try weights.map { WeightSource.checkpoint(try $0(Checkpoint.open("\(folder)/net.zoow"))) }
    let given = try NumPyFile.read("\(fixtures)/\(input)").convertedToFloat32()
    return try ActivationComparison(
      model, "\(folder)/net.yaml", weights: source ?? .automatic,
      input: isTurned ? Tensor(shape: given.shape, floats: given.floats.reversed()) : given, recorded: recorded)
  }

  @Test("an imported definition computes what the model's own framework recorded")
  func same() throws {
    let found = try Self.compare()
    #expect(found.isSame && found.layers.count == 26 && found.unrecorded == 0)
    #expect(found.source == .recorded(path: Self.recorded))
    #expect(found.layers[0].first.node == "/conv/Conv" && found.layers[0].first.value == "/conv/Conv_output_0")
    #expect(found.layers.allSatisfy { $0.relative < 1e-5 && $0.attributes.isEmpty })
    let computed = try Self.compare(recorded: nil)
    #expect(computed.isSame && computed.source == .interpreter && computed.layers.count == 26)
    #expect(computed.layers.allSatisfy { $0.difference == 0 && $0.first.node != nil })
  }

  @Test("values with their channels last are brought into zoo's order")
  func channelsLast() throws {
    let found = try Self.compare(
      "\(Self.fixtures)/tensorflow.onnx", input: "tensorflow-in.npy",
      recorded: "\(Self.fixtures)/tensorflow-values.npz")
    #expect(found.isSame && found.layers.count >= 5, "\(found.layers.map(\.relative))")
  }

  @Test(
    "the first layer that an edit changes is named, with what was edited",
    arguments: [
      ("kernel: 3, stride: 2, rounding: ceil}", "kernel: 2, stride: 2}", "max_pool", "kernel"),
      ("groups: 2}", "groups: 2, padding: 2, dilation: 2}", "layer.0.conv2", "padding"),
      ("- sigmoid\n", "- hardsigmoid: {name: sigmoid}\n", "layer.0.sigmoid", "operation"),
      (
        "max_pool: {kernel: 3, stride: 2,", "average_pool: {name: max_pool, kernel: 3, stride: 2,", "max_pool",
        "operation"
      ),
    ])
  func edited(old: String, new: String, layer: String, attribute: String) throws {
    var edits = [(old, new)]
    if attribute == "padding" { edits.insert(("padding: 1, groups: 2}", "groups: 2}"), at: 0) }
    for recorded in [Self.recorded, nil] {
      let found = try Self.compare(recorded: recorded, edits: edits)
      let first = try #require(found.firstDifference, "\(new)")
      #expect(first.second.name == layer && first.first.node != nil && found.parting == nil, "\(new)")
      #expect(first.attributes.map(\.name).contains(attribute), "\(new): \(first.attributes)")
      #expect(first.second.origin?.file.hasSuffix("net.yaml") == true)
      #expect(found.weightDifferences.isEmpty && !found.isSame)
    }
  }

  @Test("an edit that changes no number is told, and no difference")
  func edit() throws {
    // The last windows are whole here.
    let found = try Self.compare(edits: [("rounding: ceil}", "rounding: floor}")])
    #expect(found.isSame)
    let edited = found.layers.filter { !$0.attributes.isEmpty }
    #expect(edited.map(\.second.name) == ["max_pool"])
    #expect(edited.first?.attributes.map { "\($0.name) \($0.first) \($0.second)" } == ["rounding ceil floor"])
  }

  @Test("one weight is found, with its place")
  func weight() throws {
    let found = try Self.compare { checkpoint in
      try Checkpoint(
        checkpoint.entries.map { entry in
          let tensor = try checkpoint.tensor(named: entry.name)
          guard entry.name == "layer.1.conv1.weight" else { return (entry.name, tensor) }
          var floats = tensor.floats
          floats[tensor.shape.elementCount - 1] += 0.5
          return (entry.name, Tensor(shape: tensor.shape, floats: floats))
        })
    }
    let first = try #require(found.firstDifference)
    #expect(first.second.name == "layer.1.conv1" && first.attributes.isEmpty)
    let indices = try #require(first.indices)
    // The last filter makes the last channel.
    #expect(indices.count == 4 && indices[1] == 7)
    let weight = try #require(found.weightDifferences.first)
    #expect(weight.name == "layer.1.conv1.weight" && weight.count == 1 && weight.indices == [7, 7, 2, 2])
    #expect(abs(weight.difference - 0.5) < 1e-6 && found.weightDifferences.count == 1)
  }

  @Test("a layer more or fewer is where the networks part, and what is before it is compared")
  func parting() throws {
    let more = try Self.compare(edits: [("  - max_pool", "  - relu\n  - max_pool")])
    let parting = try #require(more.parting)
    #expect(parting.first?.operation == "max_pool" && parting.second?.operation == "relu")
    #expect(more.layers.map(\.second.name) == ["conv"] && more.firstDifference == nil && !more.isSame)
    let fewer = try Self.compare(
      edits: [("  - global_average_pool\n  - fc", "  - fc")],
      weights: { checkpoint in
        try Checkpoint(
          checkpoint.entries.map { entry in
            let tensor = try checkpoint.tensor(named: entry.name)
            guard entry.name == "fc.weight" else { return (entry.name, tensor) }
            return (entry.name, Tensor(shape: [5, 160], floats: [Float](repeating: 0, count: 800)))
          })
      })
    #expect(fewer.parting?.first?.operation == "global_average_pool" && fewer.parting?.second?.operation == "fc")
    #expect(fewer.layers.count == 24)
  }

  @Test("a batch norm that one network has in the numbers of its layer is one with it")
  func folded() throws {
    let found = try Self.compare(edits: [
      (
        "- conv: {name: conv, out: 8, kernel: 3, stride: 2, padding: 1}",
        "- conv: {name: conv, out: 8, kernel: 3, stride: 2, padding: 1, bias: false}\n  - batch_norm: {name: bn}"
      )
    ]) { checkpoint in
      let tensors = try checkpoint.entries.map { ($0.name, try checkpoint.tensor(named: $0.name)) }
      func all(_ number: Float) -> Tensor { Tensor(shape: [8], floats: [Float](repeating: number, count: 8)) }
      return try Checkpoint(
        tensors.map { ($0.0 == "conv.bias" ? "bn.bias" : $0.0, $0.1) }
          + [("bn.weight", all(1)), ("bn.running_mean", all(0)), ("bn.running_var", all(1))])
    }
    #expect(found.isSame && found.layers.count == 26)
    #expect(found.layers[0].isFolded && found.layers[0].second.name == "bn" && found.layers[0].attributes.isEmpty)
    #expect(found.layers.dropFirst().allSatisfy { !$0.isFolded })
  }

  @Test("names say nothing, and neither does the order of summands")
  func names() throws {
    let found = try Self.compare(edits: [
      ("block: basic, name: \"layer.{i}\"", "block: basic, name: \"part.{i}\""),
      ("add: {from: [multiply, input]}", "add: {from: [input, multiply]}"),
    ]) { checkpoint in
      try Checkpoint(
        checkpoint.entries.map { entry in
          let name = entry.name.hasPrefix("layer.") ? "part." + entry.name.dropFirst(6) : entry.name
          return (name, try checkpoint.tensor(named: entry.name))
        })
    }
    #expect(found.isSame && found.layers.count == 26 && found.layers[5].second.name.hasPrefix("part.0"))
  }

  @Test("values of another input or model are refused")
  func refused() throws {
    let other = "\(Self.fixtures)/tensorflow-values.npz"
    #expect(throws: ActivationError.noValues(path: other, model: Self.model)) { try Self.compare(recorded: other) }
    #expect(throws: ActivationError.otherInput(path: Self.recorded)) { try Self.compare(isTurned: true) }
    let input = try NumPyFile.read("\(Self.fixtures)/residual-in.npy")
    #expect(throws: ActivationError.notONNX(path: "lenet-digits")) {
      try ActivationComparison("lenet-digits", "lenet-digits", input: input, recorded: Self.recorded)
    }
  }

  @Test("networks of the catalogue are compared, too, for several images")
  func catalogue() throws {
    let network = try Network.find("lenet-digits")
    let images = Tensor(
      shape: Shape([2] + network.input.dimensions),
      floats: (0..<2 * network.input.elementCount).map { Float($0 % 17) / 17 })
    let found = try ActivationComparison("lenet-digits", "lenet-digits", input: images)
    #expect(found.isSame && found.images == 2 && !found.layers.isEmpty)
    #expect(found.layers.allSatisfy { $0.first.node == nil })
  }

  @Test("the script is a program for any model, and says how to call it")
  func script() throws {
    let text = try ActivationScript.text()
    #expect(text.contains("MODEL.onnx INPUT.npy VALUES.npz\n") && text.hasSuffix("\n") && !text.contains("#("))
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 125 })
    let named = try ActivationScript.text(for: Self.model)
    #expect(named.contains("residual-script17.onnx INPUT.npy residual-script17-values.npz\n"))
    #expect(throws: ActivationError.notONNX(path: "net.cfg")) { try ActivationScript.text(for: "net.cfg") }
    #expect(throws: WeightsError.self) { try ActivationScript.text(for: "\(Self.fixtures)/absent.onnx") }
  }
}
