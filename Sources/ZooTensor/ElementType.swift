/// The type of a tensor's elements, as checkpoints store them. Computation is always in `float32`.
public enum ElementType: String, Hashable, Sendable, CaseIterable {
  case float64, float32, float16, bfloat16
  case int64, int32, int16, int8, uint8
  case bool

  /// The size of one element in bytes.
  public var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Whether the elements can be read as numbers to compute with; integers and booleans of a checkpoint cannot.
  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    case .int64, .int32, .int16, .int8, .uint8, .bool: false
    }
  }
}
