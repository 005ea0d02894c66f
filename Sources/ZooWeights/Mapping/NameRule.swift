import ZooTensor

extension NameRule {
  /// The new name and what to do with the tensor; `nil` when the rule does not apply.
  func apply(to name: String) -> (name: String, transforms: [TensorTransform])? {
    switch self {
    case .ignore: return nil
    case .removePrefix(let prefix):
      return name.hasPrefix(prefix) ? (String(name.dropFirst(prefix.count)), []) : nil
    case .rename(let from, let to, let transforms):
      guard let captures = NamePattern(from).captures(in: name) else { return nil }
      let filled = transforms.map { transform -> TensorTransform in
        if case .divide(let divisor) = transform { .divide(by: Self.fill(divisor, captures)) } else { transform }
      }
      return (Self.fill(to, captures), filled)
    }
  }

  /// Whether the rule leaves out a tensor of that name.
  func ignores(_ name: String) -> Bool {
    if case .ignore(let pattern) = self { NamePattern(pattern).matches(name) } else { false }
  }

  private static func fill(_ text: String, _ captures: [String]) -> String {
    let parts = text.split(separator: "*", omittingEmptySubsequences: false)
    var result = String(parts[0])
    for (number, part) in parts.dropFirst().enumerated() {
      if number < captures.count { result += captures[number] }
      result += part
    }
    return result
  }
}
