import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Pictures that are read where they lie in a tar file.
@Suite struct TarPicturesTests {
  private static let long =
    String(repeating: "a", count: 60) + "/" + String(repeating: "b", count: 60) + "/"
    + String(repeating: "c", count: 30) + ".jpg"
  private static let longer = String(repeating: "d", count: 200) + ".png"
  private static let latin = String(path: [0x67, 0x72, 0xFC] + Array("ß.jpg".utf8))

  private static let expected: [(name: String, contents: String?, label: Int?)] = [
    ("00/17.jpg", "./00/17.jpg", 3), ("00/18.JPEG", "./00/18.JPEG", 0), ("later.jpg", "./00/20.png", nil),
    ("hard.png", "./00/17.jpg", nil), ("twice.png", "./00/17.jpg", nil), ("nowhere.jpg", nil, nil),
    ("circle.jpg", nil, nil), ("00/20.png", "./00/20.png", nil), ("../above.jpg", "../above.jpg", nil),
    ("/whole/path.jpg", "/whole/path.jpg", nil), ("a.1.jpg", String(repeating: "x", count: 512), nil),
    ("a.2.jpg", String(repeating: "x", count: 513), nil), ("empty.jpg", "", nil), (latin, latin, nil),
    (long, long, nil), (longer, longer, nil), ("long.png", longer, nil),
  ]

  @Test(
    "Samples, links, long names and hidden files, as Python's tarfile writes them", arguments: ["ustar", "gnu", "pax"])
  func written(form: String) throws {
    let file = try InputFile(fixture("pictures-\(form).tar"))
    let pictures = try TarPictures(file, withLabels: true)
    let expected = form == "ustar" ? Self.expected.dropLast(2) : Self.expected[...]
    try #require(pictures.count == expected.count)
    #expect(pictures.leftOut == 1)
    for (index, picture) in expected.enumerated() {
      #expect(pictures.name(at: index) == picture.name)
      #expect(pictures.label(at: index) == picture.label, "\(picture.name)")
      let contents = try pictures.place(at: index).map { try file.bytes(at: $0.lowerBound, count: $0.count) }
      #expect(contents == picture.contents?.pathBytes, "\(picture.name)")
    }
    #expect(try TarPictures(file, withLabels: false).label(at: 0) == nil)
  }

  @Test("The digest is of names, sizes and times")
  func digest() throws {
    func digest(_ change: (inout ForgedTar) -> Void) throws -> [UInt8] {
      var tar = Self.tar
      change(&tar)
      return try TarPictures(InputFile(bytes: tar.bytes, name: "a.tar"), withLabels: false).digest
    }
    let whole = try digest { _ in }
    #expect(try digest { _ in } == whole)
    #expect(try digest { $0.members[0].name = "c.jpg" } != whole)
    #expect(try digest { $0.members[0].data.append(0) } != whole)
    #expect(try digest { $0.add("note.txt", []) } != whole)
  }

  // MARK: Hostile files

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let expected: TarProblem
    let bytes: @Sendable () -> [UInt8]

    init(_ name: String, _ expected: TarProblem, _ change: @escaping @Sendable (inout ForgedTar) -> Void) {
      testDescription = name
      self.expected = expected
      bytes = {
        var tar = TarPicturesTests.tar
        change(&tar)
        return tar.bytes
      }
    }

    init(_ name: String, _ expected: TarProblem, bytes: @escaping @Sendable () -> [UInt8]) {
      testDescription = name
      self.expected = expected
      self.bytes = bytes
    }
  }

  static var tar: ForgedTar {
    var tar = ForgedTar()
    tar.add("a.jpg", Array("first".utf8))
    tar.add("a.cls", Array("1\n".utf8))
    tar.add("b.jpg", Array("second".utf8))
    return tar
  }

  private static func record(_ key: String, _ value: String) -> [UInt8] {
    let rest = " \(key)=\(value)\n"
    let length = rest.utf8.count + 2
    return Array("\(length + (length > 99 ? 1 : 0))\(rest)".utf8)
  }

  private static func pax(_ records: String) -> ForgedTar.Member {
    .init(name: "x", data: Array(records.utf8), kind: UInt8(ascii: "x"))
  }

  private static func long(_ kind: Unicode.Scalar, _ text: String) -> ForgedTar.Member {
    .init(name: "././@LongLink", data: Array(text.utf8), kind: UInt8(ascii: kind))
  }

  private static func link(_ kind: Unicode.Scalar, to target: String) -> ForgedTar.Member {
    .init(name: "b.jpg", data: [], kind: UInt8(ascii: kind), target: target)
  }

  static let cases: [Case] = [
    Case("nothing", .cutShort(offset: 0)) { [] },
    Case("cut in a header", .cutShort(offset: 2048)) { Array(tar.bytes.prefix(2100)) },
    Case("cut in the contents", .memberPastEnd("b.jpg")) { Array(tar.bytes.prefix(2562)) },
    Case("cut in the padding", .cutShort(offset: 2600)) { Array(tar.bytes.prefix(2600)) },
    Case("no end", .cutShort(offset: 3072)) { $0.hasEnd = false },
    Case("checksum", .headerChecksum(offset: 1024)) { $0.members[1].checksum = 7 },
    Case("no tar", .headerChecksum(offset: 0)) { [UInt8](repeating: 0x41, count: 1024) },
    Case("size that is no number", .malformed(offset: 0)) { $0.members[0].size = Array("0000000000x\0".utf8) },
    Case("size of 2^33", .memberPastEnd("a.jpg")) { $0.members[0].size = Array("77777777777\0".utf8) },
    Case("size of 2^62", .memberPastEnd("a.jpg")) {
      $0.members[0].size = [0x80, 0, 0, 0, 0x3F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
    },
    Case("size of 2^63", .malformed(offset: 0)) {
      $0.members[0].size = [0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]
    },
    Case("size of 2^62 in pax", .memberPastEnd("a.jpg")) {
      $0.members.insert(.init(name: "x", data: record("size", "4611686018427387904"), kind: UInt8(ascii: "x")), at: 0)
    },
    Case("two tar files one behind the other", .bytesAfterEnd(offset: 4096)) { tar.bytes + tar.bytes },
    Case("a byte at the end", .bytesAfterEnd(offset: 4100)) { tar.bytes + [0, 0, 0, 0, 1] },
    Case("the same picture twice", .duplicateMember("a.jpg")) { $0.add("./a.jpg", [1]) },
    Case("the same class twice", .duplicateMember("a.cls")) { $0.members.insert($0.members[1], at: 1) },
    Case("a class that is a word", .label("a.cls")) { $0.members[1].data = Array("cat".utf8) },
    Case("a class that is two numbers", .label("a.cls")) { $0.members[1].data = Array("1 2".utf8) },
    Case("a negative class", .label("a.cls")) { $0.members[1].data = Array("-1".utf8) },
    Case("a class beyond all", .label("a.cls")) { $0.members[1].data = Array("4294967296".utf8) },
    Case("a long class", .label("a.cls")) { $0.members[1].data = [UInt8](repeating: 0x31, count: 1000) },
    Case("a class that is a link", .label("a.cls")) {
      $0.members[1].kind = UInt8(ascii: "1")
      $0.members[1].data = []
    },
    Case("sparse as of GNU", .sparse("b.jpg")) { $0.members[2].kind = UInt8(ascii: "S") },
    Case("sparse as of pax", .sparse("b.jpg")) {
      $0.members.insert(.init(name: "x", data: record("GNU.sparse.major", "1"), kind: UInt8(ascii: "x")), at: 2)
    },
    Case("a hard link with a size", .linkWithSize("b.jpg")) { $0.members[2].kind = UInt8(ascii: "1") },
    Case("a kind of a vendor", .unknownKind("b.jpg", UInt8(ascii: "M"))) { $0.members[2].kind = UInt8(ascii: "M") },
    Case("no name", .malformed(offset: 2048)) { $0.members[2].name = "" },
    Case("a name with a zero", .malformed(offset: 3072)) {
      $0.members.insert(.init(name: "x", data: record("path", "a\0b.jpg"), kind: UInt8(ascii: "x")), at: 2)
    },
    Case("a global name", .malformed(offset: 2560)) {
      $0.members.insert(.init(name: "g", data: record("path", "a.jpg"), kind: UInt8(ascii: "g")), at: 2)
    },
    Case("a record of pax that is none", .malformed(offset: 2560)) { $0.members.insert(pax("99 a=b\n"), at: 2) },
    Case("a record of pax of no bytes", .malformed(offset: 2560)) { $0.members.insert(pax("0 a=b\n"), at: 2) },
    Case("a record of pax of fewer bytes", .malformed(offset: 2560)) { $0.members.insert(pax("5 a=b\n"), at: 2) },
    Case("a record of pax of its number alone", .malformed(offset: 2560)) { $0.members.insert(pax("2 a=b\n"), at: 2) },
    Case("a record of pax of fewer than no bytes", .malformed(offset: 2560)) {
      $0.members.insert(pax("-6 a=b\n"), at: 2)
    },
    Case("a record of pax with a sign", .malformed(offset: 2560)) { $0.members.insert(pax("+7 a=b\n"), at: 2) },
    Case("a record of pax of 2^64 bytes", .malformed(offset: 2560)) {
      $0.members.insert(pax("18446744073709551623 a=b\n"), at: 2)
    },
    Case("a record of pax without a key", .malformed(offset: 2560)) { $0.members.insert(pax("6 abc\n"), at: 2) },
    Case("a record of pax behind a good one", .malformed(offset: 2560)) {
      $0.members.insert(pax("7 a=bc\n8 a=b\n"), at: 2)
    },
    Case("a size below 0 in pax", .malformed(offset: 2560)) {
      $0.members.insert(.init(name: "x", data: record("size", "-6"), kind: UInt8(ascii: "x")), at: 2)
    },
    Case("a size of 2^63 in pax", .malformed(offset: 2560)) {
      $0.members.insert(.init(name: "x", data: record("size", "9223372036854775808"), kind: UInt8(ascii: "x")), at: 2)
    },
    Case("a size without digits in pax", .malformed(offset: 2560)) {
      $0.members.insert(pax("8 size=\n"), at: 2)
    },
    Case("a size past the end in pax", .memberPastEnd("b.jpg")) {
      $0.members.insert(.init(name: "x", data: record("size", "2000"), kind: UInt8(ascii: "x")), at: 2)
    },
    Case("a size in pax that ends before the contents", .headerChecksum(offset: 2048)) {
      $0.members[0].data = [UInt8](repeating: 0x41, count: 600)
      $0.members.insert(.init(name: "x", data: record("size", "6"), kind: UInt8(ascii: "x")), at: 0)
    },
    Case("a header of pax larger than the file", .memberPastEnd("x")) {
      $0.members.insert(
        .init(name: "x", data: [], kind: UInt8(ascii: "x"), size: Array("00000100000\0".utf8)), at: 2)
    },
    Case("a header of pax at the end", .cutShort(offset: 4096)) { $0.members.append(pax("9 path=a\n")) },
    Case("a long name before the end", .cutShort(offset: 4096)) { $0.members.append(long("L", "c.jpg\0")) },
    Case("a long link before the end", .cutShort(offset: 4096)) { $0.members.append(long("K", "a.jpg\0")) },
    Case("a long name past the end", .memberPastEnd("././@LongLink")) {
      var member = long("L", "")
      member.size = Array("00001000000\0".utf8)
      $0.members.append(member)
    },
    Case("a long name twice", .malformed(offset: 3584)) {
      $0.members.insert(long("L", "c.jpg\0"), at: 2)
      $0.members.insert(long("L", "d.jpg\0"), at: 2)
    },
    Case("a long name and a name in pax", .malformed(offset: 3584)) {
      $0.members.insert(pax("14 path=d.jpg\n"), at: 2)
      $0.members.insert(long("L", "c.jpg\0"), at: 2)
    },
    Case("a name in pax and a long name", .malformed(offset: 3584)) {
      $0.members.insert(long("L", "c.jpg\0"), at: 2)
      $0.members.insert(pax("14 path=d.jpg\n"), at: 2)
    },
    Case("a hard link with a size in pax", .linkWithSize("b.jpg")) {
      $0.members[2] = link("1", to: "a.jpg")
      $0.members.insert(.init(name: "x", data: record("size", "6"), kind: UInt8(ascii: "x")), at: 2)
    },
    Case("a long name of nothing", .malformed(offset: 3072)) {
      $0.members.insert(long("L", "\0"), at: 2)
    },
    Case("a size below 0", .malformed(offset: 0)) { $0.members[0].size = Array("-0000000006\0".utf8) },
    Case("a size of spaces", .malformed(offset: 0)) { $0.members[0].size = [UInt8](repeating: 0x20, count: 12) },
    Case("a size of zero bytes", .malformed(offset: 0)) { $0.members[0].size = [UInt8](repeating: 0, count: 12) },
    Case("a size below 0 of two's complement", .malformed(offset: 0)) {
      $0.members[0].size = [UInt8](repeating: 0xFF, count: 11) + [0xFA]
    },
    Case("a size of twelve octal digits", .memberPastEnd("a.jpg")) { $0.members[0].size = Array("777777777777".utf8) },
    Case("a size of a block more than there is", .memberPastEnd("b.jpg")) {
      $0.members[2].size = Array("00000003001\0".utf8)
    },
    Case("a size of a block too few", .headerChecksum(offset: 512)) {
      $0.members[0].size = Array("00000000000\0".utf8)
    },
    Case("a directory that has contents", .headerChecksum(offset: 2560)) { $0.members[2].kind = UInt8(ascii: "5") },
    Case("a symbolic link that has contents", .headerChecksum(offset: 2560)) { $0.members[2].kind = UInt8(ascii: "2") },
    Case("a checksum that is no number", .headerChecksum(offset: 2048)) {
      $0.members[2].checksumBytes = Array("eleven\0 ".utf8)
    },
    Case("a checksum below 0", .headerChecksum(offset: 2048)) {
      $0.members[2].checksumBytes = [UInt8](repeating: 0xFF, count: 8)
    },
    Case("a long name at the end", .cutShort(offset: 1024)) {
      var tar = ForgedTar()
      tar.add("L", Array("long".utf8), kind: "L")
      tar.hasEnd = false
      $0 = tar
    },
    Case("gzip", .compressed(by: "gunzip")) { [0x1F, 0x8B, 8, 0] },
    Case("zstd", .compressed(by: "unzstd")) { [0x28, 0xB5, 0x2F, 0xFD] },
    Case("xz", .compressed(by: "unxz")) { [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0] },
    Case("bzip2", .compressed(by: "bunzip2")) { Array("BZh91AY&SY".utf8) },
  ]

  @Test("Refused", arguments: cases)
  func refused(_ item: Case) {
    let found = problem { _ = try TarPictures(InputFile(bytes: item.bytes(), name: "a.tar"), withLabels: true) }
    #expect(found == .tar(item.expected))
  }

  // MARK: Odd files

  /// A tar file with something odd, and the pictures in it: the contents, or nothing for a link that leads to nothing.
  struct Odd: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let expected: [[String?]]
    let bytes: @Sendable () -> [UInt8]

    init(
      _ name: String, _ second: (name: String, contents: String?),
      _ change: @escaping @Sendable (inout ForgedTar) -> Void
    ) {
      testDescription = name
      expected = [["a.jpg", "first"], [second.name, second.contents]]
      bytes = {
        var tar = TarPicturesTests.tar
        change(&tar)
        return tar.bytes
      }
    }
  }

  private static let second = (name: "b.jpg", contents: Optional("second"))
  private static let nothing = (name: "b.jpg", contents: String?.none)

  static let odd: [Odd] = [
    Odd("a size in base 256", second) { $0.members[2].size = [0x80] + [UInt8](repeating: 0, count: 10) + [6] },
    Odd("a size of twelve digits", second) { $0.members[2].size = Array("000000000006".utf8) },
    Odd("a size with spaces", second) { $0.members[2].size = Array("          6 ".utf8) },
    Odd("a size in pax", second) {
      $0.members[2].size = Array("00000000000\0".utf8)
      $0.members.insert(.init(name: "x", data: record("size", "6"), kind: UInt8(ascii: "x")), at: 2)
    },
    Odd("a name in pax twice", ("d.jpg", "second")) { $0.members.insert(pax("14 path=c.jpg\n14 path=d.jpg\n"), at: 2) },
    Odd("a name in pax without a value", second) { $0.members.insert(pax("14 path=c.jpg\n8 path=\n"), at: 2) },
    Odd("a long name and a long link", ("c.jpg", "first")) {
      $0.members[2] = link("2", to: "none.jpg")
      $0.members.insert(long("L", "c.jpg\0"), at: 2)
      $0.members.insert(long("K", "a.jpg\0"), at: 2)
    },
    Odd("a long name with more behind its zero", ("c.jpg", "second")) {
      $0.members.insert(long("L", "c.jpg\0d.jpg"), at: 2)
    },
    Odd("a name with more behind its zero", second) { $0.members[2].name = "b.jpg\0d.jpg" },
    Odd("a name with a line break", ("b\nc.jpg", "second")) { $0.members[2].name = "b\nc.jpg" },
    Odd("a comment on all at the end", second) {
      $0.members.append(.init(name: "g", data: Array("12 comment=\n".utf8), kind: UInt8(ascii: "g")))
    },
    Odd("a directory with a size", second) {
      $0.members.insert(.init(name: "d/", data: [], kind: UInt8(ascii: "5"), size: Array("00000001000\0".utf8)), at: 2)
    },
    Odd("a device with a size", second) {
      $0.members.insert(
        .init(name: "d.jpg", data: [], kind: UInt8(ascii: "3"), size: Array("00000001000\0".utf8)), at: 2)
    },
    Odd("a file of before POSIX", second) { $0.members[2].kind = 0 },
    Odd("a file in one piece", second) { $0.members[2].kind = UInt8(ascii: "7") },
    Odd("a text twice", second) {
      $0.add("note.txt", [1])
      $0.add("note.txt", [2])
    },
    Odd("a symbolic link out of the tar file", nothing) { $0.members[2] = link("2", to: "../../etc/passwd") },
    Odd("a symbolic link to the root", nothing) { $0.members[2] = link("2", to: "/etc/passwd") },
    Odd("a hard link out of the tar file", nothing) { $0.members[2] = link("1", to: "../a.jpg") },
    Odd("a hard link to itself", nothing) { $0.members[2] = link("1", to: "b.jpg") },
    Odd("a link to nothing", nothing) { $0.members[2] = link("2", to: "") },
    Odd("a link to a directory", nothing) {
      $0.members[2] = link("2", to: "d")
      $0.members.append(.init(name: "d", data: [], kind: UInt8(ascii: "5")))
    },
    Odd("a link by a long way round", ("b.jpg", "first")) { $0.members[2] = link("2", to: "x/.././y//../a.jpg") },
    Odd("a class behind other pictures", second) {
      $0.members.append($0.members.remove(at: 1))
    },
  ]

  @Test("Read", arguments: odd)
  func read(_ item: Odd) throws {
    let bytes = item.bytes()
    let pictures = try TarPictures(InputFile(bytes: bytes, name: "a.tar"), withLabels: true)
    let found = (0..<pictures.count).map { index in
      [pictures.name(at: index), pictures.place(at: index).map { String(path: bytes[$0]) }]
    }
    #expect(found == item.expected)
    #expect(pictures.label(at: 0) == (item.testDescription == "a class behind other pictures" ? nil : 1))
  }

  @Test("Every cut is found, and replaced bytes never crash")
  func damage() throws {
    let whole = Self.tar.bytes
    for length in 0..<whole.count - 1024 + 512 {
      let file = InputFile(bytes: Array(whole[..<length]), name: "a.tar")
      #expect(problem("\(length) bytes") { _ = try TarPictures(file, withLabels: true) } != nil)
    }
    let links = try fileBytes(fixture("pictures-pax.tar"))
    var random = SplitMix64(seed: 9)
    var refused = 0
    for _ in 0..<2000 {
      var damaged = links
      for _ in 0..<4 {
        damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        let pictures = try TarPictures(InputFile(bytes: damaged, name: "a.tar"), withLabels: true)
        for index in 0..<pictures.count {
          #expect(pictures.place(at: index).map { $0.lowerBound >= 512 && $0.upperBound <= damaged.count } ?? true)
        }
      } catch {
        refused += 1
      }
    }
    #expect(refused > 500)
  }

  @Test("A stream is as good as a file, and leaves nothing behind")
  func stream() throws {
    let scratch = try Scratch()
    let path = fixture("pictures-gnu.tar")
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    let bytes = try fileBytes(path)
    // As much as a pipe holds, so that nobody has to read meanwhile.
    try #require(write(ends[1], bytes, bytes.count) == bytes.count)
    close(ends[1])
    let missing = "\(scratch.path)/none/.zoo-stream.\(getpid())"
    #expect(
      problem { _ = try InputFile(stream: ends[0], name: "standard input", scratch: "\(scratch.path)/none") }
        == .file(.cannotCreate(missing, SystemError(ENOENT))))
    let file = try InputFile(stream: ends[0], name: "standard input", scratch: scratch.path)
    close(ends[0])
    let (streamed, read) = (try TarPictures(file, withLabels: true), try TarPictures(InputFile(path), withLabels: true))
    #expect(streamed.digest == read.digest && streamed.count == read.count)
    #expect(try directoryNames(scratch.path).isEmpty)
  }
}
