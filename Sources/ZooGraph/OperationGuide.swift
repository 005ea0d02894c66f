/// What a person who writes a definition wants to know of an operation beside its attributes: what becomes of the shape, what
/// is computed, where that is from, and layers that may be copied.
///
/// In the formulas x is what the operation reads, y what it gives, c and k are channels, i rows and j columns, all counted from
/// 0; capital letters are sizes.
public struct OperationGuide: Hashable, Sendable {
  /// The shape of the result for that of the input, as `C×H×W → C×1×1`.
  public let shape: String
  /// What is computed, in plain text.
  public let formula: String
  /// The paper, the notes or the program that the operation is as in; `nil` for what needs none.
  public let source: String?
  /// The shape of the example's image: channels, height and width.
  public let exampleInput: [Int]
  /// The layers of a network that has the operation, one line of YAML each, without the dash.
  public let exampleLayers: [String]

  init(_ shape: String, _ formula: String, source: String? = nil, example layers: String..., input: [Int]) {
    self.shape = shape
    self.formula = formula
    self.source = source
    exampleInput = input
    exampleLayers = layers
  }

  /// A whole definition that has the operation: what a file that builds may look like.
  public var definition: String {
    """
    zoo: 1
    name: example
    input: [\(exampleInput.map(String.init).joined(separator: ", "))]
    layers:

    """ + exampleLayers.map { "  - \($0)\n" }.joined()
  }
}
