import ZooGraph
import ZooTensor

/// What an item of a group reads: what the group reads, or what another item ends with.
enum Target: Hashable {
  case input
  case item(Int)
}

/// A number, or a truth value, that may differ between the layers that a block stands for.
enum SlotValue: Hashable {
  case integer(Int)
  case number(Double)
  case boolean(Bool)
  /// Whatever it is, nothing depends on it.
  case any

  var integer: Int? { if case .integer(let value) = self { value } else { nil } }

  /// As a definition has it; whole numbers without a fraction.
  var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): Int(exactly: value).map { "\($0)" } ?? "\(value)"
    case .boolean(let value): "\(value)"
    case .any: "0"
    }
  }
}

/// What a slot is, as far as numbers of one kind may be one parameter.
enum SlotKind: Hashable {
  case channels, groups, kernel, stride, padding
  case other(String)
}

/// An attribute of a layer, or an argument of a block: its name, and how many slots are in it.
struct Field: Hashable {
  enum Form: Hashable {
    /// `3`
    case one
    /// `[3, 1]`
    case pair
    /// `{top: 0, left: 0, bottom: 1, right: 1}`
    case sides
    /// The same in all layers of a block.
    case word(String)
  }

  var key: String
  var form: Form
  var kind: SlotKind
  /// What stands for it where it is not written.
  var standard: SlotValue?
  /// Whether it is not written, of a word.
  var isStandard = false
  /// Of an argument.
  var parameter: Parameter?

  var count: Int {
    switch form {
    case .one: 1
    case .pair: 2
    case .sides: 4
    case .word: 0
    }
  }

  /// A parameter of a block.
  final class Parameter: Hashable {
    let kind: SlotKind
    var name = ""
    /// `nil`: each use gives it.
    var standard: SlotValue?
    /// For each member of the block.
    var values: [SlotValue]

    init(kind: SlotKind, values: [SlotValue], standard: SlotValue? = nil) {
      self.kind = kind
      self.values = values
      self.standard = standard
    }

    static func == (left: Parameter, right: Parameter) -> Bool { left === right }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
  }
}

/// A layer, a group or the use of a block as one place of the graph has it.
final class Item {
  enum Body {
    case layer(OperationKind)
    case group
    case use(Block)
  }

  let body: Body
  /// In its group.
  let name: String
  /// Places in `Graph.nodes`.
  let range: Range<Int>
  /// Whether a definition gives it its name without being told.
  var isImplied = false
  var inputs: [Target] = []
  var isTrainingOnly = false
  var fields: [Field] = []
  var slots: [SlotValue] = []
  var comment: String?

  // Of a group.
  var children: [Item] = []
  var isRun = false
  /// Whether the items are numbered.
  var isNumbered = false
  /// The channels of what it reads, and of what it ends with.
  var channelsIn = 0
  var channelsOut = 0
  var cluster: Cluster?
  /// Its place in the cluster, once that is closed.
  var member = 0

  init(_ body: Body, name: String, range: Range<Int>) {
    self.body = body
    self.name = name
    self.range = range
  }

  /// Whether its items must have the names that a `sequential` gives them.
  var isUnnamed: Bool { isRun || isImplied }

  /// Whether it is nothing but one block again and again, of one size after the first where it could be a block itself.
  var isStage: Bool {
    guard let item = children.first, case .use(let first) = item.body,
      children.count > 1 || item.name.allSatisfy(\.isNumber)
    else { return false }
    guard children.allSatisfy({ if case .use(let block) = $0.body { block === first } else { false } }) else {
      return false
    }
    return children.contains(where: \.isRun) || Set(children.dropFirst().map(\.sizes)).count <= 1
  }

  /// The arguments of a block that are sizes of its layers.
  private var sizes: [SlotValue] {
    zip(fields, slots).compactMap { field, value in
      switch field.kind {
      case .channels, .groups, .kernel, .stride, .padding: value
      case .other: nil
      }
    }
  }

  var word: String {
    switch body {
    case .layer(let kind): kind.word
    case .group: "sequential"
    case .use(let block): "@\(block.number)"
    }
  }

  var isLayer: Bool { if case .layer = body { true } else { false } }

  var joins: Bool { if case .layer(let kind) = body { kind.joins } else { false } }

  /// What items must have in common to be one item of a block, but for what they read and what is in a group.
  var key: String {
    let fields = fields.map { "\($0.key)\($0.form)" }.joined(separator: ",")
    return "\(word) \(isImplied || isRun ? "" : name) \(isTrainingOnly ? "t" : "")\(isNumbered ? "n" : "") \(fields)"
  }

  /// The key with what it reads and with its items.
  var signature: String {
    let reads = inputs.map { target in
      switch target {
      case .input: "<"
      case .item(let index): "\(index)"
      }
    }.joined(separator: ",")
    return "\(key) \(reads)" + (children.isEmpty ? "" : "(\(contents))")
  }

  /// The signatures of the items.
  var contents: String { children.map(\.signature).joined(separator: ";") }
}

extension Operation {
  /// The attributes of the operation, with the numbers that may become parameters.
  func fields(_ defaults: RecoveryDefaults) -> (fields: [Field], slots: [SlotValue]) {
    let kind = self.kind
    var fields: [Field] = []
    var slots: [SlotValue] = []
    var isOblong = false
    for attribute in kind.attributes {
      let key = attribute.name
      let value = attribute.value(of: self)
      var standard: OperationAttribute.Value?
      if case .value(let value) = attribute.standard { standard = value }
      func add(_ form: Field.Form, _ slotKind: SlotKind, _ values: [SlotValue], or standard: SlotValue?) {
        fields.append(Field(key: key, form: form, kind: slotKind, standard: standard))
        slots += values
      }
      func add(word: String) {
        var field = Field(key: key, form: .word(word), kind: .other(key))
        field.isStandard = value == defaults.value(of: attribute, kind)
        fields.append(field)
      }
      switch value {
      case .integer(let number):
        var usual: SlotValue?
        if case .integer(let value)? = standard { usual = .integer(value) }
        let slotKind: SlotKind =
          switch (kind, key) {
          case (_, "out"), (_, "channels"), (_, "first"), (_, "channels_before"), (_, "channels_after"): .channels
          case (.convolution, "groups"), (.transposedConvolution, "groups"): .groups
          default: .other(key)
          }
        add(.one, slotKind, [.integer(number)], or: usual)
      case .extent(let extent):
        let slotKind: SlotKind = key == "kernel" ? .kernel : key == "stride" ? .stride : .other(key)
        var usual: SlotValue?
        if case .extent(let value)? = standard, value.height == value.width { usual = .integer(value.height) }
        if extent.height == extent.width {
          add(.one, slotKind, [.integer(extent.height)], or: usual)
        } else {
          if key == "kernel" { isOblong = true }
          add(.pair, slotKind, [.integer(extent.height), .integer(extent.width)], or: nil)
        }
      case .padding(.same): add(word: "same")
      case .padding(.fixed(let sides)):
        let isSymmetric = sides.top == sides.bottom && sides.left == sides.right
        let usual: SlotValue? = standard == .padding(.fixed(.none)) ? .integer(0) : nil
        if isSymmetric, sides.top == sides.left, !isOblong {
          add(.one, .padding, [.integer(sides.top)], or: usual)
        } else if isSymmetric {
          add(.pair, .padding, [.integer(sides.top), .integer(sides.left)], or: nil)
        } else {
          add(.sides, .padding, [sides.top, sides.left, sides.bottom, sides.right].map { .integer($0) }, or: nil)
        }
      case .boolean(let truth): add(word: "\(truth)")
      case .choice(let text): add(word: text)
      case .number(let number):
        if key == "epsilon" || kind.family == .activation && defaults.has(key, kind) {
          add(word: SlotValue.number(number).text)
        } else {
          var usual: SlotValue?
          if case .number(let value)? = standard { usual = .number(value) }
          add(.one, .other(key), [.number(number)], or: usual)
        }
      }
    }
    return (fields, slots)
  }
}

/// The attributes that most layers of a kind have in common, which stand under `defaults`.
struct RecoveryDefaults {
  private(set) var values: [(kind: OperationKind, attribute: OperationAttribute, value: OperationAttribute.Value)] = []
  private var byKey: [String: OperationAttribute.Value] = [:]

  init() {}

  init(_ graph: Graph) {
    for kind in OperationKind.all where !kind.attributes.isEmpty {
      let operations = graph.nodes.map(\.operation).filter { $0.kind == kind }
      guard operations.count > 1 else { continue }
      for attribute in kind.attributes {
        var counts: [OperationAttribute.Value: Int] = [:]
        for operation in operations { counts[attribute.value(of: operation), default: 0] += 1 }
        guard let (value, count) = counts.first(where: { $0.value * 2 > operations.count }), count > 1,
          attribute.standard != .value(value)
        else { continue }
        switch value {
        case .boolean, .choice: break
        case .number where attribute.name == "epsilon": break
        case .number where kind.family == .activation && count == operations.count: break
        default: continue
        }
        values.append((kind, attribute, value))
        byKey["\(kind.word) \(attribute.name)"] = value
      }
    }
  }

  func has(_ attribute: String, _ kind: OperationKind) -> Bool { byKey["\(kind.word) \(attribute)"] != nil }

  /// What is meant where the attribute is not written.
  func value(of attribute: OperationAttribute, _ kind: OperationKind) -> OperationAttribute.Value? {
    if let value = byKey["\(kind.word) \(attribute.name)"] { return value }
    if case .value(let value) = attribute.standard { return value }
    return nil
  }

  /// Under `defaults`, one line for each kind.
  var lines: [String] {
    var lines: [String] = []
    var index = 0
    while index < values.count {
      let kind = values[index].kind
      var parts: [String] = []
      while index < values.count, values[index].kind == kind {
        let text: String =
          switch values[index].value {
          case .number(let number): SlotValue.number(number).text
          case let value: value.description
          }
        parts.append("\(values[index].attribute.name): \(text)")
        index += 1
      }
      lines.append("  \(kind.word): {\(parts.joined(separator: ", "))}")
    }
    return lines.isEmpty ? [] : ["defaults:"] + lines
  }
}
