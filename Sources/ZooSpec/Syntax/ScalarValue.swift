/// The value of a parameter of a definition or of a block.
public enum ScalarValue: Hashable, Sendable {
  case integer(Int)
  case boolean(Bool)
  case string(String)

  public var type: ScalarType {
    switch self {
    case .integer: .integer
    case .boolean: .boolean
    case .string: .string
    }
  }
}

/// The type of a parameter, spelt as a block's `parameters` has it.
public enum ScalarType: String, Hashable, Sendable, CaseIterable {
  case integer = "int"
  case boolean = "bool"
  case string
}

extension ScalarValue: CustomStringConvertible {
  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .string(let value): value
    }
  }
}

/// The largest integer that a definition may write: every JSON reader knows it exactly.
let maximumInteger = 1 << 53 - 1
