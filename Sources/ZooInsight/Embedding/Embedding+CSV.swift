extension Embedding {
  /// The layout as CSV (RFC 4180, with line feeds): `picture,class,x,y`, a line for each code.
  ///
  /// - Parameters:
  ///   - names: what each code is of; its number when there are none.
  ///   - classes: the name of the class of each code; empty fields when there are none.
  /// - Throws: `EmbeddingError.nameCount` or `.labelCount`.
  /// - Returns: The whole text.
  public func csv(names: [String] = [], classes: [String] = []) throws(EmbeddingError) -> String {
    guard names.isEmpty || names.count == count else { throw .nameCount(rows: count, names: names.count) }
    guard classes.isEmpty || classes.count == count else { throw .labelCount(rows: count, labels: classes.count) }
    var text = "picture,class,x,y\n"
    for row in 0..<count {
      let name = names.isEmpty ? "\(row)" : Self.field(names[row])
      let label = classes.isEmpty ? "" : Self.field(classes[row])
      text += "\(name),\(label),\(x[row]),\(y[row])\n"
    }
    return text
  }

  private static func field(_ text: String) -> String {
    let special: [Character] = [",", "\"", "\n", "\r", "\r\n"]
    guard text.contains(where: special.contains) else { return text }
    return "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
  }
}
