/// The body of a function while it is written: values that are not yet called anything, and statements that compute them.
///
/// In the text of a statement, `value(_:)` stands for a value and `channels(_:)` for the number of its channels.
struct PythonFunction {
  indirect enum Statement {
    /// `absorbs`: whether a value that it alone reads may be computed in its text.
    case assign(Int, String, absorbs: Bool)
    /// No value, as `next(n)`.
    case plain(String)
    /// The value starts as that of `from` and is computed again and again; in the body `input` stands for it.
    case loop(Int, from: Int, header: String, body: [Statement], input: Int, output: Int)
    /// The value is that of `from`, or what the body makes.
    case branch(Int, from: Int, condition: String, body: [Statement], output: Int)
    case result(String)

    /// Whether a text is somewhere in it.
    func mentions(_ words: String) -> Bool {
      switch self {
      case .assign(_, let text, _), .plain(let text), .result(let text): text.contains(words)
      case .loop(_, _, let header, let body, _, _): header.contains(words) || body.contains { $0.mentions(words) }
      case .branch(_, _, let condition, let body, _): condition.contains(words) || body.contains { $0.mentions(words) }
      }
    }
  }

  /// `def` with its name and parameters.
  var header = ""
  var statements: [Statement] = []
  /// The value that the function is given.
  let input = 0
  private var count = 1
  private var hints: [Int: String] = [:]

  mutating func value(hint: String? = nil) -> Int {
    defer { count += 1 }
    hints[count] = hint
    return count
  }

  /// What the value is called where it needs a name.
  mutating func suggest(_ hint: String, for value: Int) { hints[value] = hint }

  static func value(_ value: Int) -> String { "\u{1}\(value)\u{3}" }
  static func channels(_ value: Int) -> String { "\u{2}\(value)\u{3}" }

  /// A line of at most 120 characters, or several: cut after commas within parentheses.
  static func wrapped(_ line: String) -> [String] {
    let limit = 120
    guard line.count > limit else { return [line] }
    let indent = line.prefix { $0 == " " }.count
    var (depth, isQuoted, cut) = (0, false, -1)
    let characters = Array(line)
    for (index, character) in characters.enumerated() where index < limit - 1 {
      if character == "\"" { isQuoted.toggle() }
      guard !isQuoted else { continue }
      if "([{".contains(character) { depth += 1 }
      if ")]}".contains(character) { depth -= 1 }
      if character == ",", depth > 0, index + 1 < characters.count, characters[index + 1] == " " { cut = index }
    }
    guard cut > indent + 8 else { return [line] }
    let rest = String(repeating: " ", count: min(indent + 8, 24)) + String(characters[(cut + 2)...])
    // The rest stands in the parentheses that the first line opened, and is cut as if it did.
    return [String(characters[...cut])] + wrapped("(" + rest).map { $0.hasPrefix("(") ? String($0.dropFirst()) : $0 }
  }

  /// The lines of the function, indented by `indent`.
  func lines(indent: Int, names: PythonNames) -> [String] {
    var writer = PythonFunctionWriter(hints: hints, names: names)
    return writer.lines(of: self, indent: indent)
  }
}

/// Calls the values of a function something, and writes it.
private struct PythonFunctionWriter {
  typealias Statement = PythonFunction.Statement

  let hints: [Int: String]
  var names: PythonNames
  /// What a value is called that only the next statement reads.
  private var running = "x"
  private var variables: [Int: String] = [:]
  private var channelNames: [Int: String] = [:]
  private var channelUses: [Int: Int] = [:]

  init(hints: [Int: String], names: PythonNames) {
    self.hints = hints
    self.names = names
  }

  mutating func lines(of function: PythonFunction, indent: Int) -> [String] {
    let statements = merged(function.statements)
    countChannels(statements)
    variables[function.input] = "x"
    if !isRead(function.input, onlyAtStartOf: statements[...]) { running = "y" }
    var lines = [String(repeating: " ", count: indent) + function.header]
    lines += channelLines(of: function.input, next: statements.first, indent: indent + 4)
    lines += self.lines(statements, indent: indent + 4)
    return lines.flatMap { PythonFunction.wrapped($0) }
  }

  // MARK: Merging

  /// Statements with values computed inside the one that reads them, where the line stays short.
  private func merged(_ statements: [Statement]) -> [Statement] {
    var result: [Statement] = []
    for (index, statement) in statements.enumerated() {
      var statement = statement
      switch statement {
      case .loop(let value, let from, let header, let body, let input, let output):
        statement = .loop(value, from: from, header: header, body: merged(body), input: input, output: output)
      case .branch(let value, let from, let condition, let body, let output):
        statement = .branch(value, from: from, condition: condition, body: merged(body), output: output)
      case .assign, .plain, .result: break
      }
      guard case .assign(let before, let inner, _)? = result.last, let text = text(of: statement),
        absorbs(statement)
      else {
        result.append(statement)
        continue
      }
      let mark = PythonFunction.value(before)
      let rest = statements[(index + 1)...]
      let isAlone =
        text.parts(of: mark).count == 2 && !rest.contains { reads(before, $0) }
        && !text.contains(PythonFunction.channels(before)) && !rest.contains { readsChannels(before, $0) }
      // The path of a layer that is made in place is taken before what the layer reads is computed.
      let isInOrder = !(inner.contains("next(") && text.contains("self.get("))
      let joined = text.parts(of: mark).joined(separator: inner)
      let isShort =
        joined.filter { !"\u{1}\u{2}\u{3}".contains($0) }.count <= 104 && joined.parts(of: "self.conv(").count <= 2
        && joined.parts(of: "self.").count <= 3
      let isPlain = !inner.contains(" if ") && !text.contains(" if ")
      // An operator or a subscript would take only the last part of a sum.
      let isOne = text.contains("(\(mark))") || text.contains("(\(mark),") || !inner.hasOperator
      guard isAlone, isInOrder, isShort, isPlain, isOne else {
        result.append(statement)
        continue
      }
      result.removeLast()
      switch statement {
      case .assign(let value, _, let absorbs): result.append(.assign(value, joined, absorbs: absorbs))
      default: result.append(.result(joined))
      }
    }
    return result
  }

  private func absorbs(_ statement: Statement) -> Bool {
    switch statement {
    case .assign(_, _, let absorbs): absorbs
    case .result: true
    case .plain, .loop, .branch: false
    }
  }

  private func text(of statement: Statement) -> String? {
    switch statement {
    case .assign(_, let text, _), .result(let text): text
    case .plain, .loop, .branch: nil
    }
  }

  // MARK: Who reads what

  private func reads(_ value: Int, _ statement: Statement) -> Bool {
    let mark = PythonFunction.value(value)
    switch statement {
    case .assign(_, let text, _), .plain(let text), .result(let text): return text.contains(mark)
    case .loop(_, let from, let header, let body, _, let output):
      return from == value || output == value || header.contains(mark) || body.contains { reads(value, $0) }
    case .branch(_, let from, let condition, let body, let output):
      return from == value || output == value || condition.contains(mark) || body.contains { reads(value, $0) }
    }
  }

  private func readsChannels(_ value: Int, _ statement: Statement) -> Bool {
    count(of: PythonFunction.channels(value), in: statement) > 0
  }

  private func count(of mark: String, in statement: Statement) -> Int {
    switch statement {
    case .assign(_, let text, _), .plain(let text), .result(let text): text.parts(of: mark).count - 1
    case .loop(_, _, let header, let body, _, _):
      header.parts(of: mark).count - 1 + body.reduce(0) { $0 + count(of: mark, in: $1) }
    case .branch(_, _, let condition, let body, _):
      condition.parts(of: mark).count - 1 + body.reduce(0) { $0 + count(of: mark, in: $1) }
    }
  }

  private func isPlain(_ statement: Statement) -> Bool { if case .plain = statement { true } else { false } }

  /// Whether the value is read by the first statement alone.
  private func isRead(_ value: Int, onlyAtStartOf statements: ArraySlice<Statement>) -> Bool {
    let statements = statements.drop { isPlain($0) && !reads(value, $0) }
    guard let first = statements.first else { return true }
    guard !statements.dropFirst().contains(where: { reads(value, $0) }) else { return false }
    switch first {
    case .assign, .plain, .result: return true
    case .loop(_, let from, _, let body, _, let output):
      return from == value && output != value && !body.contains { reads(value, $0) }
        || !reads(value, first)
    case .branch(_, let from, _, let body, let output):
      return output != value && (from == value || !reads(value, first)) && isRead(value, onlyAtStartOf: body[...])
    }
  }

  private mutating func countChannels(_ statements: [Statement]) {
    for statement in statements {
      for text in texts(of: statement) {
        for part in text.split(separator: "\u{2}", omittingEmptySubsequences: false).dropFirst() {
          if let value = Int(part.prefix { $0 != "\u{3}" }) { channelUses[value, default: 0] += 1 }
        }
      }
    }
  }

  private func texts(of statement: Statement) -> [String] {
    switch statement {
    case .assign(_, let text, _), .plain(let text), .result(let text): [text]
    case .loop(_, _, let header, let body, _, _): [header] + body.flatMap(texts)
    case .branch(_, _, let condition, let body, _): [condition] + body.flatMap(texts)
    }
  }

  // MARK: Writing

  private mutating func lines(_ statements: [Statement], indent: Int) -> [String] {
    var lines: [String] = []
    let space = String(repeating: " ", count: indent)
    for (index, statement) in statements.enumerated() {
      let rest = statements[(index + 1)...]
      switch statement {
      case .plain(let text): lines.append(space + resolved(text))
      case .result(let text): lines.append(space + "return " + resolved(text))
      case .assign(let value, let text, _):
        let code = resolved(text)
        if case .result(let result)? = rest.first, rest.count == 1, result == PythonFunction.value(value) {
          lines.append(space + "return " + code)
          return lines
        }
        let variable = variables[value] ?? variable(of: value, rest)
        variables[value] = variable
        if code != variable { lines.append("\(space)\(variable) = \(code)") }
        lines += channelLines(of: value, next: rest.first, indent: indent)
      case .loop(let value, let from, let header, let body, let input, let output):
        var variable = variables[value] ?? variable(of: value, rest)
        if variable == running, !isRead(input, onlyAtStartOf: body[...]) { variable = names.take("value") }
        variables[value] = variable
        variables[input] = variable
        if let start = variables[from], start != variable { lines.append("\(space)\(variable) = \(start)") }
        lines.append(space + resolved(header))
        lines += channelLines(of: input, next: body.first, indent: indent + 4)
        lines += bodyLines(body, output, into: variable, indent: indent + 4)
        lines += channelLines(of: value, next: rest.first, indent: indent)
      case .branch(let value, let from, let condition, let body, let output):
        let variable = variables[value] ?? variable(of: value, rest)
        variables[value] = variable
        if let start = variables[from], start != variable { lines.append("\(space)\(variable) = \(start)") }
        lines.append("\(space)if \(resolved(condition)):")
        lines += bodyLines(body, output, into: variable, indent: indent + 4)
        lines += channelLines(of: value, next: rest.first, indent: indent)
      }
    }
    return lines
  }

  private mutating func bodyLines(_ body: [Statement], _ output: Int, into variable: String, indent: Int) -> [String] {
    let isLast =
      switch body.last {
      case .assign(output, _, _), .loop(output, _, _, _, _, _), .branch(output, _, _, _, _): true
      default: false
      }
    if isLast { variables[output] = variable }
    var lines = self.lines(body, indent: indent)
    if !isLast, let found = variables[output], found != variable {
      lines.append("\(String(repeating: " ", count: indent))\(variable) = \(found)")
    }
    if lines.isEmpty { lines.append(String(repeating: " ", count: indent) + "pass") }
    return lines
  }

  private mutating func variable(of value: Int, _ rest: ArraySlice<Statement>) -> String {
    isRead(value, onlyAtStartOf: rest) ? running : names.take(hints[value] ?? "value")
  }

  /// The line that keeps the number of a value's channels, where more than the next statement needs it.
  private mutating func channelLines(of value: Int, next: Statement?, indent: Int) -> [String] {
    guard let uses = channelUses[value], let variable = variables[value] else { return [] }
    if uses == 1, let next, readsChannels(value, next), text(of: next) != nil {
      channelNames[value] = "\(variable).shape[1]"
      return []
    }
    let name = names.take("channels")
    channelNames[value] = name
    return ["\(String(repeating: " ", count: indent))\(name) = \(variable).shape[1]"]
  }

  private func resolved(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let mark = rest.firstIndex(where: { $0 == "\u{1}" || $0 == "\u{2}" }) {
      result += rest[..<mark]
      let end = rest[mark...].firstIndex(of: "\u{3}") ?? rest.endIndex
      let value = Int(rest[rest.index(after: mark)..<end]) ?? -1
      result += (rest[mark] == "\u{1}" ? variables[value] : channelNames[value]) ?? "?"
      rest = end == rest.endIndex ? rest[end...] : rest[rest.index(after: end)...]
    }
    return result + rest
  }
}

extension String {
  /// Whether there is a space outside of parentheses.
  fileprivate var hasOperator: Bool {
    var depth = 0
    for character in self {
      if "([{".contains(character) { depth += 1 }
      if ")]}".contains(character) { depth -= 1 }
      if character == " ", depth == 0 { return true }
    }
    return false
  }

  /// The text before, between and after each occurrence of a mark.
  fileprivate func parts(of mark: String) -> [String] {
    var parts: [String] = []
    var rest = self[...]
    while let range = rest.firstRange(of: mark) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }
}
