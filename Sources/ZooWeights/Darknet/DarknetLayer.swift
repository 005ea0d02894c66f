import ZooTensor

/// A layer with weights, as a file of darknet's must be told about: it has numbers only.
///
/// Names are those of layers; their tensors are called `NAME.weight`, `NAME.bias`, and a batch norm's `NAME.running_mean` and
/// `NAME.running_var` besides. A layer with a batch norm has no bias of its own: darknet's is the norm's shift.
public enum DarknetLayer: Hashable, Sendable {
  case convolution(
    String, outputs: Int, inputsPerGroup: Int, kernelHeight: Int, kernelWidth: Int, batchNorm: String? = nil)
  case fullyConnected(String, outputs: Int, inputs: Int, batchNorm: String? = nil)
  /// With weights of its own at each position of its result, which has so many rows and columns.
  case locallyConnected(String, outputs: Int, inputs: Int, kernel: Int, rows: Int, columns: Int)
  /// A batch norm that no layer is before which it belongs to. Files have its shift or leave it out; it is 0 then.
  case batchNorm(String, channels: Int)

  /// What its tensors' names begin with, without the dot.
  public var name: String {
    switch self {
    case .convolution(let name, _, _, _, _, _), .fullyConnected(let name, _, _, _),
      .locallyConnected(let name, _, _, _, _, _), .batchNorm(let name, _):
      name
    }
  }

  /// A tensor of the layer, and whether an old file has it with its two dimensions the other way round.
  typealias Part = (name: String, dimensions: [Int], isMatrix: Bool)

  /// In the order of the file.
  var parts: [Part] {
    switch self {
    case .convolution(let name, let outputs, let inputs, let height, let width, let norm):
      return [(bias(name, norm), [outputs], false)] + statistics(norm, outputs)
        + [("\(name).weight", [outputs, inputs, height, width], false)]
    case .fullyConnected(let name, let outputs, let inputs, let norm):
      return [(bias(name, norm), [outputs], false), ("\(name).weight", [outputs, inputs], true)]
        + statistics(norm, outputs)
    case .locallyConnected(let name, let outputs, let inputs, let kernel, let rows, let columns):
      return [
        ("\(name).bias", [outputs, rows, columns], false),
        ("\(name).weight", [rows, columns, outputs, inputs, kernel, kernel], false),
      ]
    case .batchNorm(let name, let channels):
      return [("\(name).bias", [channels], false)] + statistics(name, channels)
    }
  }

  /// Whether files may leave its shift out.
  var mayLackShift: Bool { if case .batchNorm = self { true } else { false } }

  private func bias(_ name: String, _ norm: String?) -> String { "\(norm ?? name).bias" }

  private func statistics(_ norm: String?, _ outputs: Int) -> [Part] {
    guard let norm else { return [] }
    return ["weight", "running_mean", "running_var"].map { ("\(norm).\($0)", [outputs], false) }
  }
}
