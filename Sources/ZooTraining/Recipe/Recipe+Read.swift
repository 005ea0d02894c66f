import ZooGraph
import ZooSpec
import ZooTensor

extension Recipe {
  /// Reads a recipe. What it does not say stays as it is in `base`; an empty file says nothing.
  ///
  /// - Parameters:
  ///   - source: a file whose keys are the fields, or one with them under `train`.
  ///   - base: what is not said.
  /// - Throws: `DefinitionErrors`: everything that is wrong, each with its place.
  /// - Returns: The recipe.
  public static func read(_ source: SourceFile, base: Recipe = Recipe()) throws(DefinitionErrors) -> Recipe {
    let (root, diagnostics) = YAMLReader.read(source)
    if diagnostics.map(\.fault) == [.emptyFile] { return base }
    guard let root, diagnostics.isEmpty else { throw DefinitionErrors(diagnostics, sources: [source]) }
    if case .mapping(let pairs) = root.content, pairs.count == 1, pairs[0].name == "train" {
      return try read(pairs[0].value, name: "train", base: base, source: source)
    }
    return try read(root, name: "recipe", base: base, source: source)
  }

  /// Reads a recipe from text.
  ///
  /// - Parameters:
  ///   - text: YAML.
  ///   - path: what messages call the file.
  ///   - base: what is not said.
  /// - Throws: `DefinitionErrors`: everything that is wrong, with its place.
  /// - Returns: The recipe.
  public static func read(
    _ text: String, path: String = "recipe.yaml", base: Recipe = Recipe()
  ) throws(DefinitionErrors) -> Recipe {
    try read(SourceFile(path: path, text: text), base: base)
  }

  /// Reads a mapping within a file. `name`: what messages call the mapping.
  package static func read(
    _ node: YAMLNode, name: String, base: Recipe = Recipe(), source: SourceFile
  ) throws(DefinitionErrors) -> Recipe {
    var reader = RecipeReader(recipe: base)
    reader.read(node, name: name)
    guard reader.diagnostics.isEmpty else { throw DefinitionErrors(reader.diagnostics, sources: [source]) }
    return reader.recipe
  }

  /// Sets fields to what text says: a value as recipes have it, without the brackets of lists
  /// (`a,b`) and the braces of mappings (`a=0.1,b=0`). In names `-` stands for `_` too.
  ///
  /// - Throws: `RecipeError` for the first that cannot be set; nothing is set then.
  public mutating func set(_ values: [(field: String, text: String)]) throws(RecipeError) {
    var nodes: [String: WrittenValue] = [:]
    for (name, text) in values {
      let word = name.replacingHyphens
      guard let field = RecipeField.named(word) else {
        let known = RecipeField.all.map(\.name)
        throw .unknownField(name, suggestion: word.nearest(among: known))
      }
      nodes[word] = WrittenValue(text, field.form)
    }
    var result = self
    // In the order of the table, so that a choice comes before what belongs to it.
    for field in RecipeField.all {
      guard let value = nodes[field.name] else { continue }
      var reader = RecipeReader(recipe: result)
      reader.set(field, to: value, key: value.node)
      if let diagnostic = reader.diagnostics.first { throw .value(field: field.name, diagnostic.fault) }
      result = reader.recipe
    }
    if let fault = RecipeReader(recipe: result).missingField { throw .value(field: "step_at", fault) }
    self = result
  }

  /// Sets one field.
  public mutating func set(_ field: String, _ text: String) throws(RecipeError) {
    try set([(field: field, text: text)])
  }

  /// - Throws: `RecipeError` for a recipe made in a program with a value that no recipe can have.
  public func check() throws(RecipeError) {
    for field in RecipeField.all {
      if let value = field.value(in: self), !field.form(in: self).accepts(value) {
        throw .outOfRange(field: field.name, value: value.description, form: field.form(in: self))
      }
    }
  }
}

/// Turns a mapping into a recipe and collects every complaint.
private struct RecipeReader {
  var recipe: Recipe
  var diagnostics: [Diagnostic] = []

  mutating func read(_ node: YAMLNode, name: String) {
    guard case .mapping(let pairs) = node.content else { return report(node, .key(name), .mapping) }
    let known = RecipeField.all.map(\.name)
    for pair in pairs where RecipeField.named(pair.name) == nil {
      report(
        pair.key,
        .unknownKey(
          pair.name, place: .key(name), known: known,
          suggestion: pair.name.replacingHyphens.nearest(among: known) ?? Self.synonyms[pair.name.replacingHyphens]))
    }
    for field in RecipeField.all {
      if let pair = pairs.first(where: { $0.name == field.name }) {
        set(field, to: WrittenValue(pair.value), key: pair.key)
      }
    }
    if let fault = missingField, !pairs.contains(where: { $0.name == "step_at" }) {
      report(pairs.first { $0.name == "schedule" }?.value ?? node, fault)
    }
  }

  /// The one field that has no standard value.
  var missingField: DefinitionFault? {
    recipe.schedule.milestones == [] ? .missingKey("step_at", place: .key("schedule: steps")) : nil
  }

  /// What others call the fields.
  private static let synonyms = [
    "learning_rate": "lr", "base_lr": "lr", "lr0": "lr", "batch_size": "batch", "max_epochs": "epochs",
    "num_epochs": "epochs", "wd": "weight_decay", "patience": "early_stop", "lr_scheduler": "schedule",
    "gamma": "step_factor", "smoothing": "label_smoothing", "milestones": "step_at", "iter_size": "accumulate",
  ]

  mutating func set(_ field: RecipeField, to written: WrittenValue, key: YAMLNode) {
    guard field.value(in: recipe) != nil else {
      let owner = field.owner?.field ?? field.name
      let choice = RecipeField.named(owner)?.value(in: recipe)?.description ?? ""
      let fields = RecipeField.all.filter { $0.owner?.field == owner && $0.value(in: recipe) != nil }
      let place = DefinitionFault.Place.key("\(owner): \(choice)")
      report(key, .unknownKey(field.name, place: place, known: fields.map(\.name), suggestion: nil))
      return
    }
    if let value = value(written, field.name, field.form(in: recipe)) { field.set(value, in: &recipe) }
  }

  private mutating func value(
    _ written: WrittenValue, _ name: String, _ form: RecipeField.Form
  ) -> RecipeField.Value? {
    let node = written.node
    switch form {
    case .integer(let range): return integer(node, .key(name), range).map { .integer($0) }
    case .number(let range): return number(node, .key(name), range).map { .number($0) }
    case .boolean:
      if case .boolean(let value)? = node.scalar { return .boolean(value) }
      report(node, .key(name), .boolean)
    case .choice(let choices):
      if let text = node.text, choices.contains(text) { return .choice(text) }
      report(node, .key(name), .choice(choices), suggestion: node.text?.nearest(among: choices))
    case .seed:
      switch node.scalar {
      case .integer?, .hugeInteger?: if let seed = node.text.flatMap({ UInt64($0) }) { return .seed(seed) }
      default: break
      }
      report(node, .key(name), .integer(0...Int.max))
    case .ascending(let range):
      guard let items = items(node, name), !items.isEmpty else {
        if case .sequence = node.content { report(node, .key(name), .list) }
        return nil
      }
      var values: [Int] = []
      for item in items {
        let lower = values.last.map { $0 + 1 } ?? range.lowerBound
        guard lower <= range.upperBound, let value = integer(item, .item(of: name), lower...range.upperBound) else {
          return nil
        }
        values.append(value)
      }
      return .integers(values)
    case .patterns:
      guard let items = items(node, name) else { return nil }
      let patterns = items.compactMap { pattern($0, .item(of: name)) }
      return patterns.count == items.count ? .patterns(patterns) : nil
    case .factors(let range):
      guard let pairs = written.pairs else {
        report(node, .key(name), .mapping)
        return nil
      }
      let rates = pairs.compactMap { pair -> Recipe.Rate? in
        let pattern = pattern(pair.key, .item(of: name))
        let factor = number(pair.value, .key(pair.key.text ?? ""), range)
        guard let pattern, let factor else { return nil }
        return Recipe.Rate(pattern: pattern, factor: factor)
      }
      // A pattern that comes again never decides.
      let first = rates.enumerated().filter { index, rate in !rates[..<index].contains { $0.pattern == rate.pattern } }
      return rates.count == pairs.count ? .factors(first.map(\.element)) : nil
    }
    return nil
  }

  private mutating func items(_ node: YAMLNode, _ name: String) -> [YAMLNode]? {
    if case .sequence(let items) = node.content { return items }
    report(node, .key(name), .list)
    return nil
  }

  private mutating func integer(
    _ node: YAMLNode, _ subject: DefinitionFault.Subject, _ range: ClosedRange<Int>
  ) -> Int? {
    switch node.scalar {
    case .integer(let value)? where range.contains(value): return value
    // As JSON Schema has it.
    case .number(let value)?: if let value = Int(exactly: value), range.contains(value) { return value }
    default: break
    }
    report(node, subject, .integer(range))
    return nil
  }

  private mutating func number(_ node: YAMLNode, _ subject: DefinitionFault.Subject, _ range: NumberRange) -> Double? {
    switch node.scalar {
    case .integer(let value)? where range.contains(Double(value)): return Double(value)
    case .number(let value)? where range.contains(value): return value
    default:
      report(node, subject, .number(range))
      return nil
    }
  }

  /// A layer may be called `0`.
  private mutating func pattern(_ node: YAMLNode, _ subject: DefinitionFault.Subject) -> String? {
    switch node.scalar {
    case .string(let text)? where LayerPattern.isValid(text): return text
    case .integer(let value)? where value >= 0: return "\(value)"
    default:
      report(node, subject, .layerPattern)
      return nil
    }
  }

  private mutating func report(
    _ node: YAMLNode, _ subject: DefinitionFault.Subject, _ expected: DefinitionFault.Expectation,
    suggestion: String? = nil
  ) {
    report(node, .wrongValue(subject, expected: expected, found: node.found, suggestion: suggestion))
  }

  private mutating func report(_ node: YAMLNode, _ fault: DefinitionFault) {
    let notes = node.alias == nil ? [] : [Diagnostic.Note(range: node.range, fact: .writtenHere)]
    diagnostics.append(Diagnostic(range: node.site, fault: fault, notes: notes))
  }
}

extension YAMLNode {
  fileprivate var found: DefinitionFault.FoundValue {
    switch content {
    case .sequence(let items): return .list(count: items.count)
    case .mapping(let pairs): return .mapping(count: pairs.count)
    case .scalar(let text, _):
      switch scalar {
      case .null?, nil: return .nothing
      case .boolean?: return .boolean(text)
      case .integer?, .hugeInteger?: return .integer(text)
      case .number?: return .number(text)
      case .string?: return .text(text)
      }
    }
  }
}

/// A value as somebody wrote it, in YAML or in one word.
private struct WrittenValue {
  var node: YAMLNode
  /// Those of a mapping.
  var pairs: [(key: YAMLNode, value: YAMLNode)]?

  init(_ node: YAMLNode) {
    self.node = node
    if case .mapping(let pairs) = node.content { self.pairs = pairs.map { ($0.key, $0.value) } }
  }

  /// What a reader of YAML would have made of a word.
  init(_ text: String, _ form: RecipeField.Form) {
    let start = SourcePosition(line: 1, column: 1)
    let range = SourceRange(file: "", start: start, end: start)
    func scalar(_ text: some StringProtocol) -> YAMLNode {
      YAMLNode(content: .scalar(String(text), isPlain: true), range: range)
    }
    switch form {
    case .integer, .number, .boolean, .choice, .seed: node = scalar(text)
    case .ascending, .patterns:
      node = YAMLNode(content: .sequence(text.split(separator: ",").map { scalar($0) }), range: range)
    case .factors:
      node = scalar(text)
      pairs = text.split(separator: ",").map { item in
        let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (scalar(parts[0]), scalar(parts.count > 1 ? parts[1] : ""))
      }
    }
  }
}

extension String {
  fileprivate var replacingHyphens: String {
    String(decoding: utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
  }
}
