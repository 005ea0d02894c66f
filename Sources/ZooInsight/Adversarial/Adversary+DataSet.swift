import ZooImages
import ZooKit

/// How many of a data set's pictures an attack changes.
public struct AdversarialEvaluation: Sendable {
  /// One that was attacked.
  public struct Entry: Sendable {
    /// As the data set has it.
    public var name: String
    /// Its class, by the model's numbers.
    public var label: Int
    /// The class that it is taken for after it was read again.
    public var answer: Classification
    /// Whether the file that was read again is taken for another class.
    public var isChanged: Bool
    /// Whether it still is when saved as a JPEG.
    public var isChangedAfterJPEG: Bool
    /// How many steps the attack made.
    public var steps: Int
    /// Of the change.
    public var size: AdversarialPicture.Size
  }

  /// How many pictures were looked at.
  public var count = 0
  /// How many of those are classified correctly, as they are.
  public var correct = 0
  /// Those that were attacked: classified correctly, and not of the target class.
  public var entries: [Entry] = []

  /// Of those, how many are taken for the target, or, without one, for something else, as they were read again.
  public var changed: Int { entries.count(where: \.isChanged) }
  /// The number of pictures whose class a JPEG still changes.
  public var changedAfterJPEG: Int { entries.count(where: \.isChangedAfterJPEG) }
}

extension Adversary {
  /// Attacks the pictures of a data set that the model classifies correctly, `batch` at a time; each is written as PNG
  /// and read again.
  ///
  /// - Parameters:
  ///   - data: pictures whose classes are known.
  ///   - limit: how many pictures to look at
  ///   - folder: where the pictures are kept, made when it is not there; `nil` for nowhere
  ///   - overwrite: whether files in the folder may be replaced
  ///   - progress: how many of how many pictures are done; whether to go on
  ///   - found: told of each that succeeds
  /// - Throws: `ZooError.classFolders`, `.labelOutOfRange`, `.alreadyExists` or `.cannotWrite`; what an attack throws.
  /// - Returns: what was found out so far when it was not to go on.
  public func evaluate(
    _ data: DataSet, limit: Int? = nil, keepingIn folder: String? = nil, overwrite: Bool = false,
    progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true },
    found: (_ name: String, AdversarialPicture, ReadBack) -> Void = { _, _, _ in }
  ) throws -> AdversarialEvaluation {
    let classes = model.answer.classes
    let assignment = try model.assignment(of: data)
    if let folder {
      try FileSystem.makeFolder(folder)
      if !overwrite, try !FileSystem.list(folder).isEmpty { throw ZooError.alreadyExists(path: folder) }
    }
    let total = min(data.count, limit ?? data.count)
    var result = AdversarialEvaluation()
    for start in stride(from: 0, to: total, by: batch) {
      guard progress(start, total) else { return result }
      let indices = Array(start..<min(start + batch, total))
      let pictures = try indices.map { try data.picture(at: $0) }
      let labels = try indices.map { index in
        let label = assignment?.classes[data.label(at: index)] ?? data.label(at: index)
        guard (0..<classes).contains(label) else {
          throw ZooError.labelOutOfRange(label: label, outputs: classes, path: data.path)
        }
        return label
      }
      let correct = zip(try scores(of: pictures), labels).map { likeliest($0) == $1 }
      let attacked = indices.indices.filter { correct[$0] && labels[$0] != options.target }
      // One at a time where starts are at random, so that each has those of its own number.
      let groups = options.startsAtRandom ? attacked.map { [$0] } : [attacked]
      var made: [AdversarialPicture] = []
      for group in groups where !group.isEmpty {
        let found = try attack(
          group.map { pictures[$0] }, classes: group.map { labels[$0] }, first: indices[group[0]]
        ) { _, _ in progress(start, total) }
        guard let found else { return result }
        made += found
      }
      for (place, picture) in zip(attacked, made) {
        let name = data.name(at: indices[place])
        let reading: ReadBack
        if let folder {
          let path = "\(folder)/\(Self.fileName(indices[place], label: labels[place]))"
          try FileSystem.write(picture.picture.encodedAsPNG(), to: path, overwrite: overwrite)
          reading = try readBack(picture, from: path)
        } else {
          reading = try readBack(picture)
        }
        if reading.png.isAdversarial { found(name, picture, reading) }
        result.entries.append(
          AdversarialEvaluation.Entry(
            name: name, label: labels[place], answer: reading.png.top[0], isChanged: reading.png.isAdversarial,
            isChangedAfterJPEG: reading.jpeg.isAdversarial, steps: picture.steps, size: picture.size))
      }
      result.count += indices.count
      result.correct += correct.count { $0 }
    }
    _ = progress(total, total)
    return result
  }

  /// `00017-is-7.png`
  private static func fileName(_ index: Int, label: Int) -> String {
    let digits = "\(index)"
    return String(repeating: "0", count: max(0, 5 - digits.count)) + "\(digits)-is-\(label).png"
  }
}
