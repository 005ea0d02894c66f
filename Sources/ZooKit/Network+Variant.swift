import ZooGraph
import ZooSpec
import ZooWeights

/// A layer of the same name and weights that computes something else in another network.
struct VariantDifference {
  let node: String
  /// `stride 2×2, here 1×1`
  let text: String
}

extension Network {
  /// The networks of the catalogue that a checkpoint without a definition says its weights are for: by its metadata, or by
  /// the name under which the file is published.
  static func claimed(by checkpoint: Checkpoint, otherThan network: Network) -> [Network] {
    var names: Set<String> = []
    for key in [Package.modelKey, "architecture", "arch"] {
      // timm names the recipe after a dot: `resnet50.a1_in1k`.
      guard let name = checkpoint.metadata[key]?.prefix(while: { $0 != "." }).lowercased() else { continue }
      names.insert(name.hasPrefix("tv_") ? String(name.dropFirst(3)) : name)
    }
    let file = checkpoint.fileName ?? ""
    let isKnown = file.isEmpty || network.card.weights.contains { $0.file == file }
    return Catalogue.modelNames.compactMap { name in
      // Definitions are read only where the file's name occurs at all.
      guard name != network.name, let bytes = Catalogue.file("zoo/\(name).yaml"),
        names.contains(name) || !isKnown && bytes.firstRange(of: Array(file.utf8)) != nil,
        let other = try? Network(SourceFile(path: "zoo/\(name).yaml", bytes: bytes), origin: .catalogue, input: nil),
        names.contains(name) || other.card.weights.contains(where: { $0.file == file })
      else { return nil }
      return other.sharesWeights(with: network) ? other : nil
    }
  }

  /// Whether the weights of one fit the other but for the last layer; where they do not, no claim is needed to tell.
  private func sharesWeights(with other: Network) -> Bool {
    func tensors(_ network: Network) -> Set<TensorDeclaration> {
      let head = (try? network.head().name).map { $0 + "." }
      return Set(network.graph.tensors.filter { tensor in head.map { !tensor.name.hasPrefix($0) } ?? true })
    }
    return tensors(self) == tensors(other)
  }

  /// A layer with weights that both networks have and that does something else in each: names and shapes agree, and it is
  /// another network, as ResNet v1 and v1.5.
  func difference(from other: Network) -> VariantDifference? {
    let others = Dictionary(other.graph.nodes.map { ($0.name, $0.operation) }) { first, _ in first }
    // Where the nodes go by the same names, those without weights can be compared too.
    let comparesAll = graph.nodes.map(\.name) == other.graph.nodes.map(\.name)
    for node in graph.nodes {
      guard let operation = others[node.name],
        let text = node.operation.difference(from: operation, hasSameNeighbours: comparesAll)
      else { continue }
      return VariantDifference(node: node.name, text: text)
    }
    return nil
  }
}

extension Operation {
  /// What differs beside the shapes of weights, in words; `nil` when nothing does or the operations are unlike.
  fileprivate func difference(from other: Operation, hasSameNeighbours: Bool) -> String? {
    switch (self, other) {
    case (.convolution(let here), .convolution(let there)):
      return Self.first([
        ("stride", "\(there.stride)", "\(here.stride)"), ("padding", "\(there.padding)", "\(here.padding)"),
        ("dilation", "\(there.dilation)", "\(here.dilation)"),
      ])
    case (.batchNorm(let here), .batchNorm(let there)):
      return Self.first([("epsilon", "\(there.epsilon)", "\(here.epsilon)")])
    case (.maxPool(let here), .maxPool(let there)) where hasSameNeighbours,
      (.averagePool(let here, _), .averagePool(let there, _)) where hasSameNeighbours:
      return Self.first([
        ("kernel", "\(there.kernel)", "\(here.kernel)"), ("stride", "\(there.stride)", "\(here.stride)"),
        ("padding", "\(there.padding)", "\(here.padding)"),
      ])
    case (.localResponseNorm(let here), .localResponseNorm(let there)) where hasSameNeighbours:
      return Self.first([
        ("size", "\(there.size)", "\(here.size)"), ("alpha", "\(there.alpha)", "\(here.alpha)"),
        ("beta", "\(there.beta)", "\(here.beta)"), ("k", "\(there.k)", "\(here.k)"),
        ("convention", there.convention.rawValue, here.convention.rawValue),
      ])
    default: return nil
    }
  }

  private static func first(_ attributes: [(name: String, there: String, here: String)]) -> String? {
    attributes.first { $0.there != $0.here }.map { "\($0.name) \($0.there), here \($0.here)" }
  }
}

extension [UInt8] {
  /// Where another sequence of bytes begins in this one.
  fileprivate func firstRange(of other: [UInt8]) -> Int? {
    guard let first = other.first, count >= other.count else { return nil }
    return (0...count - other.count).first { self[$0] == first && self[$0..<$0 + other.count].elementsEqual(other) }
  }
}
