/// Codes of pictures whose classes are known.
public struct Codes: Sendable {
  /// A row for each picture.
  public let rows: any CodeRows
  /// The class of each row, an index into `classes`.
  public let labels: [Int]
  /// The names of the classes.
  public let classes: [String]
  /// How many rows each class has.
  public let support: [Int]

  /// The numbers of a code.
  public var width: Int { rows.width }
  /// The number of pictures.
  public var count: Int { labels.count }

  /// - Throws: `TransferError.noCodes`, `.labelCount`, `.labelOutOfRange`, `.sameClassName`.
  public init(rows: any CodeRows, labels: [Int], classes: [String]) throws(TransferError) {
    guard rows.count > 0, rows.width > 0 else { throw .noCodes }
    guard labels.count == rows.count else { throw .labelCount(rows: rows.count, labels: labels.count) }
    var support = [Int](repeating: 0, count: classes.count)
    for (row, label) in labels.enumerated() {
      guard classes.indices.contains(label) else {
        throw .labelOutOfRange(row: row, label: label, classes: classes.count)
      }
      support[label] += 1
    }
    var seen = Set<String>()
    for name in classes where !seen.insert(name).inserted { throw .sameClassName(name) }
    self.rows = rows
    self.labels = labels
    self.classes = classes
    self.support = support
  }

  /// Codes with the keys that were written beside them; classes are numbered in the order of `classes`, or in that of
  /// their names (by Unicode scalars) when that is `nil`.
  ///
  /// - Throws: `TransferError`; `.classUnknown` when a key names a class that is not among `classes`.
  public init(rows: any CodeRows, keys: CodeKeys, classes: [String]? = nil) throws(TransferError) {
    guard keys.keys.count == rows.count else { throw .keyCount(rows: rows.count, keys: keys.keys.count) }
    let names = classes ?? keys.classes
    let indices = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    var labels: [Int] = []
    for (row, key) in keys.keys.enumerated() {
      guard let label = indices[key.className] else { throw .classUnknown(row: row, name: key.className) }
      labels.append(label)
    }
    try self.init(rows: rows, labels: labels, classes: names)
  }
}
