import Testing
import ZooGraph
import ZooKit
import ZooSpec

/// What `zoo layers` says.
@Suite struct LayerReferenceTests {
  @Test("every operation has a guide whose example builds and has the operation in it", arguments: OperationKind.all)
  func example(_ kind: OperationKind) throws {
    let layer = try #require(try LayerReference.find(kind.word), "\(kind.word)")
    let network = try Network(yaml: layer.example, path: "\(kind.word).yaml")
    #expect(network.graph.nodes.contains { $0.operation.kind == kind }, "\(kind.word): \(layer.example)")
    #expect(network.graph.nodes.last?.shape.dimensions == layer.result.output, "\(kind.word)")
    #expect(layer.attributes.map(\.name) == kind.attributes.map(\.name))
    #expect(!layer.formula.isEmpty && !layer.shape.isEmpty, "\(kind.word)")
    // What must be written is written, and what is printed as a default is what leaving it out gives.
    for attribute in layer.attributes {
      if attribute.isRequired {
        #expect(layer.example.contains("\(attribute.name): "), "\(kind.word).\(attribute.name)")
      } else {
        #expect((attribute.standard != nil) != (attribute.standardIsOf != nil), "\(kind.word).\(attribute.name)")
      }
    }
  }

  @Test("a default that is written out changes nothing", arguments: OperationKind.all)
  func standards(_ kind: OperationKind) throws {
    let layer = try #require(try LayerReference.find(kind.word), "\(kind.word)")
    let written = layer.attributes.compactMap { attribute -> String? in
      guard let standard = attribute.standard, !layer.example.contains("\(attribute.name): ") else { return nil }
      return "\(attribute.name): \(standard)"
    }
    let start = "- \(kind.word): {"
    guard !written.isEmpty, layer.example.contains(start) else { return }
    let text = layer.example.replacing(start, with: start + written.joined(separator: ", ") + ", ")
    let network = try Network(yaml: text, path: "\(kind.word).yaml")
    let plain = try Network(yaml: layer.example, path: "\(kind.word).yaml")
    #expect(network.graph == plain.graph, "\(text)")
  }

  @Test("names of other programs, and what is near")
  func names() throws {
    for (name, word) in [
      ("linear", "fc"), ("nn.BatchNorm2d", "batch_norm"), ("MaxPool2d", "max_pool"), ("Max-Pool", "max_pool"),
      ("swish", "silu"), ("conv", "conv"),
    ] {
      #expect(try LayerReference.find(name)?.word == word, "\(name)")
    }
    #expect(try LayerReference.find("attention") == nil)
    #expect(LayerReference.suggestions(for: "conf").first == "conv")
    #expect(LayerReference.suggestions(for: "batchnrom").first == "batch_norm")
    #expect(LayerReference.suggestions(for: "zzzzzz").isEmpty)
  }

  @Test("the formula of the shape is what the graph computes, where sides do not divide")
  func shapes() throws {
    let conv = "conv: {name: a, out: 5, kernel: 3, stride: 2, padding: 1, dilation: 2}"
    let transposed =
      "transposed_conv: {name: a, out: 5, kernel: 3, stride: 2, padding: 1, output_padding: 1, dilation: 2}"
    // ⌊(H + 2P − F) / S⌋ + 1 and (H − 1) · S − 2P + D · (kernel − 1) + 1 + output_padding.
    for (layer, side) in [(conv, (12 + 2 - 5) / 2 + 1), (transposed, 11 * 2 - 2 + 2 * 2 + 1 + 1)] {
      let text = "zoo: 1\nname: net\ninput: [4, 12, 12]\nlayers:\n  - \(layer)\n"
      #expect(try Network(yaml: text, path: "net.yaml").graph.nodes.last?.shape == [5, side, side], "\(layer)")
    }
  }
}
