/// Writes uses of one block that follow each other as one with `repeat`, where that is shorter.
struct UseFolder {
  /// Items that are written as one.
  struct Part {
    var range: Range<Int>
    /// As written; with an index where there are several items.
    var name: String?
    var arguments: [(String, String)] = []
    var firsts: [(String, String)] = []
    var lists: [(String, [String])] = []
  }

  private let items: [Template]
  private let names: [String?]
  private let depths: DepthRule?

  /// The longest run of uses for which all ways are weighed.
  private static let maximumRun = 160

  /// `names`: as far as they are written.
  init(_ items: [Template], names: [String?], _ depths: DepthRule? = nil) {
    self.items = items
    self.names = names
    self.depths = depths
  }

  func parts() -> [Part] {
    var parts: [Part] = []
    var index = 0
    while index < items.count {
      guard items[index].block != nil else {
        parts.append(Part(range: index..<index + 1, name: names[index]?.yamlName))
        index += 1
        continue
      }
      var end = index + 1
      while end < items.count, continues(end), end - index < Self.maximumRun { end += 1 }
      parts += best(index..<end)
      index = end
    }
    return parts
  }

  /// Whether the item is a use of the block before and reads what that ends with.
  private func continues(_ index: Int) -> Bool {
    let (item, before) = (items[index], items[index - 1])
    guard let block = item.block, block === before.block, item.inputs == [.item(index - 1)] else { return false }
    return item.condition == nil && before.condition == nil && !item.isTrainingOnly && !before.isTrainingOnly
      && (names[index] == nil) == (names[index - 1] == nil)
  }

  /// The cheapest way to cut the run: a line each, and a line for each list.
  private func best(_ run: Range<Int>) -> [Part] {
    let count = run.count
    var cost = [Int](repeating: Int.max, count: count + 1)
    var cut = [Int](repeating: 0, count: count + 1)
    cost[0] = 0
    for start in 0..<count where cost[start] < Int.max {
      var state = Segment(self, run.lowerBound + start)
      for end in start + 1...count {
        if end > start + 1, !state.extend(self, run.lowerBound + end - 1) { break }
        let total = cost[start] + state.cost
        if total < cost[end] {
          cost[end] = total
          cut[end] = start
        }
      }
    }
    var ends: [Range<Int>] = []
    var end = count
    while end > 0 {
      ends.append(run.lowerBound + cut[end]..<run.lowerBound + end)
      end = cut[end]
    }
    return ends.reversed().map(part)
  }

  /// The term of an argument that stays the same from use to use, as it is found.
  private struct Constant {
    var term: Term?
    var isSame = true

    mutating func add(_ new: Term) {
      guard new != .literal(.any) else { return }
      if term == nil { term = new } else if term != new { isSame = false }
    }
  }

  /// The number of a block that its stochastic depth grows with, less its place in the repetition.
  private struct Progression {
    var start: Int?
    var isSame = true

    mutating func add(_ new: Term, _ place: Int, _ depths: DepthRule?) {
      guard new != .literal(.any) else { return }
      guard let depths, case .literal(let value) = new, let number = depths.number(of: value), number >= place,
        start == nil || start == number - place
      else {
        isSame = false
        return
      }
      start = number - place
    }
  }

  /// Uses that may be one, as it grows.
  private struct Segment {
    let first: Int
    var count = 0
    var all: [Constant]
    var later: [Constant]
    var depths: [Progression]

    init(_ folder: UseFolder, _ first: Int) {
      self.first = first
      let places = folder.items[first].arguments.indices
      all = places.map { _ in Constant() }
      later = all
      depths = places.map { _ in Progression() }
      add(folder, first)
    }

    private mutating func add(_ folder: UseFolder, _ index: Int) {
      for (place, argument) in folder.items[index].arguments.enumerated() {
        all[place].add(argument.terms[0])
        if index > first { later[place].add(argument.terms[0]) }
        depths[place].add(argument.terms[0], count, folder.depths)
      }
      count += 1
    }

    mutating func extend(_ folder: UseFolder, _ index: Int) -> Bool {
      if let name = folder.names[first] {
        guard let pattern = folder.pattern(name, folder.names[first + 1] ?? name), let next = folder.names[index],
          next == pattern.prefix + "\(pattern.number + index - first)" + pattern.suffix
        else { return false }
      }
      add(folder, index)
      return true
    }

    /// Of lines, in tenths; a shorter line is better.
    var cost: Int {
      if count == 1 { return 10 }
      var lists = 0
      var differing = 0
      for place in all.indices where !all[place].isSame {
        differing += 1
        if !later[place].isSame, !depths[place].isSame { lists += 1 }
      }
      return lists > 0 ? 12 + 10 * lists + count / 2 : 10 + 6 * differing
    }
  }

  private func part(_ range: Range<Int>) -> Part {
    let first = items[range.lowerBound]
    var part = Part(range: range, name: names[range.lowerBound]?.yamlName)
    if range.count > 1, let name = names[range.lowerBound], let next = names[range.lowerBound + 1],
      let pattern = pattern(name, next)
    {
      part.name = "\"\(pattern.prefix){\(pattern.number == 0 ? "i" : "i + \(pattern.number)")}\(pattern.suffix)\""
    }
    var segment = Segment(self, range.lowerBound)
    for index in range.dropFirst() { _ = segment.extend(self, index) }
    for (place, argument) in first.arguments.enumerated() {
      let key = argument.field.key
      func add(_ term: Term?) {
        guard let term, term.literal == nil || term.literal != argument.field.standard else { return }
        part.arguments.append((key, term.text))
      }
      if segment.all[place].isSame {
        add(segment.all[place].term)
      } else if let start = segment.depths[place].start, segment.depths[place].isSame, range.count > 1, let depths {
        part.arguments.append((key, depths.text(from: start)))
      } else if segment.later[place].isSame {
        add(segment.later[place].term)
        part.firsts.append((key, argument.terms[0].text))
      } else {
        part.lists.append((key, range.map { items[$0].arguments[place].terms[0].text }))
      }
    }
    if !part.lists.isEmpty {
      // Beside lists, what differs in the first is a list too.
      for (key, _) in part.firsts {
        guard let place = first.arguments.firstIndex(where: { $0.field.key == key }) else { continue }
        part.lists.append((key, range.map { items[$0].arguments[place].terms[0].text }))
        part.arguments.removeAll { $0.0 == key }
      }
      part.firsts = []
    }
    return part
  }

  /// What two names have around numbers of which the second is one more.
  private func pattern(_ name: String, _ next: String) -> (prefix: String, number: Int, suffix: String)? {
    let (left, right) = (Array(name.utf8), Array(next.utf8))
    func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    var start = 0
    while start < left.count, start < right.count, left[start] == right[start] { start += 1 }
    while start > 0, isDigit(left[start - 1]) { start -= 1 }
    var ends = (start, start)
    while ends.0 < left.count, isDigit(left[ends.0]) { ends.0 += 1 }
    while ends.1 < right.count, isDigit(right[ends.1]) { ends.1 += 1 }
    let numbers = (
      String(decoding: left[start..<ends.0], as: UTF8.self), String(decoding: right[start..<ends.1], as: UTF8.self)
    )
    guard left[ends.0...] == right[ends.1...], let first = Int(numbers.0), let second = Int(numbers.1),
      first < 1 << 32, second == first + 1, "\(first)" == numbers.0, "\(second)" == numbers.1
    else { return nil }
    return (
      String(decoding: left[..<start], as: UTF8.self), first, String(decoding: left[ends.0...], as: UTF8.self)
    )
  }
}
