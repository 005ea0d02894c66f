/// Rows of text in aligned columns, as wide as the terminal has room for.
///
/// Where standard output is no terminal a table is as wide as it needs to be. On a terminal columns that matter less are left
/// out, the least first, and long text goes on in further lines.
struct TextTable {
  enum Alignment {
    case left
    case right
  }

  /// A column's title, with the unit of its numbers, and what becomes of it where there is no room.
  struct Column {
    let title: String
    let alignment: Alignment
    /// Columns with a larger number are left out first; `nil` for what is never left out.
    let rank: Int?

    /// - Parameters:
    ///   - title: the heading, with the unit
    ///   - alignment: on which side cells begin
    ///   - rank: columns with a larger number are left out first; those without one never are
    init(_ title: String, _ alignment: Alignment, droppedAs rank: Int? = nil) {
      self.title = title
      self.alignment = alignment
      self.rank = rank
    }
  }

  /// What stands in a column: for a person, and for a program.
  struct Cell: ExpressibleByStringInterpolation {
    let text: String
    /// Without separators and units.
    let plain: String

    init(_ text: String, plain: String) {
      (self.text, self.plain) = (text, plain)
    }

    init(stringLiteral text: String) { self.init(text, plain: text) }

    static func text(_ text: String) -> Cell { Cell(text, plain: text) }
    /// A count: `11,689,512`, and in plain `11689512`.
    static func count(_ number: Int) -> Cell { Cell(NumberFormat.grouped(number), plain: "\(number)") }
    /// Bytes under a heading in MB, which are powers of 1000; in plain all digits.
    static func megabytes(_ count: Int) -> Cell {
      let megabytes = Double(count) / 1e6
      return Cell(
        NumberFormat.fixed(megabytes, count < 100_000 && count > 0 ? 3 : 1), plain: NumberFormat.fixed(megabytes, 6))
    }
    /// A part of a whole under a heading in per cent; nothing of nothing.
    static func share(_ part: Int, of whole: Int) -> Cell {
      .text(whole > 0 ? NumberFormat.fixed(100 * Double(part) / Double(whole), 2) : "")
    }
  }

  private let columns: [Column]
  private var rows: [[Cell]] = []
  /// No wrapped column gets narrower.
  private static let leastWrapped = 16

  init(_ columns: [Column]) {
    self.columns = columns
  }

  init(_ columns: [(title: String, alignment: Alignment)]) {
    self.init(columns.map { Column($0.title, $0.alignment) })
  }

  /// - Precondition: as many cells as there are columns.
  mutating func append(_ cells: [Cell]) {
    precondition(cells.count == columns.count)
    rows.append(cells)
  }

  /// - Precondition: as many cells as there are columns.
  mutating func append(_ cells: [String]) { append(cells.map(Cell.text)) }

  /// The lines for standard output.
  var lines: [String] { lines(width: Console.width) }

  /// For programs: cells between tabs, the titles first, every column, no separators in numbers.
  ///
  /// A tab or a line break within a cell is a space, so that lines and fields can be counted on.
  var plainLines: [String] {
    ([columns.map(\.title)] + rows.map { $0.map(\.plain) }).map { cells in
      cells.map { $0.map { $0 == "\t" || $0.isNewline ? " " : "\($0)" }.joined() }.joined(separator: "\t")
    }
  }

  /// Prints it, for a person or for a program.
  func print(plain: Bool = false) { (plain ? plainLines : lines).forEach(Console.result) }

  /// The lines, columns two spaces apart, without trailing blanks.
  ///
  /// - Parameter width: the characters of a line; `nil` for as many as are needed.
  /// - Returns: the titles, the rows, and which columns had no room.
  func lines(width: Int?) -> [String] {
    var widths = columns.indices.map { column in
      max(columns[column].title.count, rows.map { $0[column].text.count }.max() ?? 0)
    }
    var shown = Array(columns.indices)
    guard let width else { return lines(shown, widths) }
    // Names, which come first, stay whole.
    let least = columns.indices.map { column in
      columns[column].alignment == .left && column > 0
        ? min(widths[column], max(Self.leastWrapped, columns[column].title.count)) : widths[column]
    }
    func room(_ widths: [Int]) -> Int { shown.map { widths[$0] }.reduce(0, +) + 2 * shown.count - 2 }
    while room(least) > width,
      let dropped = shown.filter({ columns[$0].rank != nil }).max(by: { columns[$0].rank ?? 0 < columns[$1].rank ?? 0 })
    {
      shown.removeAll { $0 == dropped }
    }
    while room(widths) > width,
      let widest = shown.filter({ widths[$0] > least[$0] }).max(by: { widths[$0] < widths[$1] })
    {
      widths[widest] -= 1
    }
    let missing = columns.indices.filter { !shown.contains($0) }.map { columns[$0].title }
    guard !missing.isEmpty else { return lines(shown, widths) }
    let note =
      "(no room for \(missing.joined(separator: ", ")); a wider terminal shows \(missing.count == 1 ? "it" : "them"))"
    return lines(shown, widths) + note.wrapped(to: width)
  }

  private func lines(_ shown: [Int], _ widths: [Int]) -> [String] {
    ([columns.map(\.title)] + rows.map { $0.map(\.text) }).flatMap { row in
      let pieces = shown.map { column in row[column].wrapped(to: widths[column]) }
      return (0..<(pieces.map(\.count).max() ?? 1)).map { index in
        var line = ""
        for (offset, column) in shown.enumerated() {
          let cell = index < pieces[offset].count ? pieces[offset][index] : ""
          let padding = String(repeating: " ", count: max(0, widths[column] - cell.count))
          if offset > 0 { line += "  " }
          line += columns[column].alignment == .right ? padding + cell : cell + padding
        }
        while line.last == " " { line.removeLast() }
        return line
      }
    }
  }
}

extension String {
  /// The text in lines of at most so many characters, broken at blanks where there are some.
  func wrapped(to width: Int) -> [String] {
    guard count > width, width > 0 else { return [self] }
    var lines: [String] = []
    var line = ""
    for word in split(separator: " ", omittingEmptySubsequences: false) {
      var word = String(word)
      if !line.isEmpty, line.count + 1 + word.count <= width {
        line += " " + word
        continue
      }
      if !line.isEmpty { lines.append(line) }
      while word.count > width {
        lines.append(String(word.prefix(width)))
        word = String(word.dropFirst(width))
      }
      line = word
    }
    return line.isEmpty ? lines : lines + [line]
  }
}
