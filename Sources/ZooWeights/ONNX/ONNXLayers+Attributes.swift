import ZooTensor

extension ONNXLayers {
  /// The zeros around a convolution's input, by its attributes or by a node before it.
  func padding(of node: ONNXNode) throws(WeightsProblem) -> StoredLayer.Padding {
    let own: StoredLayer.Padding
    switch node.text("auto_pad") ?? "NOTSET" {
    case "NOTSET" where node.attributes["pads"] == nil: own = .explicit(.none)
    case "NOTSET":
      let numbers = node.integers("pads") ?? []
      own = Padding(numbers).map { .explicit($0) } ?? .other("\(numbers)")
    case "VALID": own = .explicit(.none)
    case "SAME_UPPER": own = .sameUpper
    case "SAME_LOWER": own = .sameLower
    case let rule: throw .onnx(.automaticPadding(node: node.label, rule: rule))
    }
    guard let maker = node.input(0).flatMap({ values.makers[$0] }), values.nodes[maker].isStandard,
      values.nodes[maker].type == "Pad"
    else { return own }
    let pad = values.nodes[maker]
    guard case .explicit(let inner) = own, let outer = try zeros(of: pad) else {
      return .other("made by '\(pad.label)'")
    }
    return .explicit(
      Padding(
        top: inner.top + outer.top, left: inner.left + outer.left, bottom: inner.bottom + outer.bottom,
        right: inner.right + outer.right))
  }

  /// The zeros that a `Pad` puts around images, and around nothing else.
  private func zeros(of pad: ONNXNode) throws(WeightsProblem) -> Padding? {
    guard (pad.text("mode") ?? "constant") == "constant", (pad.float("value") ?? 0) == 0,
      try values.isZero(pad.input(2)), pad.input(3) == nil,
      let amounts = try values.integers("pads", of: pad, orInput: 1), amounts.count == 8,
      [amounts[0], amounts[1], amounts[4], amounts[5]].allSatisfy({ $0 == 0 })
    else { return nil }
    return Padding([amounts[2], amounts[3], amounts[6], amounts[7]])
  }

  /// The order in which a product reads the axes of an image that was flattened for it; `nil` when nothing was moved.
  func inputOrder(of node: ONNXNode) -> [Int]? {
    var value = node.input(0)
    for _ in 0..<8 {
      guard let maker = value.flatMap({ values.makers[$0] }) else { return nil }
      let before = values.nodes[maker]
      guard before.isStandard else { return nil }
      switch before.type {
      case "Flatten", "Reshape", "Squeeze", "Identity", "Dropout", "Cast", "Relu": value = before.input(0)
      case "Transpose":
        guard let order = before.integers("perm"), order.count == 4, order[0] == 0, order.sorted() == [0, 1, 2, 3]
        else {
          return nil
        }
        return order == [0, 1, 2, 3] ? nil : order.dropFirst().map { $0 - 1 }
      default: return nil
      }
    }
    return nil
  }
}

extension Padding {
  /// Of ONNX's list: top, left, bottom, right.
  fileprivate init?(_ numbers: [Int]) {
    guard numbers.count == 4, numbers.allSatisfy((0...ConvolutionGeometry.maximumSide).contains) else {
      return nil
    }
    self.init(top: numbers[0], left: numbers[1], bottom: numbers[2], right: numbers[3])
  }
}
