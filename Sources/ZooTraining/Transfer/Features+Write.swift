import ZooImages
import ZooKit
import ZooRuntime
import ZooTensor
import ZooWeights

extension Features {
  /// How codes are written.
  public struct Options: Hashable, Sendable {
    /// How many pictures are run together. The codes do not depend on it.
    public var batch: Int
    /// Whether pictures that cannot be read are left out and counted.
    public var skipsBad: Bool
    /// Whether a file that is there is replaced, and codes that were begun of something else are begun anew.
    public var overwrite: Bool

    /// - Parameters:
    ///   - batch: how many pictures at a time.
    ///   - skipsBad: whether pictures that cannot be read are left out, and not an error.
    ///   - overwrite: whether files that are there may be replaced.
    public init(batch: Int = 16, skipsBad: Bool = false, overwrite: Bool = false) {
      self.batch = batch
      self.skipsBad = skipsBad
      self.overwrite = overwrite
    }
  }

  /// What became of a data set.
  public struct Written: Hashable, Sendable {
    /// Where the codes, keys and record are.
    public let paths: FeaturesPaths
    /// What they were made of.
    public let record: FeaturesRecord
    /// How many codes were there already.
    public let continuedFrom: Int
    /// The pictures that were left out.
    public let skipped: [SkippedPicture]
  }

  /// A picture that was left out.
  public struct SkippedPicture: Hashable, Sendable {
    /// The file's name within the data set.
    public let name: String
    /// What is wrong with it; `nil` when an earlier run found that.
    public let reason: String?
  }

  /// Writes the codes of the first layer for every picture: an array `[pictures, width]` of float32, the keys of its
  /// rows, and a record of what they were made of.
  ///
  /// What is done is kept under other names until all is, and a call that finds it there goes on with it: with the same
  /// bits as if it had never been interrupted. Memory does not grow with the number of pictures.
  ///
  /// - Parameters:
  ///   - data: the pictures, in whose order rows are written.
  ///   - split: the part of the data that `data` is, to be remembered.
  ///   - path: ends in `.npy`; `FeaturesPaths` names the files beside it.
  ///   - options: how codes are written.
  ///   - progress: told how many of how many pictures are done.
  /// - Throws: `FeaturesError`, `TransferError.keyCharacter`, `ZooError.alreadyExists`, `.cannotWrite`, `WeightsError`,
  ///   `RuntimeError.batch`; `ImageError`, naming the picture, unless it is to be left out.
  /// - Returns: What became of the data set.
  public func write(
    _ data: DataSet, split: DataSet.Split = .train, to path: String, options: Options = Options(),
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> Written {
    let paths = try FeaturesPaths(path)
    guard (1...CompiledNetwork.maximumBatch).contains(options.batch) else {
      throw RuntimeError.batch(options.batch, expected: 1...CompiledNetwork.maximumBatch)
    }
    let mayReplace = options.overwrite || FeaturesInProgress.isEnding(paths)
    for path in [paths.codes, paths.keys, paths.record] { try FileSystem.checkFile(path, overwrite: mayReplace) }
    let classes = data.namesOfClasses
    let keys = try CodeKeys(
      (0..<data.count).map { CodeKeys.Key(path: data.name(at: $0), className: classes[data.labels[$0]]) })
    let record = try FeaturesRecord(self, of: data, split: split)
    let begun = try FeaturesInProgress(paths, record, keys: keys, overwrite: options.overwrite)
    var skipped = begun.skipped.map { SkippedPicture(name: data.name(at: $0), reason: nil) }
    progress(begun.position, data.count)
    var position = begun.position
    while position < data.count {
      let batch = position..<min(data.count, position + options.batch)
      let inputs = concurrentResults(batch.count, threads: model.threadCount) {
        try input(batch.lowerBound + $0, of: data)
      }
      var (rows, tensors): ([Int], [Tensor]) = ([], [])
      for (index, input) in zip(batch, inputs) {
        do {
          tensors.append(try input.get())
          rows.append(index)
        } catch let error as ImageError where options.skipsBad {
          skipped.append(SkippedPicture(name: data.name(at: index), reason: "\(error)"))
        } catch {
          try begun.keep()
          throw error
        }
      }
      if !tensors.isEmpty {
        try begun.append(codes(of: Model.stacked(tensors))[0], of: rows)
      }
      position = batch.upperBound
      progress(position, data.count)
    }
    let finished = try begun.finish(skipped: skipped.map(\.name), data: data.path)
    return Written(paths: paths, record: finished, continuedFrom: begun.continuedFrom, skipped: skipped)
  }
}
