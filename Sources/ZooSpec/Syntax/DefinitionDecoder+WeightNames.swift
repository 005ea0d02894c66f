import ZooTensor

extension DefinitionDecoder {
  /// The most axes that a weight has.
  private static let maximumRank = 8

  /// Rules for a checkpoint's keys: `{strip}`, `{ignore}` or `{from, to, transform}`.
  mutating func weightNameRules(_ node: YAMLNode, key: String) -> [NameRule] {
    items(of: node, .key(key)).compactMap { weightNameRule($0, key: key) }
  }

  private mutating func weightNameRule(_ node: YAMLNode, key: String) -> NameRule? {
    let kinds = [["strip"], ["ignore"], ["from", "to", "transform"]]
    var keys = kinds.flatMap(\.self)
    if case .mapping(let pairs) = node.content {
      keys = pairs.lazy.compactMap { pair in kinds.first { $0.contains(pair.name) } }.first ?? keys
    }
    let before = diagnostics.count
    guard let fields = fields(of: node, subject: .item(of: key), place: .item(of: key), keys: keys) else { return nil }
    if let node = fields["strip"], keys.contains("strip") { return text(node, .key("strip")).map { .removePrefix($0) } }
    if let node = fields["ignore"], keys.contains("ignore") { return text(node, .key("ignore")).map { .ignore($0) } }
    // Without these two it is a misspelt rule of another kind.
    if diagnostics.count > before, fields["from"] == nil, fields["to"] == nil { return nil }
    let pattern = require("from", of: fields).flatMap { text($0, .key("from")) }
    let target = require("to", of: fields)
    guard let pattern, let target, let replacement = text(target, .key("to")) else { return nil }
    checkCaptures(of: pattern, in: replacement, target)
    let transforms = fields["transform"].map { transform in
      items(of: transform, .key("transform")).compactMap { weightTransform($0, pattern: pattern) }
    }
    return .rename(from: pattern, to: replacement, transforms: transforms ?? [])
  }

  private mutating func checkCaptures(of pattern: String, in replacement: String, _ node: YAMLNode) {
    let star = UInt8(ascii: "*")
    let captures = pattern.utf8.count { $0 == star }
    guard replacement.utf8.count(where: { $0 == star }) > captures else { return }
    let fault = DefinitionFault.tooManyCaptures(pattern: pattern, captures: captures, replacement: replacement)
    diagnostics.append(Diagnostic(node: node, fault: fault))
  }

  private mutating func weightTransform(_ node: YAMLNode, pattern: String) -> TensorTransform? {
    let keys = ["transpose", "reshape", "flip", "divide_by"]
    guard case .mapping(let pairs) = node.content, pairs.count == 1 else {
      report(node, .item(of: "transform"), .transform)
      return nil
    }
    let place = DefinitionFault.Place.item(of: "transform")
    guard let fields = fields(of: node, subject: .item(of: "transform"), place: place, keys: keys) else { return nil }
    if let node = fields["transpose"] { return axes(node).map { .transpose($0) } }
    if let node = fields["reshape"] { return dimensions(node).map { .reshape($0) } }
    if let node = fields["flip"] {
      return choice(node, .key("flip"), ["input_channels"]).map { _ in .flipInputChannels }
    }
    guard let node = fields["divide_by"], let divisor = text(node, .key("divide_by")) else { return nil }
    checkCaptures(of: pattern, in: divisor, node)
    return .divide(by: divisor)
  }

  private mutating func axes(_ node: YAMLNode) -> [Int]? {
    guard case .sequence(let items) = node.content, (2...Self.maximumRank).contains(items.count) else {
      report(node, .key("transpose"), .axes)
      return nil
    }
    let axes = items.compactMap { integer($0, .item(of: "transpose"), 0...Self.maximumRank - 1) }
    guard axes.count == items.count else { return nil }
    if axes.sorted() != Array(0..<axes.count) {
      diagnostics.append(Diagnostic(node: node, fault: .notAPermutation(axes)))
    }
    return axes
  }

  private mutating func dimensions(_ node: YAMLNode) -> [Int]? {
    guard case .sequence(let items) = node.content, (1...Self.maximumRank).contains(items.count) else {
      report(node, .key("reshape"), .dimensions)
      return nil
    }
    let dimensions = items.compactMap { item -> Int? in
      if let value = item.scalar?.integer, value == -1 || (1...maximumInteger).contains(value) { return value }
      report(item, .item(of: "reshape"), .dimension)
      return nil
    }
    guard dimensions.count == items.count else { return nil }
    if dimensions.count(where: { $0 == -1 }) > 1 {
      diagnostics.append(Diagnostic(node: node, fault: .severalOpenDimensions(dimensions)))
    }
    return dimensions
  }
}
