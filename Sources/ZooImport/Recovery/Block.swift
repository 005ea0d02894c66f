import ZooGraph

/// A block of the definition: what several groups have in common, with parameters for what differs.
final class Block {
  let number: Int
  var name = ""
  private(set) var parameters: [Field.Parameter] = []
  var items: [Template] = []
  /// Used without a name, it has its layers in a `sequential`.
  let isUnnamed: Bool
  let isRun: Bool
  let isNumbered: Bool
  /// What one of the groups is called.
  let example: String
  /// Whether it is a group whose items have numbers that a block with a name cannot give them.
  let isInexpressible: Bool

  /// The slot of one attribute in all members; `nil` where a member lacks the item.
  private final class Column {
    let field: Field
    let values: [SlotValue?]
    /// The channels of what the group around reads.
    let channels: [Int?]
    /// What the item and the groups around it are called within the block.
    let owner: [String]
    /// The items that some members lack and in which it stands, outermost first, by their place in `optional`.
    let conditions: [Int]
    /// The kernel that goes with a padding.
    let kernel: Column?
    var term: Term?

    init(
      field: Field, values: [SlotValue?], channels: [Int?], owner: [String], conditions: [Int], kernel: Column?
    ) {
      self.field = field
      self.values = values
      self.channels = channels
      self.owner = owner
      self.conditions = conditions
      self.kernel = kernel
    }

    var isComplete: Bool { !values.contains(nil) }
    var integers: [Int?] { values.map { $0?.integer } }
    var distinct: Int { Set(values.compactMap(\.self)).count }
  }

  private struct Option {
    var name: String
    var isPresent: [Bool]
    var channels: [Int?]
    var condition: Condition?
  }

  private var columns: [Column] = []
  private var options: [Option] = []
  private let outputs: [Int]

  init(members: [Item], items: [Cluster.Merged], number: Int) {
    self.number = number
    isUnnamed = members[0].isUnnamed
    isRun = members[0].isRun
    isNumbered = members[0].isNumbered
    example = members[0].name
    isInexpressible =
      !members[0].isUnnamed && members[0].isNumbered
      && items.contains { item in
        Set(item.items.compactMap { $0?.name }).count > 1
          || item.first.isImplied && (!item.first.isLayer || item.first.isRun)
      }
    outputs = members.map(\.channelsOut)
    collect(items, channels: members.map(\.channelsIn), owner: [], conditions: [])
    decide()
    var column = 0
    var option = 0
    self.items = templates(items, channels: members.map(\.channelsIn), column: &column, option: &option)
    name = plainName()
    nameParameters()
  }

  /// The arguments of a member, in the order of the parameters.
  func fieldsAndSlots(member: Int) -> (fields: [Field], slots: [SlotValue]) {
    let fields = parameters.map {
      Field(key: $0.name, form: .one, kind: $0.kind, standard: $0.standard, parameter: $0)
    }
    return (fields, parameters.map { $0.values[member] })
  }

  // MARK: Columns

  private func collect(
    _ items: [Cluster.Merged], channels: [Int?], owner: [String], conditions: [Int]
  ) {
    for item in items {
      var conditions = conditions
      let first = item.first
      if Self.isOptional(item, channels) {
        options.append(
          Option(
            name: first.name.isIdentifier ? first.name : first.plainWord, isPresent: item.items.map { $0 != nil },
            channels: channels))
        conditions.append(options.count - 1)
      }
      var next = 0
      var kernels: [Column] = []
      for field in first.fields {
        for part in 0..<field.count {
          let values = item.items.map { item in item.flatMap { $0.slots[next] == .any ? nil : $0.slots[next] } }
          let column = Column(
            field: field, values: values, channels: zip(item.items, channels).map { $0 == nil ? nil : $1 },
            owner: owner + [first.name], conditions: conditions,
            kernel: field.kind == .padding && part < kernels.count ? kernels[part] : nil)
          if field.kind == .kernel { kernels.append(column) }
          columns.append(column)
          next += 1
        }
      }
      if !item.children.isEmpty {
        collect(
          item.children, channels: item.items.map { $0?.channelsIn }, owner: owner + [first.name],
          conditions: conditions)
      }
    }
  }

  /// Whether a member has the group around and not the item.
  private static func isOptional(_ item: Cluster.Merged, _ channels: [Int?]) -> Bool {
    zip(item.items, channels).contains { $0 == nil && $1 != nil }
  }

  private func templates(
    _ items: [Cluster.Merged], channels: [Int?], column: inout Int, option: inout Int
  ) -> [Template] {
    var result: [Template] = []
    for item in items {
      let first = item.first
      var template = Template(
        first, inputs: item.inputs, terms: first.slots.indices.map { columns[column + $0].term ?? .input })
      column += first.slots.count
      if Self.isOptional(item, channels) {
        template.condition = options[option].condition
        option += 1
      }
      let comments = Set(item.items.compactMap(\.self).map(\.comment))
      if comments.count == 1, let comment = comments.first { template.comment = comment }
      if !item.children.isEmpty {
        template.children = templates(
          item.children, channels: item.items.map { $0?.channelsIn }, column: &column, option: &option)
      }
      result.append(template)
    }
    return result
  }

  // MARK: Terms

  private func decide() {
    for column in columns where column.distinct == 1 && (column.isComplete || column.field.kind != .stride) {
      column.term = column.values.lazy.compactMap(\.self).first.map { .literal($0) }
    }
    decideFamilies(columns.filter { $0.term == nil && $0.field.kind == .channels && $0.isComplete })
    for column in columns where column.term == nil && column.isComplete { decideAlone(column) }
    for index in options.indices { options[index].condition = condition(of: options[index]) }
    for column in columns where column.term == nil {
      if column.distinct == 1, existing(column.field.kind, column.values) == nil {
        column.term = column.values.lazy.compactMap(\.self).first.map { .literal($0) }
      } else {
        decideAlone(column)
      }
    }
    for index in options.indices where options[index].condition == nil {
      let option = options[index]
      let values = option.isPresent.map { SlotValue.boolean($0) }
      let parameter = existing(.other(option.name), values) ?? add(.other(option.name), values)
      parameter.standard = .boolean(option.isPresent.filter { $0 }.count * 2 > option.isPresent.count)
      options[index].condition = .flag(.parameter(parameter))
    }
  }

  /// Numbers of channels that are proportional to each other, or to those of the input, in all members.
  private func decideFamilies(_ columns: [Column]) {
    var families: [(direction: [Int], columns: [(column: Column, factor: Int)])] = []
    for column in columns {
      if let term = inputRatio(column) {
        column.term = term
        continue
      }
      let values = column.integers.map { $0 ?? 0 }
      let factor = values.reduce(0, Self.greatestCommonDivisor)
      guard factor > 0 else { continue }
      let direction = values.map { $0 / factor }
      if let index = families.firstIndex(where: { $0.direction == direction }) {
        families[index].columns.append((column, factor))
      } else {
        families.append((direction, [(column, factor)]))
      }
    }
    for family in families {
      guard let base = family.columns.map(\.factor).min() else { continue }
      let related = family.columns.filter { $0.factor % base == 0 }
      let values = family.direction.map { $0 * base }
      let term = expansion(related.map(\.column), values) ?? .parameter(add(.channels, values.map { .integer($0) }))
      for (column, factor) in related { column.term = term.scaled(times: factor / base, over: 1) }
    }
  }

  /// As the channels of the input times a constant.
  private func inputRatio(_ column: Column) -> Term? {
    let pairs = zip(column.integers, column.channels).compactMap { value, channels in
      value.flatMap { value in channels.map { (value, $0) } }
    }
    guard let (first, channels) = pairs.first, first > 0, channels > 0 else { return nil }
    let divisor = Self.greatestCommonDivisor(first, channels)
    let (times, over) = (first / divisor, channels / divisor)
    guard times == 1 || over == 1, times <= 8, over <= 16 else { return nil }
    let distinct = Set(pairs.map(\.1)).count
    guard distinct >= (times == over ? 2 : 3) else { return nil }
    guard pairs.allSatisfy({ $0.0.multipliedReportingOverflow(by: over).partialValue == $0.1 * times }) else {
      return nil
    }
    return Term.input.scaled(times: times, over: over)
  }

  /// As the channels of the input times a parameter that has fewer values.
  private func expansion(_ columns: [Column], _ values: [Int]) -> Term? {
    guard values != outputs, let first = columns.first, first.channels.compactMap(\.self).count == values.count,
      columns.allSatisfy({ $0.channels == first.channels }), columns.allSatisfy({ $0.integers != outputs })
    else { return nil }
    var ratios: [Int] = []
    for (value, channels) in zip(values, first.channels.compactMap(\.self)) {
      guard channels > 0, value % channels == 0 else { return nil }
      ratios.append(value / channels)
    }
    guard Set(ratios).count * 2 <= Set(values).count else { return nil }
    let kind = SlotKind.other("expand")
    let parameter = existing(kind, ratios.map { .integer($0) }) ?? add(kind, ratios.map { .integer($0) })
    return .product(.input, .parameter(parameter))
  }

  private func decideAlone(_ column: Column) {
    let kind = column.field.kind
    if kind == .padding, let kernel = column.kernel, let term = kernel.term, term.literal == nil,
      zip(column.integers, kernel.integers).allSatisfy({ padding, kernel in
        padding == nil || kernel.map { $0 % 2 == 1 && ($0 - 1) / 2 == padding } == true
      })
    {
      column.term = .half(term)
      return
    }
    if kind == .channels || kind == .groups {
      let same = column.isComplete ? nil : relative(column, isSame: true)
      if let term = same ?? inputRatio(column) ?? relative(column) {
        column.term = term
        return
      }
    }
    if let parameter = existing(kind, column.values) {
      column.term = .parameter(parameter)
      return
    }
    // Where the item is missing, a number that says so, or any.
    var fill: SlotValue?
    if !column.isComplete, case .integer? = column.values.lazy.compactMap(\.self).first, kind == .channels {
      fill = .integer(0)
    }
    let parameter = add(kind, column.values.map { $0 ?? fill ?? .any })
    column.term = .parameter(parameter)
    if fill != nil, let index = column.conditions.last, options[index].condition == nil,
      zip(options[index].isPresent, parameter.values).allSatisfy({ $0 == (($1.integer ?? 0) > 0) })
    {
      options[index].condition = .compared(.parameter(parameter), ">", .literal(.integer(0)))
    }
  }

  /// As another number of channels, or a multiple or a part of it.
  private func relative(_ column: Column, isSame: Bool = false) -> Term? {
    for other in columns where other !== column && (other.field.kind == .channels || other.field.kind == .groups) {
      guard let term = other.term, term.literal == nil,
        !term.dependsOnInput || zip(column.channels, other.channels).allSatisfy({ $0 == nil || $0 == $1 })
      else { continue }
      var ratio: (Int, Int)?
      var isConstant = true
      for (value, known) in zip(column.integers, other.integers) {
        guard let value else { continue }
        guard let known, value > 0, known > 0 else {
          isConstant = false
          break
        }
        let divisor = Self.greatestCommonDivisor(value, known)
        let found = (value / divisor, known / divisor)
        if let ratio, ratio != found { isConstant = false }
        ratio = ratio ?? found
        if !isConstant { break }
      }
      guard isConstant, let (times, over) = ratio, !isSame || times == over, times == 1 || over == 1, times <= 8,
        over <= 256
      else { continue }
      if times != over, column.distinct < 2 { continue }
      return term.scaled(times: times, over: over)
    }
    return nil
  }

  private func existing(_ kind: SlotKind, _ values: [SlotValue?]) -> Field.Parameter? {
    parameters.first { parameter in
      parameter.kind == kind && zip(parameter.values, values).allSatisfy { $1 == nil || $0 == $1 }
        && values.contains { $0 != nil }
    }
  }

  private func add(_ kind: SlotKind, _ values: [SlotValue]) -> Field.Parameter {
    let parameter = Field.Parameter(kind: kind, values: values)
    if kind == .groups, values.contains(.integer(1)) {
      parameter.standard = .integer(1)
    } else if kind != .channels, kind != .other("expand") {
      var counts: [SlotValue: Int] = [:]
      let known = values.filter { $0 != .any }
      for value in known { counts[value, default: 0] += 1 }
      parameter.standard = counts.first { $0.value * 2 > known.count }?.key
      if parameter.standard == nil, known.count < values.count {
        parameter.standard = if case .number? = known.first { .number(0) } else { known.first }
      }
    }
    parameters.append(parameter)
    return parameter
  }

  // MARK: Conditions

  private func condition(of option: Option) -> Condition? {
    let one = Term.literal(.integer(1))
    var candidates: [(Condition, [Bool?])] = []
    func consider(_ condition: Condition, _ truth: [Bool?]) { candidates.append((condition, truth)) }
    let stride = parameters.first { $0.kind == .stride }
    if let stride {
      let values = stride.values.map { $0.integer ?? 1 }
      consider(.compared(.parameter(stride), "==", one), values.map { $0 == 1 })
      consider(.compared(.parameter(stride), ">", one), values.map { $0 > 1 })
    }
    for parameter in parameters where parameter.kind == .other("expand") {
      consider(.compared(.parameter(parameter), ">", one), parameter.values.map { ($0.integer ?? 0) > 1 })
    }
    for parameter in parameters {
      guard case .boolean? = parameter.values.first(where: { $0 != .any }) else { continue }
      consider(.flag(.parameter(parameter)), parameter.values.map { $0 == .boolean(true) })
      consider(.not(.flag(.parameter(parameter))), parameter.values.map { $0 == .boolean(false) })
    }
    var seen: Set<Term> = []
    for column in columns.reversed() where column.field.kind == .channels && column.isComplete {
      guard let term = column.term, !term.dependsOnInput, term.literal == nil, seen.insert(term).inserted else {
        continue
      }
      let same = zip(column.integers, option.channels).map { value, channels in channels.map { $0 == value } }
      consider(.compared(.input, "==", term), same)
      consider(.compared(.input, "!=", term), same.map { $0.map { !$0 } })
      guard let stride else { continue }
      let plain = stride.values.map { $0 == .integer(1) }
      consider(
        .both(.compared(.parameter(stride), "==", one), .compared(.input, "==", term)),
        zip(same, plain).map { same, plain in same.map { $0 && plain } })
      consider(
        .either(.compared(.parameter(stride), ">", one), .compared(.input, "!=", term)),
        zip(same, plain).map { same, plain in same.map { !($0 && plain) } })
    }
    for (condition, truth) in candidates {
      let fits = zip(truth, zip(option.isPresent, option.channels)).allSatisfy { truth, place in
        place.1 == nil || truth == place.0
      }
      if fits { return condition }
    }
    return nil
  }

  // MARK: Names

  private func nameParameters() {
    var taken: Set<String> = ["in", "i"]
    let owned = columns.filter { column in
      if case .parameter? = column.term { true } else { false }
    }
    func owner(_ parameter: Field.Parameter) -> String? {
      guard let column = owned.first(where: { $0.term == .parameter(parameter) }) else { return nil }
      let parts = column.owner.map { part in
        String(part.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
      }
      let name = parts.joined(separator: "_")
      if let first = name.first, first.isNumber { return "n\(name)" }
      return name
    }
    /// What a block that is used calls the number, unless it is what that ends with, which has another place here.
    func argument(_ parameter: Field.Parameter) -> String? {
      let names = Set(owned.filter { $0.term == .parameter(parameter) }.map { $0.field.parameter?.name })
      guard names.count == 1, let name = names.first ?? nil, name != "out" else { return nil }
      return name.hasPrefix("n") && name.dropFirst().allSatisfy(\.isNumber) ? "n1" : name
    }
    let channels = parameters.filter { $0.kind == .channels }
    // `branch2_0` and its like are long where there are many.
    let owners = channels.compactMap(owner)
    var common = owners.first ?? ""
    for name in owners { while !name.hasPrefix(common) { common.removeLast() } }
    if channels.count < 4 || common.count < 2 || !common.allSatisfy(\.isLetter) { common = "" }
    for parameter in parameters {
      var name: String
      switch parameter.kind {
      case .kernel: name = "kernel"
      case .stride: name = "stride"
      case .padding: name = "padding"
      case .groups: name = "groups"
      case .other(let key):
        name = key == "stochastic_depth" ? "drop" : key
      case .channels:
        let isOutput = zip(parameter.values, outputs).allSatisfy { $0.integer == $1 }
        if isOutput {
          name = "out"
        } else if let argument = argument(parameter) {
          name = argument
        } else if channels.count == 1 {
          name = ["squeeze_excite", "fire"].contains(self.name) ? "squeeze" : "width"
        } else if let owner = owner(parameter), owner.first.map({ $0.isLetter }) == true, !owner.hasPrefix("conv"),
          !owner.hasPrefix("n0"), !owner.hasPrefix("n1")
        {
          name = common.isEmpty ? owner : String(common.prefix(1)) + owner.dropFirst(common.count)
        } else if channels.count > 2 {
          name = "n1"
        } else {
          name = "width"
        }
      }
      if !name.isIdentifier { name = "value" }
      var candidate = name
      var count = 1
      if name == "n1" { name = "n" }
      if name == "n" { candidate = "n1" }
      while !taken.insert(candidate).inserted {
        count += 1
        candidate = name == "n" ? "n\(count)" : "\(name)_\(count)"
      }
      parameter.name = candidate
    }
    // One that is numbered for want of a better name needs no number.
    let numbered = parameters.filter { $0.name.hasPrefix("n") && $0.name.dropFirst().allSatisfy(\.isNumber) }
    if numbered.count == 1, !taken.contains("width") { numbered[0].name = "width" }
  }

  private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
    var (left, right) = (abs(left), abs(right))
    while right != 0 { (left, right) = (right, left % right) }
    return left
  }
}

extension Item {
  /// The word, or what a block is for.
  var plainWord: String {
    switch body {
    case .layer(let kind): kind.word
    case .group: "group"
    case .use(let block): block.name.isEmpty ? "block" : block.name.replacing("-", with: "_")
    }
  }
}

extension String {
  /// Whether it can be the name of a parameter.
  var isIdentifier: Bool {
    utf8.count <= 64 && utf8.first.map { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == true
      && utf8.allSatisfy { byte in
        byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      }
  }
}
