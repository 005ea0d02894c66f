import CLibYAML
import ZooTensor

/// Reads one YAML document into nodes, by libyaml's events.
///
/// Bytes come from strangers: the file, the depth, the nodes and what aliases repeat are bounded, tags and a second
/// document are refused, and nothing recurses. The caller gets the tree, or the reason why there is none, and beside it
/// the complaints that did not stop the reading.
package struct YAMLReader {
  package static let maximumBytes = 4 << 20
  package static let maximumDepth = 64
  package static let maximumNodes = 200_000
  package static let maximumRepeatedNodes = 100_000

  private let source: SourceFile
  private var diagnostics: [Diagnostic] = []
  private var frames: [Frame] = []
  private var root: YAMLNode?
  private var anchors: [String: Anchor] = [:]
  private var openAnchors: Set<String> = []
  private var nodeCount = 0
  private var repeatedCount = 0

  private struct Anchor {
    var node: YAMLNode
    /// Nodes in it, those that its own aliases repeat included.
    var size: Int
    var depth: Int
  }

  /// A collection whose end has not come yet.
  private struct Frame {
    var isMapping: Bool
    var start: SourceRange
    var anchor: String?
    var items: [YAMLNode] = []
    var pairs: [YAMLPair] = []
    var key: YAMLNode?
    var size = 1
    var depth = 1
  }

  /// The reading cannot go on; the last diagnostic says why.
  private struct Stop: Error {}

  package static func read(_ source: SourceFile) -> (root: YAMLNode?, diagnostics: [Diagnostic]) {
    var reader = YAMLReader(source: source)
    do throws(Stop) {
      try reader.checkBytes()
      try reader.readEvents()
      return (reader.root, reader.diagnostics)
    } catch {
      return (nil, reader.diagnostics)
    }
  }

  private init(source: SourceFile) {
    self.source = source
  }

  private mutating func stop(
    _ fault: DefinitionFault, at range: SourceRange, notes: [Diagnostic.Note] = []
  ) -> Stop {
    diagnostics.append(Diagnostic(range: range, fault: fault, notes: notes))
    return Stop()
  }
}

// MARK: - Bytes

extension YAMLReader {
  /// Refuses what libyaml would refuse without saying where: broken UTF-8 and control characters.
  private mutating func checkBytes() throws(Stop) {
    var cursor = SourceCursor()
    func here() -> SourceRange { cursor.range(in: source.path) }
    guard source.bytes.count <= Self.maximumBytes else {
      throw stop(.fileTooLarge(bytes: source.bytes.count, limit: Self.maximumBytes), at: here())
    }
    var decoder = UTF8()
    var bytes = source.bytes.makeIterator()
    var isFirst = true
    while true {
      switch decoder.decode(&bytes) {
      case .emptyInput: return
      case .error: throw stop(.invalidUTF8, at: here())
      case .scalarValue(let scalar):
        if scalar.value == 0xFEFF && isFirst {
          isFirst = false
          continue
        }
        guard scalar.isAllowedInYAML else { throw stop(.forbiddenCharacter(scalar.value), at: here()) }
        cursor.pass(scalar)
        isFirst = false
      }
    }
  }
}

// MARK: - Events

extension YAMLReader {
  private mutating func readEvents() throws(Stop) {
    // libyaml keeps a pointer to the parser inside the parser, so it must not move.
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    let event = UnsafeMutablePointer<yaml_event_t>.allocate(capacity: 1)
    defer {
      parser.deallocate()
      event.deallocate()
    }
    guard yaml_parser_initialize(parser) == 1 else { throw stop(.outOfMemory, at: range(parser.pointee.mark)) }
    defer { yaml_parser_delete(parser) }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    // libyaml counts a byte order mark as a column and takes the first line for indented.
    let text = source.bytes.starts(with: SourceFile.byteOrderMark) ? source.bytes[3...] : source.bytes[...]
    let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(text.count, 1))
    defer { bytes.deallocate() }
    bytes.initialize(repeating: 0)
    _ = bytes.update(fromContentsOf: text)
    yaml_parser_set_input_string(parser, bytes.baseAddress, text.count)

    var documents = 0
    while true {
      guard yaml_parser_parse(parser, event) == 1 else { throw syntaxError(parser.pointee) }
      defer { yaml_event_delete(event) }
      let range = range(event.pointee.start_mark, event.pointee.end_mark)
      switch event.pointee.type {
      case YAML_STREAM_END_EVENT:
        if root == nil { throw stop(.emptyFile, at: range) }
        return
      case YAML_DOCUMENT_START_EVENT:
        documents += 1
        guard documents == 1 else { throw stop(.severalDocuments, at: range) }
      case YAML_SCALAR_EVENT:
        let scalar = event.pointee.data.scalar
        try refuseTag(scalar.tag, at: range)
        try count(at: range)
        let text = String(
          decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
        let node = YAMLNode(
          content: .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), range: range)
        try add(node, size: 1, depth: 0, anchor: string(scalar.anchor))
      case YAML_ALIAS_EVENT:
        try addAlias(string(event.pointee.data.alias.anchor) ?? "", at: range)
      case YAML_SEQUENCE_START_EVENT:
        let sequence = event.pointee.data.sequence_start
        try open(isMapping: false, anchor: string(sequence.anchor), tag: sequence.tag, at: range)
      case YAML_MAPPING_START_EVENT:
        let mapping = event.pointee.data.mapping_start
        try open(isMapping: true, anchor: string(mapping.anchor), tag: mapping.tag, at: range)
      case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
        try close(at: range)
      default:
        break
      }
    }
  }

  private func string(_ bytes: UnsafeMutablePointer<UInt8>?) -> String? {
    bytes.map { String(cString: $0) }
  }

  private func position(_ mark: yaml_mark_t) -> SourcePosition {
    SourcePosition(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
  }

  private func range(_ start: yaml_mark_t, _ end: yaml_mark_t? = nil) -> SourceRange {
    let first = position(start)
    let last = end.map(position) ?? SourcePosition(line: first.line, column: first.column + 1)
    return SourceRange(file: source.path, start: first, end: last)
  }

  private mutating func syntaxError(_ parser: yaml_parser_t) -> Stop {
    guard parser.error != YAML_MEMORY_ERROR else { return stop(.outOfMemory, at: range(parser.mark)) }
    let problem = parser.problem.map { String(cString: $0) } ?? "unreadable"
    var notes: [Diagnostic.Note] = []
    if let context = parser.context.map({ String(cString: $0) }), parser.context_mark.line <= parser.problem_mark.line {
      notes.append(Diagnostic.Note(range: range(parser.context_mark), fact: .syntaxContext(context)))
    }
    return stop(.syntax(problem), at: range(parser.problem_mark), notes: notes)
  }
}

// MARK: - Tree

extension YAMLReader {
  private mutating func refuseTag(_ tag: UnsafeMutablePointer<UInt8>?, at range: SourceRange) throws(Stop) {
    if let tag = string(tag) { throw stop(.tag(tag), at: range) }
  }

  private mutating func count(at range: SourceRange) throws(Stop) {
    nodeCount += 1
    guard nodeCount <= Self.maximumNodes else { throw stop(.tooManyNodes(limit: Self.maximumNodes), at: range) }
  }

  private mutating func open(
    isMapping: Bool, anchor: String?, tag: UnsafeMutablePointer<UInt8>?, at range: SourceRange
  ) throws(Stop) {
    try refuseTag(tag, at: range)
    try count(at: range)
    guard frames.count < Self.maximumDepth else { throw stop(.tooDeep(limit: Self.maximumDepth), at: range) }
    if let anchor { openAnchors.insert(anchor) }
    frames.append(Frame(isMapping: isMapping, start: range, anchor: anchor))
  }

  private mutating func close(at range: SourceRange) throws(Stop) {
    guard let frame = frames.popLast() else { return }
    let whole = SourceRange(file: source.path, start: frame.start.start, end: range.end)
    let content: YAMLNode.Content = frame.isMapping ? .mapping(merged(frame.pairs)) : .sequence(frame.items)
    if let anchor = frame.anchor { openAnchors.remove(anchor) }
    try add(YAMLNode(content: content, range: whole), size: frame.size, depth: frame.depth, anchor: frame.anchor)
  }

  /// Gives a finished node to the collection around it.
  private mutating func add(_ node: YAMLNode, size: Int, depth: Int, anchor: String?) throws(Stop) {
    if let anchor { anchors[anchor] = Anchor(node: node, size: size, depth: depth) }
    guard let last = frames.indices.last else {
      root = node
      return
    }
    frames[last].size += size
    frames[last].depth = max(frames[last].depth, depth + 1)
    guard frames[last].isMapping else {
      frames[last].items.append(node)
      return
    }
    if let key = frames[last].key {
      frames[last].pairs.append(YAMLPair(key: key, value: node))
      frames[last].key = nil
    } else {
      guard node.text != nil else { throw stop(.keyNotScalar, at: node.site) }
      frames[last].key = node
    }
  }

  private mutating func addAlias(_ name: String, at range: SourceRange) throws(Stop) {
    try count(at: range)
    guard let anchor = anchors[name], !openAnchors.contains(name) else {
      if openAnchors.contains(name) { throw stop(.anchorInsideItself(name), at: range) }
      throw stop(.unknownAnchor(name, suggestion: name.nearest(among: anchors.keys.sorted())), at: range)
    }
    repeatedCount += anchor.size
    guard repeatedCount <= Self.maximumRepeatedNodes else {
      throw stop(.tooManyAliases(limit: Self.maximumRepeatedNodes), at: range)
    }
    guard frames.count + anchor.depth <= Self.maximumDepth else {
      throw stop(.tooDeep(limit: Self.maximumDepth), at: range)
    }
    try add(anchor.node.repeated(at: range), size: anchor.size, depth: anchor.depth, anchor: nil)
  }

  /// A mapping's pairs with `<<` replaced by what it stands for; complains about keys written twice.
  ///
  /// Keys written here win over merged ones, and of several merged mappings the earlier one wins.
  private mutating func merged(_ pairs: [YAMLPair]) -> [YAMLPair] {
    var places: [String: SourceRange] = [:]
    var result: [YAMLPair] = []
    var merges: [YAMLNode] = []
    for pair in pairs {
      if let first = places[pair.name] {
        let note = Diagnostic.Note(range: first, fact: .firstWritten(key: pair.name))
        diagnostics.append(Diagnostic(range: pair.key.site, fault: .duplicateKey(pair.name), notes: [note]))
        continue
      }
      places[pair.name] = pair.key.site
      if case .scalar("<<", isPlain: true) = pair.key.content {
        switch pair.value.content {
        case .sequence(let items): merges += items
        case .scalar, .mapping: merges.append(pair.value)
        }
      } else {
        result.append(pair)
      }
    }
    for merge in merges {
      guard case .mapping(let pairs) = merge.content else {
        diagnostics.append(Diagnostic(range: merge.site, fault: .mergeNotMapping))
        continue
      }
      for pair in pairs where places[pair.name] == nil {
        places[pair.name] = pair.key.site
        result.append(pair)
      }
    }
    return result
  }
}
