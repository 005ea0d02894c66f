import ZooTensor

/// A batch norm's tensor that stands for part of the layer before it.
struct FoldedTensor {
  let layer: String
  /// The checkpoint's entry that it takes its numbers from, if any.
  let position: Int?
  let origin: MappedSource.Origin
}

/// What the nodes of a file tell beside the names of its tensors.
extension Matching {
  /// Claims what the network still lacks by the names that tensors have where they are used.
  func claimAliases(_ mapping: NameMapping, _ expected: [ExpectedTensor], _ claims: inout [String: Claim]) {
    guard !checkpoint.layers.isEmpty else { return }
    var shapes: [String: Shape] = [:]
    for tensor in expected { shapes[tensor.name] = tensor.shape }
    let known = Set(shapes.keys)
    var entries: [String: Int] = [:]
    for (position, entry) in checkpoint.entries.enumerated() { entries[entry.name] = position }
    for alias in TensorAlias.all(of: checkpoint.layers) {
      let name = alias.name.hasPrefix(prefix) ? String(alias.name.dropFirst(prefix.count)) : alias.name
      guard case .named(let result, let rules) = Self.fate(of: name, mapping, known: known),
        let shape = shapes[result], claims[result] == nil, let position = entries[alias.tensor]
      else { continue }
      let transforms = result != name || mapping.transformsKnownNames ? rules : []
      // Where a node is may be where its neighbour was.
      guard !transforms.isEmpty || Self.fits(checkpoint.entries[position].shape, shape) else { continue }
      claims[result] = Claim(position: position, transforms: transforms)
    }
  }

  /// The batch norms that the checkpoint does not have because it has them in the layers before.
  ///
  /// Only a file whose nodes show that no batch norm follows a layer is read so: tensors that are merely not there are
  /// missing. The layer keeps its numbers and the norm becomes the identity; the layer's bias becomes the norm's shift when
  /// the network's layer has none.
  func foldedNorms(_ claims: [String: Claim]) -> [String: FoldedTensor] {
    var folded: [String: FoldedTensor] = [:]
    let roles = ["weight", "bias", "running_mean", "running_var"]
    for norm in options.foldableNorms {
      guard let variance = norm.identityVariance, let weight = claims["\(norm.layer).weight"],
        let layer = plainLayer(with: checkpoint.entries[weight.position].name, norm.layer)
      else { continue }
      let bias = layer.tensors["bias"].flatMap { name in checkpoint.entries.firstIndex { $0.name == name } }
      if let bias {
        let entry = checkpoint.entries[bias]
        let outputs = checkpoint.entries[weight.position].shape.dimensions.prefix(1)
        guard entry.shape.dimensions == Array(outputs), entry.elementType.isFloatingPoint else { continue }
      }
      let claimed = roles.compactMap { claims["\(norm.name).\($0)"]?.position }
      guard claimed.isEmpty || claimed == [bias] else { continue }
      func fill(_ name: String, _ number: Float) {
        folded[name] = FoldedTensor(layer: norm.layer, position: nil, origin: .constant(number))
      }
      fill("\(norm.name).weight", 1)
      fill("\(norm.name).running_mean", 0)
      fill("\(norm.name).running_var", variance)
      fill("\(norm.name).bias", 0)
      let target = "\(norm.layerHasBias ? norm.layer : norm.name).bias"
      if let bias {
        folded[target] = FoldedTensor(
          layer: norm.layer, position: bias, origin: .stored(TransformedTensor(position: bias, steps: [])))
      } else {
        fill(target, 0)
      }
    }
    return folded
  }

  /// What the nodes of a file call the layers whose tensors the network does not have. `used`: the entries that it has.
  func unplacedLayers(_ used: Set<Int>) -> [String] {
    guard checkpoint.sourceFormat == .onnx else { return [] }
    let placed = Set(used.map { checkpoint.entries[$0].name })
    return checkpoint.layers.filter { $0.kind != .other && placed.isDisjoint(with: $0.tensors.values) }
      .map { $0.paths.last ?? $0.name }
  }

  /// The layer of the file that reads a tensor as its weight and that no batch norm follows.
  private func plainLayer(with tensor: String, _ path: String) -> StoredLayer? {
    let layers = checkpoint.layers.filter { $0.tensors["weight"] == tensor }
    let layer = layers.count == 1 ? layers[0] : layers.first { $0.paths.contains(path) }
    return layer?.isWithoutNorm == true ? layer : nil
  }
}
