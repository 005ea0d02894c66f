import ZooGraph
import ZooSpec
import ZooTensor
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

  /// A layer of the same name that does something else in each network: names and shapes of weights agree, and it is
  /// another network, as ResNet v1 and v1.5. Where weights have other shapes, that says enough.
  ///
  /// A network that slides is compared as the classifier that it was.
  func difference(from other: Network) -> VariantDifference? {
    let (here, there) = (original ?? graph, other.original ?? other.graph)
    let nodes = here.nodes.filter { !$0.isTrainingOnly }
    let others = there.nodes.filter { !$0.isTrainingOnly }
    // Where the nodes go by the same names, those without weights can be compared too.
    let comparesAll = nodes.map(\.name) == others.map(\.name)
    let nodeNamed = Dictionary(others.map { ($0.name, $0) }) { first, _ in first }
    for node in nodes {
      guard let other = nodeNamed[node.name], node.parameter(.weight)?.shape == other.parameter(.weight)?.shape,
        comparesAll || !node.parameters.isEmpty
      else { continue }
      if let text = node.operation.difference(from: other.operation) {
        return VariantDifference(node: node.name, text: text)
      }
      let inputs = (node.inputs.map { here[$0].name }, other.inputs.map { there[$0].name })
      if comparesAll, inputs.0 != inputs.1 {
        let (read, reads) = (inputs.1.joined(separator: " and "), inputs.0.joined(separator: " and "))
        return VariantDifference(node: node.name, text: "input \(read), here \(reads)")
      }
    }
    return nil
  }
}

extension Operation {
  /// What differs beside what the weights show, in words; `nil` when both compute the same.
  fileprivate func difference(from other: Operation) -> String? {
    differences(from: other).first.map { "\($0.attribute) \($0.other), here \($0.own)" }
  }

  /// All that differs beside what the weights show: the attribute, and its value of each; empty when both compute the same.
  func differences(from other: Operation) -> [(attribute: String, own: String, other: String)] {
    let (here, there) = (comparable, other.comparable)
    guard here != there else { return [] }
    guard here.kind == there.kind else { return [("operation", "\(kind)", "\(other.kind)")] }
    var found: [(attribute: String, own: String, other: String)] = []
    for attribute in here.kind.attributes {
      let (own, theirs) = (attribute.value(of: here), attribute.value(of: there))
      if own != theirs { found.append((attribute.title.lowercased(), "\(own)", "\(theirs)")) }
    }
    let (own, theirs) = (here.fusedActivation?.name ?? "none", there.fusedActivation?.name ?? "none")
    if own != theirs { found.append(("activation", own, theirs)) }
    return found.isEmpty ? [("attributes", "others", "some")] : found
  }

  /// The operation without what changes no number at inference, and without what the names of the weights show.
  private var comparable: Operation {
    // The size of the images may be chosen.
    if case .input = self { return .input([]) }
    if case .dropout = self { return .dropout(probability: 0) }
    if case .adaptiveAveragePool(Extent(1)) = self { return .globalAveragePool }
    if case .adaptiveMaxPool(Extent(1)) = self { return .globalMaxPool }
    if case .averagePool(let pooling, _) = self, pooling.padding.isNone {
      return .averagePool(pooling, countsPadding: true)
    }
    return kind.attribute("bias")?.setting(.boolean(true), of: self) ?? self
  }
}

extension [UInt8] {
  /// Where another sequence of bytes begins in this one.
  fileprivate func firstRange(of other: [UInt8]) -> Int? {
    guard let first = other.first, count >= other.count else { return nil }
    return (0...count - other.count).first { self[$0] == first && self[$0..<$0 + other.count].elementsEqual(other) }
  }
}
