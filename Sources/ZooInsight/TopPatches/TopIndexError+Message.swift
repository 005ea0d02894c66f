extension TopIndexError: CustomStringConvertible {
  /// The message for a person, with the file and what was expected and found.
  public var description: String {
    switch self {
    case .notAnIndex(let path):
      "\(path): not an index of top patches; it should begin with 'zootop'"
    case .version(let version, let path):
      "\(path): an index of version \(version); this zoo reads version \(TopIndex.version)"
    case .damaged(let path, let what):
      "\(path): the index is damaged: \(what); remove it and make it anew"
    case .incomplete(let path, let done, let count):
      "\(path): the index has \(done) of \(count) pictures; go on with it until it is complete"
    case .ofSomethingElse(let path, let differences, let isBegun):
      "\(path): \(isBegun ? "what was begun there" : "the index there") has \(Self.list(differences)); \(isBegun ? "go on with the same, or begin anew" : "name another file, or replace it")"
    case .differ(let paths, let differences):
      "\(paths.joined(separator: " and ")) cannot be merged: the second has \(Self.list(differences)); merge parts of one data set, made with the same options"
    case .pictureInBoth(let name):
      "'\(name)' is in two of the indexes and would count twice; merge parts that have no picture in common"
    case .nothingToMerge:
      "merging takes at least two indexes"
    case .count(let count):
      "\(count) patches for each unit cannot be kept; choose from \(TopIndex.counts.lowerBound) to \(TopIndex.counts.upperBound)"
    case .tooLarge(let layer, let shape, let pictures):
      "the units of '\(layer)', \(shape), for \(pictures) \(pictures == 1 ? "picture" : "pictures") are more than an index holds (\(TopIndex.maximumUnits) units, 1 GiB); choose another layer, fewer patches or a part of the pictures"
    case .nameTooLong(let start):
      "the name '\(start)…' is longer than an index holds, \(TopIndex.maximumTextSize) bytes"
    case .pictureMissing(let name, let folder):
      "\(folder): the index was made with '\(name)', which is not there as it was; make the index anew"
    }
  }

  private static func list(_ fields: [Field]) -> String {
    fields.map { field in
      switch field {
      case .pictures: "other pictures"
      case .weights: "other weights"
      case .numerics: "other numerics"
      case .model, .layer, .count: "another \(field.rawValue)"
      }
    }.joined(separator: " and ")
  }
}
