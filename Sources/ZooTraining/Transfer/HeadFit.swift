import ZooGraph
import ZooKernels
import ZooKit
import ZooTensor

/// A linear classifier of codes from files, and the network that it becomes the last layer of.
///
///     let work = try HeadFit(["codes.npy"])
///     let result = try work.fit()
///     try work.write(result, to: "head.zoow")
///     try Model("head.zoow").classify(path: "picture.jpg")
public struct HeadFit: Sendable {
  /// Where the classifier can be written to.
  public enum Destination: Sendable {
    /// A network that made the codes and reads them in its last layer, with its weights.
    case network(Network, LoadedWeights)
    /// Tensors by themselves.
    case tensors(HeadObstacle)
  }

  /// What came of a fit.
  public struct Result: Sendable {
    /// The fitted classifier, of codes as they were given.
    public let classifier: LinearClassifier
    /// What the classifier answers to codes that it was not fitted to.
    public let test: LinearClassifier.Evaluation?
    /// What to keep in mind of the numbers, the gravest first.
    public let cautions: [Caution]
  }

  /// To be learnt from.
  public let codes: Codes
  /// To be measured with; `nil` where there are none.
  public let test: Codes?
  /// What the classifier becomes.
  public let destination: Destination
  /// What the codes were made of, as far as that is known.
  public let record: FeaturesRecord?
  /// What the network was found by.
  public let reference: String?

  /// Opens codes, and the network that made them.
  ///
  /// Classes are numbered as the data were that the codes were made of; without a record in the order of their names.
  ///
  /// - Parameters:
  ///   - paths: files of codes of one layer, which are put one below the other.
  ///   - test: codes to measure with.
  ///   - model: what the network is found by; `nil` for what is recorded beside the codes.
  ///   - weights: as above.
  /// - Throws: `FeaturesError`, `TransferError`; what finding and loading the network throws.
  public init(
    _ paths: [String], test: String? = nil, model: String? = nil, weights: WeightSource? = nil
  ) throws {
    let files = try paths.map { try FeaturesFile($0) }
    let testFile = try test.map { try FeaturesFile($0) }
    record = try Self.commonRecord(files + (testFile.map { [$0] } ?? []))
    let rows = try JoinedRows(files)
    let classes = Self.classes(of: files)
    codes = try Codes(rows: rows, keys: CodeKeys(files.flatMap(\.keys.keys)), classes: classes)
    if let testFile {
      guard testFile.width == rows.width else {
        throw FeaturesError.inFile(
          path: testFile.paths.codes,
          .codesDiffer(
            expectedWidth: rows.width, foundWidth: testFile.width, expectedClasses: classes.count,
            foundClasses: classes.count))
      }
      do throws(TransferError) {
        self.test = try Codes(rows: testFile, keys: testFile.keys, classes: classes)
      } catch {
        throw FeaturesError.inFile(path: testFile.paths.keys, error)
      }
    } else {
      self.test = nil
    }
    reference = model ?? record?.model
    guard let reference else {
      if weights != nil { throw FeaturesError.weightsWithoutNetwork }
      destination = .tensors(.networkUnknown)
      return
    }
    let source = try weights ?? record?.weights.map(WeightSource.init(argument:)) ?? .automatic
    let network = try Network.find(reference)
    let loaded = try LoadedWeights.load(source, for: network)
    if let record { try Self.check(network, loaded, source, against: record, path: files[0].paths.codes) }
    let obstacle = network.obstacle(
      toClassifying: record?.layer, isPooled: record?.pooled ?? false, width: rows.width)
    destination = obstacle.map(Destination.tensors) ?? .network(network, loaded)
  }

  /// What is said beside the files, which must not contradict each other.
  private static func commonRecord(_ files: [FeaturesFile]) throws(FeaturesError) -> FeaturesRecord? {
    let recorded = files.compactMap { file in file.record.map { (file.paths.codes, $0) } }
    guard let (first, record) = recorded.first else { return nil }
    for (path, other) in recorded.dropFirst() {
      let differences = record.differences(from: other).filter { !FeaturesRecord.fieldsOfData.contains($0.field) }
      if let difference = differences.first { throw .filesDiffer(path: path, first: first, difference) }
    }
    return record
  }

  /// The classes of all files, in the order of the data that were recorded, then by their names.
  private static func classes(of files: [FeaturesFile]) -> [String] {
    var (names, seen) = ([String](), Set<String>())
    for name in files.flatMap({ $0.record?.classes ?? [] }) where seen.insert(name).inserted { names.append(name) }
    let others = Set(files.flatMap { $0.keys.classes }).subtracting(seen)
    return names + others.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
  }

  private static func check(
    _ network: Network, _ weights: LoadedWeights, _ source: WeightSource, against record: FeaturesRecord, path: String
  ) throws {
    let now = try record.replacing(
      model: network.name, digest: Package.definitionDigest(of: network), weights: source.argument,
      digest: weights.digest())
    if let difference = record.differences(from: now).first { throw FeaturesError.changed(path: path, difference) }
  }

  /// How to find λ: by trying these values, or those of the standard grid, on codes left out. One that cannot be tried, because
  /// no class has two pictures, is taken as it is.
  public func regularisation(_ values: [Double]?) -> LinearClassifier.Regularisation {
    guard let values else { return .crossValidated() }
    if values.count == 1, codes.support.allSatisfy({ $0 < 2 }) { return .fixed(values[0]) }
    return .crossValidated(values)
  }

  /// Fits a classifier and measures it.
  ///
  /// - Parameters:
  ///   - options: what is fitted, and how.
  ///   - threads: `nil` for one per processor. The result does not depend on it.
  ///   - progress: told about each iteration; what it throws ends the fit.
  /// - Throws: as `LinearClassifier.fit`.
  /// - Returns: The classifier, and how well it does.
  public func fit(
    _ options: LinearClassifier.Options = LinearClassifier.Options(), threads: Int? = nil,
    progress: (LinearClassifier.Progress) throws -> Void = { _ in }
  ) throws -> Result {
    let pool = ThreadPool(threads: threads)
    let parallel: LinearClassifier.Parallel = { pool.parallel($0, $1) }
    let classifier = try LinearClassifier.fit(codes, options: options, parallel: parallel, progress: progress)
    let evaluation = try test.map { try classifier.evaluate($0, parallel: parallel) }
    return Result(
      classifier: classifier, test: evaluation,
      cautions: Caution.all(of: classifier.report, support: codes.support, test: evaluation))
  }
}
