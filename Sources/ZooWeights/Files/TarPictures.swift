import ZooTensor

/// The pictures of a tar file, and where in it they lie, found by its headers alone.
///
/// Members with the same path up to the first dot of the last name, one behind the other, are a sample, as in WebDataset: in
/// `00/17.jpg`, `00/17.cls`, `00/17.seg.png` the first is the picture, `cls` has the number of its class, and `seg.png` is something
/// about it. Where no member is called like a picture from the first dot on, as in a tar file of photographs (`a.1.jpg`), what
/// ends like one is taken. Hidden files are left out, as in folders. A link stands for the member that it leads to.
package struct TarPictures: Sendable {
  /// How many pictures were left out as something about another.
  package private(set) var leftOut = 0
  /// SHA-256 of all headers: it differs wherever names, sizes or times do.
  package private(set) var digest: [UInt8] = []

  /// The names, one behind the other, and where each ends.
  private var names: [UInt8] = []
  private var ends: [Int] = []
  private var places: [Range<Int>] = []
  /// Empty where classes were not asked for.
  private var labels: [Int32] = []

  /// Of a link that leads out of the tar file, or to nothing.
  private static let nowhere = -1 ..< -1
  private static let noLabel: Int32 = -1
  private static let maximumLabelSize = 32
  private static let maximumHops = 40

  /// How many pictures there are.
  package var count: Int { places.count }

  private func nameBytes(at index: Int) -> ArraySlice<UInt8> { names[(index > 0 ? ends[index - 1] : 0)..<ends[index]] }

  /// The path of the picture at `index`, without `./` before it.
  package func name(at index: Int) -> String { String(path: nameBytes(at: index)) }

  /// Where the file of the picture at `index` is; `nil` for a link that leads to nothing.
  package func place(at index: Int) -> Range<Int>? { places[index] == Self.nowhere ? nil : places[index] }

  /// The class of the picture at `index`; `nil` where its sample has none, and where classes were not asked for.
  package func label(at index: Int) -> Int? {
    labels.isEmpty || labels[index] == Self.noLabel ? nil : Int(labels[index])
  }

  /// Goes through a tar file.
  ///
  /// - Parameters:
  ///   - file: the tar file, not compressed.
  ///   - withLabels: whether the classes are read as well.
  /// - Throws: `WeightsProblem`, with what is wrong with it.
  package init(_ file: InputFile, withLabels: Bool) throws(WeightsProblem) {
    if let program = try Self.compressor(of: file) { throw .tar(.compressed(by: program)) }
    var scanner = TarScanner(file)
    var sample = Sample(key: [], first: 0)
    var links = Links()
    while let member = try Self.usable(&scanner) {
      let name = member.name.withoutCurrentFolder
      if member.kind != .file { links.targets[Self.resolved(name)] = Self.target(of: member, called: name) }
      guard let parts = SampleName(name) else { continue }
      if parts.key != sample.key {
        end(sample, withLabels: withLabels, &links)
        sample = Sample(key: parts.key, first: count)
      }
      if withLabels, parts.ending == Array("cls".utf8) {
        guard sample.label == Self.noLabel else { throw .tar(.duplicateMember(String(path: name))) }
        sample.label = try Self.label(member, &scanner)
      }
      let picture = Picture(name: name, place: member.kind == .file ? member.offset..<member.offset + member.size : nil)
      switch parts.picture {
      case .exactly: append(picture, &links)
      case .afterMoreDots: sample.others.append(picture)
      case nil: break
      }
    }
    end(sample, withLabels: withLabels, &links)
    try scanner.checkEnd()
    digest = scanner.digest
    try resolve(links, in: file)
    try checkNames()
  }

  /// The next member that can be told from others, of which all bytes are there.
  private static func usable(_ scanner: inout TarScanner) throws(WeightsProblem) -> TarScanner.Member? {
    while let member = try scanner.next() {
      if member.isSparse { throw .tar(.sparse(String(path: member.name))) }
      switch member.kind {
      case .noFile: continue
      case .other(let letter): throw .tar(.unknownKind(String(path: member.name), letter))
      case .file, .hardLink, .symbolicLink: return member
      }
    }
    return nil
  }

  private static func compressor(of file: InputFile) throws(WeightsProblem) -> String? {
    let start = try file.bytes(at: 0, count: min(10, file.size))
    let known: [(start: [UInt8], program: String)] = [
      ([0x1F, 0x8B], "gunzip"), ([0x28, 0xB5, 0x2F, 0xFD], "unzstd"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "unxz"),
    ]
    if let program = known.first(where: { start.starts(with: $0.start) })?.program { return program }
    let isBzip2 = start.starts(with: Array("BZh".utf8)) && start.dropFirst(4).elementsEqual("1AY&SY".utf8)
    return isBzip2 ? "bunzip2" : nil
  }

  // MARK: Samples

  private struct Picture {
    let name: [UInt8]
    /// `nil` for a link.
    let place: Range<Int>?
  }

  private struct Sample {
    let key: [UInt8]
    /// Where its pictures begin.
    let first: Int
    /// Those that have more dots before the ending.
    var others: [Picture] = []
    var label = TarPictures.noLabel
  }

  private mutating func append(_ picture: Picture, _ links: inout Links) {
    if picture.place == nil { links.pictures.append(count) }
    names += picture.name
    ends.append(names.count)
    places.append(picture.place ?? Self.nowhere)
  }

  private mutating func end(_ sample: Sample, withLabels: Bool, _ links: inout Links) {
    if count == sample.first {
      for picture in sample.others { append(picture, &links) }
    } else {
      leftOut += sample.others.count
    }
    if withLabels { labels += repeatElement(sample.label, count: count - sample.first) }
  }

  private static func label(_ member: TarScanner.Member, _ scanner: inout TarScanner) throws(WeightsProblem) -> Int32 {
    let problem = WeightsProblem.tar(.label(String(path: member.name)))
    guard let text = try scanner.contents(of: member, limit: maximumLabelSize) else { throw problem }
    let isBlank = { (byte: UInt8) in [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
    let digits = text.drop(while: isBlank).prefix { !isBlank($0) }
    guard text[digits.endIndex...].allSatisfy(isBlank), digits.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int32(String(decoding: digits, as: UTF8.self))
    else { throw problem }
    return number
  }

  // MARK: Links

  private struct Links {
    /// The pictures that are links.
    var pictures: [Int] = []
    /// Of all links, by the whole path.
    var targets: [[UInt8]: [UInt8]] = [:]
  }

  /// A hard link has the path of another member, a symbolic one a path from where it lies.
  private static func target(of member: TarScanner.Member, called name: [UInt8]) -> [UInt8] {
    let slash = UInt8(ascii: "/")
    guard member.kind == .symbolicLink, member.target.first != slash else { return resolved(member.target) }
    return resolved((name.lastIndex(of: slash).map { Array(name[...$0]) } ?? []) + member.target)
  }

  /// A path without `.`, and without `..` but at its beginning.
  private static func resolved(_ path: some Collection<UInt8>) -> [UInt8] {
    let slash = UInt8(ascii: "/")
    let (current, parent) = ([UInt8(ascii: ".")], [UInt8](repeating: UInt8(ascii: "."), count: 2))
    var names: [[UInt8]] = []
    for name in Array(path).split(separator: slash).map({ Array($0) }) where name != current {
      if name == parent, let last = names.last, last != parent { names.removeLast() } else { names.append(name) }
    }
    return (path.first == slash ? [slash] : []) + names.joined(separator: [slash])
  }

  /// Goes through the file once more for the members that links lead to.
  private mutating func resolve(_ links: Links, in file: InputFile) throws(WeightsProblem) {
    guard !links.pictures.isEmpty else { return }
    var found: [[UInt8]: Range<Int>?] = [:]
    func end(of index: Int) -> [UInt8]? {
      var name = Self.resolved(nameBytes(at: index))
      for _ in 0..<Self.maximumHops {
        guard let next = links.targets[name] else { return name }
        name = next
      }
      return nil
    }
    for index in links.pictures { if let name = end(of: index) { found[name] = .some(nil) } }
    var scanner = TarScanner(file)
    while let member = try Self.usable(&scanner) {
      guard member.kind == .file else { continue }
      let name = Self.resolved(member.name)
      guard let place = found[name] else { continue }
      guard place == nil else { throw .tar(.duplicateMember(String(path: member.name))) }
      found[name] = member.offset..<member.offset + member.size
    }
    for index in links.pictures {
      if let name = end(of: index), let place = found[name], let place { places[index] = place }
    }
  }

  /// No name twice: readers that take the first and readers that take the last would see different pictures.
  private func checkNames() throws(WeightsProblem) {
    let order = (0..<count).map { index in
      var hasher = Hasher()
      nameBytes(at: index).withUnsafeBytes { hasher.combine(bytes: $0) }
      return (hash: hasher.finalize(), index: index)
    }.sorted { ($0.hash, $0.index) < ($1.hash, $1.index) }
    var start = 0
    for position in order.indices {
      if order[position].hash != order[start].hash { start = position }
      for other in start..<position where nameBytes(at: order[other].index) == nameBytes(at: order[position].index) {
        throw .tar(.duplicateMember(name(at: order[position].index)))
      }
    }
  }
}

/// What the name of a member says of its sample.
private struct SampleName {
  enum Picture {
    case exactly
    /// As `17.seg.png`.
    case afterMoreDots
  }

  /// The path up to the first dot of the last name.
  let key: [UInt8]
  /// What comes after it, in lower case.
  let ending: [UInt8]

  private static let endings = ["jpg", "jpeg", "jpe", "png"].map { Array($0.utf8) }

  /// `nil` for a hidden file, and one without an ending.
  init?(_ name: [UInt8]) {
    let (slash, dot) = (UInt8(ascii: "/"), UInt8(ascii: "."))
    for part in name.split(separator: slash) where part.first == dot {
      guard part.count <= 2, part.last == dot else { return nil }
    }
    let start = name.lastIndex(of: slash).map { $0 + 1 } ?? 0
    guard let first = name[start...].firstIndex(of: dot), first > start else { return nil }
    key = Array(name[..<first])
    ending = name[(first + 1)...].map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
  }

  var picture: Picture? {
    if Self.endings.contains(ending) { return .exactly }
    guard let dot = ending.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    return Self.endings.contains(Array(ending[(dot + 1)...])) ? .afterMoreDots : nil
  }
}

extension [UInt8] {
  /// A path without `./` before it.
  fileprivate var withoutCurrentFolder: [UInt8] {
    var rest = self[...]
    while rest.starts(with: [UInt8(ascii: "."), UInt8(ascii: "/")]) {
      rest = rest.dropFirst(2)
      rest = rest.drop { $0 == UInt8(ascii: "/") }
    }
    return Array(rest)
  }
}

extension TarPictures {
  /// Whether a file begins as a tar file does.
  package static func isTar(_ file: InputFile) -> Bool {
    guard file.size >= 512, let mark = try? file.bytes(at: 257, count: 5) else { return false }
    return mark == Array("ustar".utf8)
  }
}
