/// The value of a parameter of a definition or of a block.
public indirect enum ScalarValue: Hashable, Sendable {
  case integer(Int)
  case boolean(Bool)
  case string(String)
  /// A decimal number.
  case number(Double)
  /// What a repetition takes one after the other.
  case list([ScalarValue])

  /// The type that a definition must give it.
  public var type: ScalarType {
    switch self {
    case .integer: .integer
    case .boolean: .boolean
    case .string: .string
    case .number: .number
    case .list: .list
    }
  }

  /// The value as a parameter of the type has it: an integer is a decimal number too.
  ///
  /// - Returns: `nil` where the types differ.
  func converted(to type: ScalarType) -> ScalarValue? {
    if case .integer(let value) = self, type == .number { return .number(Double(value)) }
    return self.type == type ? self : nil
  }

  /// As a decimal number; `nil` where it is none.
  var decimal: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .boolean, .string, .list: nil
    }
  }
}

/// The type of a parameter, spelt as a block's `parameters` has it.
public enum ScalarType: String, Hashable, Sendable, CaseIterable {
  case integer = "int"
  case boolean = "bool"
  case string
  case number
  case list
}

extension ScalarValue: CustomStringConvertible {
  /// As a definition has it.
  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .string(let value): value
    case .number(let value): "\(value)"
    case .list(let values): "[\(values.map(\.description).joined(separator: ", "))]"
    }
  }
}

/// The largest integer that a definition may write: every JSON reader knows it exactly.
let maximumInteger = 1 << 53 - 1
