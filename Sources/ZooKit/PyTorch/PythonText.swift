/// Text as Python's source has it. What comes from a definition never ends a string or a comment.
enum PythonText {
  /// A literal in double quotes, of printable ASCII.
  static func literal(_ text: String) -> String { "\"\(escaped(text))\"" }

  /// The inside of a literal.
  static func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": return "\\\(scalar)"
      case " "..."~": return String(scalar)
      default:
        let digits = String(scalar.value, radix: 16)
        return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
      }
    }.joined()
  }

  /// Words for a docstring, on one line: letters, digits, punctuation and single spaces; `?` for what has no place there, such as
  /// marks that change the direction of reading.
  static func words(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar.properties.isWhitespace {
        if result.last != " ", !result.isEmpty { result += " " }
        continue
      }
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: result += "?"
      default: result += scalar == "\\" || scalar == "\"" ? "'" : String(scalar)
      }
    }
    return result
  }

  /// A number; `1e-05` is Python's, too.
  static func number(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") && value.magnitude < 1e15 ? String(text.dropLast(2)) : text
  }

  /// A name for a variable, a function or a class, which may be one of `reserved`: letters, digits and `_`, of ASCII.
  static func identifier(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      let isFine = scalar.isASCII && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar)
      result += isFine ? String(scalar) : "_"
    }
    while result.hasPrefix("_") { result.removeFirst() }
    if result.first.map({ $0.isNumber }) ?? true { result = "v" + result }
    return result
  }

  /// `EfficientnetB0` for `efficientnet_b0`.
  static func className(_ name: String) -> String {
    let parts = name.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    let joined = parts.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    let name = joined.first.map { $0.isNumber } ?? true ? "Net\(joined)" : joined
    return keywords.contains(name) ? name + "Network" : name
  }

  /// What a name must not be.
  static let keywords: Set<String> = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "match",
    "nonlocal", "not", "or", "pass", "raise", "return", "try", "type", "while", "with", "yield", "print",
  ]

  /// Names that the module uses itself.
  static let taken: Set<String> = keywords.union([
    "self", "torch", "nn", "F", "itertools", "numbered", "next", "zip", "enumerate", "range", "super", "x", "y",
  ]).union(PyTorchHelpers.functionTexts.keys)

  /// Names that a method has for itself.
  static let arguments: Set<String> = taken.union(["p", "n"])

  /// What `nn.Module` has already, and the methods that modules here may have.
  static let methods = modules.union(PyTorchMethod.all.keys).union(PyTorchMethod.texts.keys)

  private static let modules: Set<String> = [
    "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu", "cuda", "double",
    "dump_patches", "eval", "extra_repr", "float", "forward", "get_buffer", "get_extra_state", "get_parameter",
    "get_submodule", "half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers", "named_children",
    "named_modules", "named_parameters", "parameters", "register_backward_hook", "register_buffer",
    "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook",
    "register_full_backward_pre_hook", "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook",
    "register_module", "register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook",
    "requires_grad_", "set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty", "train",
    "training", "type", "xpu", "zero_grad", "get",
  ]
}

/// Names of which no two are the same.
struct PythonNames {
  private var taken: Set<String>

  init(_ taken: Set<String>) { self.taken = taken }

  /// The name may be used again.
  mutating func release(_ name: String) { taken.remove(name) }

  /// The text as an identifier, with a number after it where that is taken.
  mutating func take(_ text: String) -> String {
    let name = PythonText.identifier(text)
    if taken.insert(name).inserted { return name }
    var number = 2
    while !taken.insert("\(name)_\(number)").inserted { number += 1 }
    return "\(name)_\(number)"
  }
}
