extension Im2colError: CustomStringConvertible {
  /// The message for a person, with what the layer is and which layers can be shown.
  public var description: String {
    switch self {
    case .notAConvolution(let layer, let what, let convolutions):
      "'\(layer)' is no convolution, it is \(what); the nearest that are: \(convolutions.joined(separator: ", "))"
    case .locallyConnected(let layer, let positions):
      "'\(layer)' is locally connected: each of its \(positions) positions has filters of its own, so that no one matrix of filters multiplies all patches; name a convolution"
    case .noConvolution(let model):
      "\(model) has no convolution, so there is nothing to write as a product of matrices"
    case .group(let group, let layer, let groups):
      groups == 1
        ? "'\(layer)' has no group \(group); it has one, number 0"
        : "'\(layer)' has no group \(group); its groups are 0 to \(groups - 1)"
    case .position(let row, let column, let layer, let rows, let columns):
      "'\(layer)' has no row \(row) and column \(column); its value has \(rows)×\(columns) positions, counted from 0"
    case .tooLarge(let layer, let rows, let columns, let limit):
      "the patch matrix of '\(layer)', \(rows)×\(columns), has more than \(limit) numbers; choose a smaller layer or input"
    case .productDiffers(let layer, let difference, let largest):
      "the product of the matrices of '\(layer)' is off by \(Figure.short(difference)) from what the network computes, where the largest is \(Figure.short(largest)): a mistake of zoo's, please report it"
    }
  }
}
