import Testing
import ZooSpec

/// The YAML that a definition may use, and where things are in it.
struct YAMLReaderTests {
  private func read(_ text: String) throws -> YAMLNode {
    let (root, complaints) = YAMLReader.read(SourceFile(path: "x.yaml", text: text))
    try #require(complaints.isEmpty, "\(complaints)")
    return try #require(root)
  }

  @Test(
    arguments: [
      ("~", .null), ("null", .null), ("", .null), ("true", .boolean(true)), ("FALSE", .boolean(false)),
      ("no", .string("no")), ("yes", .string("yes")), ("on", .string("on")), ("y", .string("y")),
      ("12", .integer(12)), ("-7", .integer(-7)), ("+7", .integer(7)), ("010", .integer(10)), ("0o17", .integer(15)),
      ("0x1F", .integer(31)), ("0xg", .string("0xg")), ("0o8", .string("0o8")), ("1_000", .string("1_000")),
      ("9223372036854775808", .hugeInteger), ("0xffffffffffffffffff", .hugeInteger), ("1e-4", .number(1e-4)),
      ("1.", .number(1)), (".5", .number(0.5)), ("-1.5E+3", .number(-1500)), ("1e999", .number(.infinity)),
      (".inf", .number(.infinity)), ("-.INF", .number(-.infinity)), (".", .string(".")), ("1e", .string("1e")),
      ("--", .string("--")), ("1.2.3", .string("1.2.3")), ("1:30", .string("1:30")),
      ("2012-01-01", .string("2012-01-01")),
      ("'12'", .string("12")), ("\"true\"", .string("true")), ("infinity", .string("infinity")),
      ("nan", .string("nan")), ("0x1p3", .string("0x1p3")),
    ] as [(String, YAMLScalar)])
  func `a scalar has the type of the core schema`(text: String, value: YAMLScalar) throws {
    guard case .mapping(let pairs) = try read("a: \(text)").content else {
      Issue.record("no mapping for \(text)")
      return
    }
    #expect(pairs[0].value.scalar == value, "\(text)")
  }

  @Test func `every node has a start, an end, and for an alias where it is written`() throws {
    let root = try read("a: &x {k: 'v'}\né: [*x,\n  more]\n")
    guard case .mapping(let pairs) = root.content, case .mapping(let inner) = pairs[0].value.content,
      case .sequence(let items) = pairs[1].value.content, case .mapping(let copy) = items[0].content
    else {
      Issue.record("unexpected tree")
      return
    }
    func place(_ range: SourceRange?) -> String {
      range.map { "\($0.start.line):\($0.start.column)-\($0.end.line):\($0.end.column)" } ?? "-"
    }
    #expect(place(inner[0].value.range) == "1:11-1:14")
    #expect(place(inner[0].value.alias) == "-")
    #expect(place(copy[0].value.range) == "1:11-1:14")
    #expect(place(copy[0].value.alias) == "2:5-2:7")
    #expect(place(items[1].range) == "3:3-3:7")
    #expect(place(pairs[1].key.range) == "2:1-2:2")
  }

  @Test func `a merge gives what is missing, the earlier mapping first`() throws {
    let root = try read("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {z: 3, <<: [*a, *b]}\n")
    guard case .mapping(let pairs) = root.content else { return }
    func entries(_ node: YAMLNode) -> [String] {
      guard case .mapping(let pairs) = node.content else { return [] }
      return pairs.map { "\($0.name)=\($0.value.text ?? "")" }.sorted()
    }
    #expect(entries(pairs[2].value) == ["x=1", "y=1", "z=3"])
    #expect(pairs.count == 3)
  }

  @Test func `a byte order mark and all line breaks of YAML are understood`() throws {
    let (_, complaints) = YAMLReader.read(
      SourceFile(path: "x.yaml", text: "\u{FEFF}a: 1\r\nb: 2\rc: 3\u{85}d: 4\u{2028}a: 5\n"))
    #expect(complaints.map { $0.range.description } == ["x.yaml:5:1"])
    #expect(
      complaints.first?.render(SourceFile(path: "x.yaml", text: "a: 1\r\nb: 2\rc: 3\u{85}d: 4\u{2028}a: 5\n")) == """
        x.yaml:5:1: error: the key 'a' is written twice
            5 | a: 5
              | ^
        x.yaml:1:1: note: 'a' is first written here

        """)
  }
}
