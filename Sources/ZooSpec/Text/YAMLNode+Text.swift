extension YAMLNode {
  /// The node in YAML's flow style, on one line: reading it gives the same values.
  package var flowText: String {
    switch content {
    case .scalar(let text, _):
      switch scalar {
      case .null?, nil: return "null"
      case .boolean?, .integer?, .hugeInteger?, .number?: return text
      case .string?: return text.isBareYAML ? text : text.quotedForYAML
      }
    case .sequence(let items): return "[\(items.map(\.flowText).joined(separator: ", "))]"
    case .mapping(let pairs):
      let texts = pairs.map { pair in
        // A key that is not announced has at most 1024 characters.
        let key = pair.key.flowText
        return "\(key.utf8.count > 1000 ? "? " : "")\(key): \(pair.value.flowText)"
      }
      return "{\(texts.joined(separator: ", "))}"
    }
  }
}

extension String {
  /// Whether YAML reads the text, written without quotes, as the same text wherever it stands.
  var isBareYAML: Bool {
    guard utf8.first?.isLetterOrDigit == true, utf8.allSatisfy({ $0.isLetterOrDigit || "_-/.".utf8.contains($0) })
    else { return false }
    return YAMLScalar(plain: self) == .string(self)
  }

  /// The text in double quotes, whatever it holds.
  var quotedForYAML: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default:
        if scalar.isAllowedInYAML && !scalar.isLineBreak {
          result.unicodeScalars.append(scalar)
        } else {
          let digits = String(scalar.value, radix: 16)
          result += "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
        }
      }
    }
    return result + "\""
  }
}
