/// What each row of a matrix of codes is of: a picture and its class.
///
/// As text: one line for each row, in their order, with the picture's path, a tab and the name of the class; UTF-8, each line
/// ended by a line feed.
public struct CodeKeys: Hashable, Sendable {
  /// A picture and its class.
  public struct Key: Hashable, Sendable {
    /// The picture's path, relative to the data set's folder.
    public let path: String
    /// The name of its folder, or the class's label.
    public let className: String

    /// A picture by its path within the data set, with its class.
    public init(path: String, className: String) {
      self.path = path
      self.className = className
    }
  }

  /// In the order of the rows.
  public let keys: [Key]

  /// - Throws: `TransferError.keyCharacter` when a name is empty or contains a tab or a line break.
  public init(_ keys: [Key]) throws(TransferError) {
    for (row, key) in keys.enumerated() {
      for name in [key.path, key.className] where name.isEmpty || name.utf8.contains(where: Self.separators.contains) {
        throw .keyCharacter(row: row, name: name)
      }
    }
    self.keys = keys
  }

  /// Reads what `text` writes; a last line without a line feed, and carriage returns before line feeds, are read too.
  ///
  /// - Throws: `TransferError.keysNotUTF8`, or `.keyLine` for a line that is not two names with a tab between.
  public init(bytes: [UInt8]) throws(TransferError) {
    let newline = UInt8(ascii: "\n")
    var lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    var keys: [Key] = []
    keys.reserveCapacity(lines.count)
    for (index, line) in lines.enumerated() {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard let text = String(validating: line, as: UTF8.self) else { throw .keysNotUTF8(line: index + 1) }
      let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      guard fields.count == 2, fields.allSatisfy({ !$0.isEmpty }), !line.contains(UInt8(ascii: "\r")) else {
        throw .keyLine(line: index + 1, found: String(text.prefix(80)))
      }
      keys.append(
        Key(path: String(decoding: fields[0], as: UTF8.self), className: String(decoding: fields[1], as: UTF8.self)))
    }
    self.keys = keys
  }

  /// The lines of the file.
  public var text: String {
    keys.map { "\($0.path)\t\($0.className)\n" }.joined()
  }

  /// The names of the classes, each once, ordered by Unicode scalars.
  public var classes: [String] {
    Set(keys.map(\.className)).sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
  }

  private static let separators: [UInt8] = [UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r")]
}
