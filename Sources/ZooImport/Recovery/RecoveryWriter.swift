import ZooGraph

/// Writes items and blocks as a definition's `defaults`, `blocks` and `layers`, as the catalogue's are written.
struct RecoveryWriter {
  let blocks: [Block]
  let defaults: RecoveryDefaults
  /// What the probabilities of stochastic depth are parts of.
  var depths: DepthRule?

  private static let width = 120

  /// How the items around are named by the language.
  enum Naming {
    /// After their operations, as far as they have no weights.
    case automatic
    /// By number.
    case numbers
    /// After their operations, where items have numbers that they must be given.
    case words
    /// Not at all.
    case none
  }

  /// The lines from `defaults` to `layers`.
  func lines(_ items: [Template]) -> [String] {
    var lines = defaults.lines
    if !blocks.isEmpty { lines.append("blocks:") }
    for block in blocks { lines += self.lines(block) }
    lines.append("layers:")
    lines += self.lines(items, .automatic, indent: 2)
    return lines
  }

  private func lines(_ block: Block) -> [String] {
    var lines = ["  \(block.name):"]
    let parameters = block.parameters.map { "\($0.name): \($0.standardText ?? $0.type)" }
    if !parameters.isEmpty { lines += wrapped("    parameters: {", parameters, "}", indent: 6) }
    lines.append("    layers:")
    if block.isUnnamed && !block.isRun {
      lines.append("      - sequential:")
      lines += self.lines(block.items, block.isNumbered ? .numbers : .none, indent: 10)
    } else {
      lines += self.lines(block.items, block.isRun ? .numbers : block.isNumbered ? .words : .automatic, indent: 6)
    }
    return lines
  }

  private func wrapped(_ start: String, _ parts: [String], _ end: String, indent: Int) -> [String] {
    var lines: [String] = []
    var line = start
    for (index, part) in parts.enumerated() {
      let text = part + (index == parts.count - 1 ? end : ",")
      if line.count + text.count + 1 > Self.width, line != start || !lines.isEmpty {
        lines.append(line)
        line = String(repeating: " ", count: indent) + text
      } else {
        line += (line.hasSuffix("{") || line.hasSuffix("[") ? "" : " ") + text
      }
    }
    return lines + [line]
  }

  // MARK: Items

  private func lines(_ items: [Template], _ naming: Naming, indent: Int) -> [String] {
    let referred = naming == .words ? referred(items) : []
    let names = items.indices.map { isNamed(items[$0], naming) || referred.contains($0) ? items[$0].name : nil }
    let folder = UseFolder(items, names: names, depths)
    var current = Target.input
    var lines: [String] = []
    for part in folder.parts() {
      let item = items[part.range.lowerBound]
      var entries: [(String, String)] = []
      if let name = part.name { entries.append(("name", name)) }
      let reads = item.inputs.map { target in
        switch target {
        case .input: "input"
        case .item(let index): items[index].name.yamlName
        }
      }
      if item.joins {
        entries.append(("from", "[\(reads.joined(separator: ", "))]"))
      } else if item.inputs != [current] {
        entries.append(("from", reads.joined(separator: ", ")))
      }
      if let condition = item.condition { entries.append(("when", condition.text)) }
      let rest = self.lines(item, part, entries, indent: indent)
      lines += rest
      for index in part.range where !items[index].isTrainingOnly { current = .item(index) }
    }
    return lines
  }

  private func isNamed(_ item: Template, _ naming: Naming) -> Bool {
    switch naming {
    case .automatic, .numbers: return !item.isImplied && !item.isRun
    case .words:
      guard case .layer(let kind) = item.body else { return true }
      return !item.isImplied || kind.hasWeights
    case .none: return true
    }
  }

  /// The items that others read by name.
  private func referred(_ items: [Template]) -> Set<Int> {
    var result: Set<Int> = []
    var current = Target.input
    for (index, item) in items.enumerated() {
      if item.joins || item.inputs != [current] {
        for case .item(let place) in item.inputs { result.insert(place) }
      }
      if !item.isTrainingOnly { current = .item(index) }
    }
    return result
  }

  private func lines(
    _ item: Template, _ part: UseFolder.Part, _ entries: [(String, String)], indent: Int
  ) -> [String] {
    let margin = String(repeating: " ", count: indent)
    let comment = item.comment.map { "  # \($0)" } ?? ""
    var entries = entries
    if item.isTrainingOnly { entries.append(("training_only", "true")) }
    switch item.body {
    case .layer(let kind):
      entries += item.arguments.compactMap(entry)
      // Names first, then what it does, then when.
      entries.sort { Self.order($0.0) < Self.order($1.0) }
      if entries.isEmpty { return [margin + "- " + kind.word + comment] }
      return Self.fitted(margin, kind.word, entries, comment)
    case .group:
      let children = self.lines(item.children, item.isNumbered ? .numbers : .none, indent: 0)
      let isPlain = children.count <= 4 && children.allSatisfy { $0.hasPrefix("- ") && !$0.contains("#") }
      if isPlain {
        let list = "[" + children.map { String($0.dropFirst(2)) }.joined(separator: ", ") + "]"
        let text =
          entries.isEmpty
          ? "- sequential: \(list)"
          : "- sequential: {" + (entries + [("layers", list)]).map { "\($0): \($1)" }.joined(separator: ", ") + "}"
        if indent + text.count <= Self.width { return [margin + text] }
      }
      if entries.isEmpty {
        return [margin + "- sequential:"]
          + self.lines(
            item.children, item.isNumbered ? .numbers : .none, indent: indent + 4)
      }
      return [margin + "- sequential:"] + entries.map { "\(margin)    \($0): \($1)" } + ["\(margin)    layers:"]
        + self.lines(item.children, item.isNumbered ? .numbers : .none, indent: indent + 6)
    case .use(let block):
      entries.insert(("block", block.name), at: 0)
      if part.lists.isEmpty, part.range.count > 1 { entries.append(("repeat", "\(part.range.count)")) }
      let lists = part.lists.map { ($0.0, "[\($0.1.joined(separator: ", "))]") }
      if !lists.isEmpty { entries.append(("repeat", Self.mapping(lists))) }
      if !part.arguments.isEmpty { entries.append(("with", Self.mapping(part.arguments))) }
      if !part.firsts.isEmpty { entries.append(("first", Self.mapping(part.firsts))) }
      let short = margin + "- use: " + Self.mapping(entries)
      if short.count <= Self.width { return [short + comment] }
      var lines = [margin + "- use:" + comment]
      for (key, text) in entries {
        let line = "\(margin)    \(key): \(text)"
        if line.count <= Self.width {
          lines.append(line)
        } else if key == "repeat" {
          lines.append("\(margin)    repeat:")
          for list in part.lists {
            lines += wrapped("\(margin)      \(list.0): [", list.1, "]", indent: indent + 8)
          }
        } else {
          let parts = (key == "with" ? part.arguments : part.firsts).map { "\($0): \($1)" }
          lines += wrapped("\(margin)    \(key): {", parts, "}", indent: indent + 6)
        }
      }
      return lines
    }
  }

  private static func order(_ key: String) -> Int {
    switch key {
    case "name": 0
    case "from": 1
    case "when": 3
    case "training_only": 4
    default: 2
    }
  }

  private static func mapping(_ entries: [(String, String)]) -> String {
    "{" + entries.map { "\($0): \($1)" }.joined(separator: ", ") + "}"
  }

  private static func fitted(_ margin: String, _ word: String, _ entries: [(String, String)], _ comment: String)
    -> [String]
  {
    let short = "\(margin)- \(word): \(mapping(entries))"
    if short.count <= width { return [short + comment] }
    return ["\(margin)- \(word):\(comment)"] + entries.map { "\(margin)    \($0): \($1)" }
  }

  /// How an attribute is written; `nil` where it need not be.
  private func entry(_ argument: (field: Field, terms: [Term])) -> (String, String)? {
    let field = argument.field
    let texts = argument.terms.map(\.text)
    switch field.form {
    case .word(let word): return field.isStandard ? nil : (field.key, word)
    case .one:
      if let literal = argument.terms[0].literal, literal == field.standard { return nil }
      return (field.key, texts[0])
    case .pair: return (field.key, "[\(texts[0]), \(texts[1])]")
    case .sides:
      let sides = zip(["top", "left", "bottom", "right"], texts).filter { $1 != "0" }.map { "\($0): \($1)" }
      return (field.key, "{\(sides.joined(separator: ", "))}")
    }
  }
}

extension Field.Parameter {
  /// The standard value as a declaration has it: `0.0` is a number, and `0` an integer.
  var standardText: String? {
    guard case .number(let number)? = standard else { return standard?.text }
    return "\(number)"
  }

  /// How its type is written where each use gives it.
  var type: String {
    switch values.first(where: { $0 != .any }) {
    case .boolean?: "bool"
    case .number?: "number"
    case .integer?, .any?, nil: "int"
    }
  }
}

extension String {
  /// As a name of a layer is written in YAML.
  var yamlName: String {
    let bytes = Array(utf8)
    let isDigits = !bytes.isEmpty && bytes.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    if isDigits { return Int(self).map { "\($0)" } == self ? self : "\"\(self)\"" }
    let isWord = bytes.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_-/.".utf8.contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    let startsWithLetter = bytes.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) } == true
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
    // What starts with a digit may be read as a number, such as 1e5.
    if isWord, startsWithLetter, !reserved.contains(lowercased()) { return self }
    return "\"\(self)\""
  }
}
