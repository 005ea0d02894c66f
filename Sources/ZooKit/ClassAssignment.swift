import ZooTensor

/// Which of a network's classes each folder of a data set stands for, and how that was found out.
///
/// A folder is matched by its name alone: with a label, else with a label that differs in case, in `_` for a blank or in
/// leading zeros, else with a WordNet identifier. Where no folder is matched so, and all names are numbers, they are the
/// numbers of classes, from 0. Where no name says anything, there must be a folder for each class, and they are taken in
/// the order of their names, as PyTorch's `ImageFolder` does. Everything else is refused.
public struct ClassAssignment: Hashable, Sendable {
  /// What the name of a folder says.
  public enum Basis: String, Hashable, Sendable, CaseIterable {
    case label
    case wordNetID = "wnid"
    case number
    /// Nothing: the place among the other folders counts.
    case order
  }

  /// A folder that was taken for a label in spite of its spelling.
  public struct Respelling: Hashable, Sendable {
    /// Its name.
    public let folder: String
    /// The label that it was taken for.
    public let label: String
  }

  /// The class of each folder.
  public let classes: [Int]
  /// The basis of each folder's class, each once, the most certain first.
  public let bases: [Basis]
  /// Folders that are spelt in another way than their labels.
  public let respellings: [Respelling]

  /// - Parameters:
  ///   - folders: the names of the folders, in any order.
  ///   - family: the folders of all parts of the data; a part may lack a class.
  ///   - labels: the names of the classes; `nil` where they have numbers only.
  ///   - outputs: the number of classes.
  /// - Throws: `ClassFolderProblem` with the first thing that is wrong.
  public init(
    folders: [String], amongst family: [String], labels: Labels?, outputs: Int
  ) throws(ClassFolderProblem) {
    let family = Set(family + folders).sorted()
    let names = LabelNames(labels, count: outputs)
    var matches: [LabelNames.Match?] = []
    for folder in folders { matches.append(try names.match(folder)) }
    let unmatched = folders.indices.filter { matches[$0] == nil }
    if unmatched.count == folders.count, !folders.isEmpty {
      (classes, bases) = try Self.unnamed(folders, amongst: family, names, outputs: outputs)
      respellings = []
    } else if let first = unmatched.first {
      throw .unmatched(
        folders: unmatched.map { folders[$0] }, matched: folders.count - unmatched.count,
        suggestions: names.suggestions(for: folders[first]))
    } else {
      let matches = matches.compactMap(\.self)
      classes = matches.map(\.index)
      bases = Basis.allCases.filter { basis in matches.contains { $0.basis == basis } }
      respellings = zip(folders, matches).compactMap { folder, match in
        match.respelled.map { Respelling(folder: folder, label: $0) }
      }
    }
    var folderOfClass: [Int: String] = [:]
    for (folder, index) in zip(folders, classes) {
      guard let other = folderOfClass.updateValue(folder, forKey: index) else { continue }
      throw .sameClass(folders: [other, folder], index: index, label: labels?[index]?.name)
    }
  }

  /// The classes of folders whose names are neither labels nor identifiers.
  private static func unnamed(
    _ folders: [String], amongst family: [String], _ names: LabelNames, outputs: Int
  ) throws(ClassFolderProblem) -> ([Int], [Basis]) {
    let numbers = folders.compactMap(\.decimalNumber)
    guard numbers.count == folders.count else {
      guard family.count == outputs else {
        throw .unknown(
          folders: family, outputs: outputs, hasLabels: names.count > 0,
          suggestions: names.suggestions(for: folders[0]))
      }
      return (folders.map { family.firstIndex(of: $0) ?? 0 }, [.order])
    }
    // Labels that are numbers mean something else than the places of classes.
    if names.haveNumbers { throw .unmatched(folders: folders, matched: 0, suggestions: []) }
    let all = family.compactMap(\.decimalNumber).sorted()
    if all.first == 1, all == Array(1...all.count) { throw .numberedFromOne(last: all.count, outputs: outputs) }
    for (folder, number) in zip(folders, numbers) where number >= outputs {
      throw .numberOutOfRange(folder: folder, outputs: outputs)
    }
    return (numbers, [.number])
  }
}

extension ClassAssignment: CustomStringConvertible {
  /// `matched by label and WordNet identifier`
  public var description: String {
    let words = bases.compactMap { basis in
      switch basis {
      case .label: "label"
      case .wordNetID: "WordNet identifier"
      case .number: "number"
      case .order: nil
      }
    }
    return words.isEmpty ? "in the order of their names" : "matched by \(words.joined(separator: " and "))"
  }
}

/// Why the folders of a data set are not the classes of a network. The words are in `ZooError+Message.swift`.
public enum ClassFolderProblem: Error, Hashable, Sendable {
  /// Folders that mean no class, beside others that do; the suggestions are for the first.
  case unmatched(folders: [String], matched: Int, suggestions: [String])
  /// No folder means a class, and there are not as many as classes.
  case unknown(folders: [String], outputs: Int, hasLabels: Bool, suggestions: [String])
  /// Several classes have the name.
  case ambiguous(folder: String, classes: [Int])
  case sameClass(folders: [String], index: Int, label: String?)
  case numberOutOfRange(folder: String, outputs: Int)
  /// Numbers from 1 on, without 0: whether 1 is the first class or the second is not known.
  case numberedFromOne(last: Int, outputs: Int)
}

/// The names under which classes are known.
private struct LabelNames {
  struct Match {
    var index: Int
    var basis: ClassAssignment.Basis
    /// The label, where the folder's name is not exactly that.
    var respelled: String?
  }

  private let labels: [Labels.Label]
  private var exact: [String: [Int]] = [:]
  private var similar: [String: [Int]] = [:]
  private var identifiers: [String: Int] = [:]

  init(_ labels: Labels?, count: Int) {
    self.labels = Array((labels?.labels ?? []).prefix(count))
    for (index, label) in self.labels.enumerated() {
      exact[label.name, default: []].append(index)
      similar[Self.folded(label.name), default: []].append(index)
      if let id = label.wordNetID { identifiers[id.lowercased()] = index }
    }
  }

  var count: Int { labels.count }
  var haveNumbers: Bool { labels.contains { $0.name.decimalNumber != nil } }

  /// - Returns: `nil` when no class has the name.
  func match(_ folder: String) throws(ClassFolderProblem) -> Match? {
    if let classes = exact[folder] {
      guard classes.count == 1 else { throw .ambiguous(folder: folder, classes: classes) }
      return Match(index: classes[0], basis: .label)
    }
    if let index = identifiers[folder.lowercased()] { return Match(index: index, basis: .wordNetID) }
    guard let classes = similar[Self.folded(folder)] else { return nil }
    guard classes.count == 1 else { throw .ambiguous(folder: folder, classes: classes) }
    return Match(index: classes[0], basis: .label, respelled: labels[classes[0]].name)
  }

  /// None for a number, whose neighbours are no misspellings.
  func suggestions(for folder: String) -> [String] {
    folder.decimalNumber != nil ? [] : folder.near(among: labels.map(\.name))
  }

  /// What names that a person takes for the same have in common.
  private static func folded(_ name: String) -> String {
    if name.decimalNumber != nil {
      let digits = name.drop { $0 == "0" }
      return digits.isEmpty ? "0" : String(digits)
    }
    return name.lowercased().replacing("_", with: " ")
  }
}

extension String {
  /// The number that ASCII digits alone make; the largest one for those that are larger still.
  fileprivate var decimalNumber: Int? {
    guard !isEmpty, utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
    return Int(self) ?? .max
  }
}
