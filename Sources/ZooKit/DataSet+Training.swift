import ZooTensor
import ZooWeights

extension DataSet {
  /// The pictures to train on, and those to measure with.
  public struct TrainingParts: Sendable {
    /// To learn from.
    public let training: DataSet
    /// `nil` when there is no part for it and none was held out.
    public let validation: DataSet?
    /// Whether the validation pictures are a share of the training data; else they are a part of their own.
    public let isHeldOut: Bool

    /// Two data sets of the same classes, or one.
    public init(training: DataSet, validation: DataSet?, isHeldOut: Bool) {
      self.training = training
      self.validation = validation
      self.isHeldOut = isHeldOut
    }
  }

  /// The shares of the pictures that can be held out.
  public static let allowedShares = 0...0.9

  /// Opens a folder for training: its training part, and for validation its `val/` or `test/`, the test files of IDX
  /// and CIFAR, or else a share of the pictures of each class.
  ///
  /// Both parts number their classes alike, in the order of the training data's folders.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - share: of the pictures, where there is no part for validation; 0 holds nothing out.
  ///   - seed: decides which pictures are held out.
  /// - Throws: `DataSetProblem`, and as `open(_:split:)`.
  /// - Returns: The pictures to train on, and those to measure with.
  public static func openForTraining(_ path: String, holdingOut share: Double, seed: UInt64) throws -> TrainingParts {
    let training = try open(path, split: .train)
    if let classNames = training.classNames {
      let found = Set(training.labels)
      let empty = classNames.indices.filter { !found.contains($0) }.map { classNames[$0] }
      guard empty.isEmpty else { throw DataSetProblem.emptyClasses(path: training.path, empty) }
    }
    if let validation = try validationPart(path, of: training) {
      return TrainingParts(training: training, validation: validation, isHeldOut: false)
    }
    let (kept, heldOut) = try training.holdingOut(share, seed: seed)
    guard !heldOut.isEmpty else { return TrainingParts(training: training, validation: nil, isHeldOut: false) }
    return TrainingParts(training: training.subset(kept), validation: training.subset(heldOut), isHeldOut: true)
  }

  private static func validationPart(_ path: String, of training: DataSet) throws -> DataSet? {
    let part: DataSet
    do {
      part = try open(path, split: .test)
    } catch ZooError.dataSetNotRecognised {
      return nil
    }
    // Without parts, the folders of the classes are all there is for either purpose.
    guard part.kind == training.kind, part.kind != .folders || part.path != training.path else { return nil }
    guard let classNames = training.classNames, let names = part.classNames else { return part }
    let numbers = Dictionary(uniqueKeysWithValues: zip(classNames, classNames.indices))
    let used = Set(part.labels)
    let unknown = names.indices.filter { used.contains($0) && numbers[names[$0]] == nil }.map { names[$0] }
    guard unknown.isEmpty else { throw DataSetProblem.unknownClasses(path: part.path, unknown) }
    return DataSet(
      kind: part.kind, path: part.path, labels: part.labels.map { numbers[names[$0]] ?? $0 }, classNames: classNames,
      classNamesOfAllParts: part.classNamesOfAllParts, imagesWithoutClass: part.imagesWithoutClass, files: part.files,
      name: { part.name(at: $0) }, picture: { try part.picture(at: $0) })
  }

  /// How many classes there are: as many as have names or the format has, else one more than the largest label.
  public var classCount: Int {
    switch kind {
    case .cifar10: 10
    case .cifar100: 100
    case .idx, .folders: classNames?.count ?? (labels.max() ?? -1) + 1
    }
  }

  /// How many pictures each class has.
  public var classCounts: [Int] {
    labels.reduce(into: [Int](repeating: 0, count: max(classCount, (labels.max() ?? -1) + 1))) { $0[$1] += 1 }
  }

  /// The pictures at these places, in this order. Their names are the same.
  public func subset(_ indices: [Int]) -> DataSet {
    DataSet(
      kind: kind, path: path, labels: indices.map { labels[$0] }, classNames: classNames,
      classNamesOfAllParts: classNamesOfAllParts, imagesWithoutClass: imagesWithoutClass, files: files,
      name: { name(at: indices[$0]) }, picture: { try picture(at: indices[$0]) })
  }

  /// The places of the pictures that are kept, and of those that are held out, both in order: of each class the same share,
  /// rounded, but at least one and not all where the class has two.
  ///
  /// - Throws: `DataSetProblem.share`.
  public func holdingOut(_ share: Double, seed: UInt64) throws(DataSetProblem) -> (kept: [Int], heldOut: [Int]) {
    guard Self.allowedShares.contains(share) else { throw .share(share) }
    var places: [Int: [Int]] = [:]
    for (index, label) in labels.enumerated() { places[label, default: []].append(index) }
    var isHeldOut = [Bool](repeating: false, count: count)
    for (label, places) in places where share > 0 && places.count > 1 {
      let random = CounterRandom(seed: seed, purpose: .validation, UInt64(label))
      let number = min(max(1, Int((share * Double(places.count)).rounded())), places.count - 1)
      let keys = places.indices.map(random.bits)
      for place in places.indices.sorted(by: { (keys[$0], $0) < (keys[$1], $1) }).prefix(number) {
        isHeldOut[places[place]] = true
      }
    }
    return (labels.indices.filter { !isHeldOut[$0] }, labels.indices.filter { isHeldOut[$0] })
  }

  /// The SHA-256 of what tells this data from other data, in hexadecimal: for folders the names of the classes, and the
  /// paths of all files with their sizes; otherwise the names of the files and their contents. That of a subset is that of
  /// the whole.
  ///
  /// - Throws: `ZooError.inputMissing`, `.cannotRead` or `.fileTooLarge`, when files have changed meanwhile.
  public func digest() throws -> String {
    var hash = SHA256()
    func add(_ line: String) { hash.update("\(line)\n".utf8) }
    add(kind.rawValue)
    for name in classNames ?? [] { add("class \(name)") }
    for file in files.sorted() {
      let path = "\(path)/\(file)"
      switch kind {
      case .folders: add("\(FileSystem.size(of: path)) \(file)")
      case .idx, .cifar10, .cifar100:
        add("\(SHA256.digest(of: try FileSystem.read(path, limit: 1 << 30)).hexadecimal) \(file)")
      }
    }
    return hash.digest.hexadecimal
  }
}

extension DataSet {
  /// The names of the classes in their order; their numbers where the data have no names.
  package var namesOfClasses: [String] { classNames ?? (0..<classCounts.count).map(String.init) }
}

extension [UInt8] {
  /// Two digits for each byte.
  package var hexadecimal: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
