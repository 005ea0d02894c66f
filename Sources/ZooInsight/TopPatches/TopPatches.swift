import ZooGraph
import ZooImages
import ZooKit
import ZooTensor
import ZooWeights

/// Looks for the pictures and patches that excite each unit of a layer most: one pass over a folder, in memory that depends on
/// the layer and on the names of the pictures.
///
/// Girshick et al. (2014) show units so: what a unit stands for is what its best patches have in common.
public struct TopPatches: Sendable {
  /// The model that is asked.
  public let model: Model
  /// The path of the layer.
  public let layer: String
  /// What decides the values.
  public let source: TopIndex.Source
  /// Of the layer's value, without the batch.
  public let shape: Shape
  /// How many patches are kept for each unit.
  public let capacity: Int

  /// What became of a pass.
  public struct Outcome: Sendable {
    /// All that was seen so far.
    public let index: TopIndex
    /// How many pictures an earlier run had shown.
    public let continuedFrom: Int
    /// Those of this run with what is wrong with them, those of earlier ones without.
    public let skipped: [SkippedPicture]
  }

  /// - Parameters:
  ///   - model: with `layer` among its outputs.
  ///   - layer: its path in the definition.
  ///   - capacity: how many patches are kept for each unit.
  /// - Throws: `TopIndexError.count`, `.tooLarge`, `.nameTooLong`; `ZooError.layerNotFound`; `WeightsError` when the
  ///   weights cannot be read.
  public init(_ model: Model, layer: String, capacity: Int = 9) throws {
    let node = model.network.graph[try model.network.layer(named: layer)]
    (self.model, self.layer, self.capacity) = (model, layer, capacity)
    shape = node.shape
    let sets = model.compiled.map { $0.instructionSet.rawValue } ?? "interpreter"
    source = TopIndex.Source(
      model: model.network.name, modelDigest: try Package.definitionDigest(of: model.network),
      weightsDigest: try model.weights.checkpoint.identity() ?? Provenance.digest(of: model.weights.summary),
      layer: layer,
      numerics: model.options.numerics == .direct ? "direct" : "\(model.options.numerics.rawValue), \(sets)")
    _ = try TopIndex(source, shape: shape, capacity: capacity, pictures: [])
  }

  /// An index of no picture yet.
  func begun(of pictures: PictureSet) throws(TopIndexError) -> TopIndex {
    try TopIndex(
      source, shape: shape, capacity: capacity,
      pictures: pictures.names.enumerated().map {
        TopIndex.Picture(name: $0.element, identity: pictures.identity(at: $0.offset))
      })
  }

  /// What a file is called while it is not complete.
  public static func partial(_ path: String) -> String { path + ".partial" }

  /// Shows the pictures and writes the index, as it is every so often under another name: a call that finds what an
  /// earlier one has begun goes on with it, and ends with the same bytes as if it had never been interrupted. An index
  /// of the same that is there already is read and nothing is shown.
  ///
  /// - Parameters:
  ///   - pictures: what is shown to the network.
  ///   - path: `nil` to write none.
  ///   - skipsBad: whether pictures that cannot be read are left out and listed.
  ///   - overwrite: whether what is there of something else, or damaged, is replaced.
  ///   - interval: how long what was found may be on no disk; longer where writing takes a good part of that.
  ///   - progress: told how many of how many pictures are done; returns whether to go on.
  /// - Throws: `TopIndexError`, `ValuesError.noPictureLeft` or `.notFinite`, `ZooError`; `ImageError`, naming the
  ///   picture. What was found until then is kept.
  /// - Returns: an index that is not complete when `progress` ended it.
  public func run(
    over pictures: PictureSet, to path: String?, skipsBad: Bool = false, overwrite: Bool = false,
    interval: Duration = .seconds(10), progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
  ) throws -> Outcome {
    try pass(
      over: pictures, to: path, skipsBad: skipsBad, overwrite: overwrite, interval: interval, progress: progress
    ) { _ in }
  }

  /// As `run`. `values`: told the values of each batch, of all of the model's outputs.
  func pass(
    over pictures: PictureSet, to path: String?, skipsBad: Bool = false, overwrite: Bool = false,
    interval: Duration = .seconds(10), progress: (_ done: Int, _ total: Int) -> Bool,
    values: (PicturePass.Batch) throws -> Void
  ) throws -> Outcome {
    var index = try begun(of: pictures)
    if let path {
      if let there = try found(path, like: index, overwrite: overwrite, isBegun: false), there.isComplete {
        return Outcome(
          index: there, continuedFrom: there.done, skipped: there.skipped.map { .init(name: $0.name, reason: nil) })
      }
      try FileSystem.checkFile(path, overwrite: overwrite)
      if let there = try found(Self.partial(path), like: index, overwrite: overwrite, isBegun: true) { index = there }
    }
    let continuedFrom = index.done
    var skipped = index.skipped.map { SkippedPicture(name: $0.name, reason: nil) }
    var (kept, pause) = (ContinuousClock.now, interval)
    func keep() throws {
      guard let path, index.done > continuedFrom else { return }
      let start = ContinuousClock.now
      try FileSystem.write(index.bytes, to: Self.partial(path))
      kept = .now
      pause = max(interval, (kept - start) * 20)
    }
    var blocks = UnitBlock.blocks(of: shape.unitCount).map { TopBlock(of: index, $0) }
    func gather() { index.units = blocks.flatMap(\.units) }
    do {
      let pass = PicturePass(model: model, pictures: pictures, skipsBad: skipsBad)
      _ = try pass.run(from: index.done, goesOn: { progress($0, pictures.count) }) { batch in
        for picture in batch.skipped {
          index.pictures[picture.place].isSkipped = true
          skipped.append(SkippedPicture(name: pictures.names[picture.place], reason: picture.reason))
        }
        try values(batch)
        if let value = batch.values[layer] {
          let before = blocks
          blocks = try concurrentResults(before.count, threads: model.threadCount) { number in
            var block = before[number]
            try block.add(value, batch.read, names: pictures.names, layer: layer)
            return block
          }.map { try $0.get() }
        }
        index.done = batch.end
        if ContinuousClock.now - kept >= pause {
          gather()
          try keep()
        }
      }
    } catch {
      gather()
      try keep()
      throw error
    }
    gather()
    guard index.isComplete else {
      try keep()
      return Outcome(index: index, continuedFrom: continuedFrom, skipped: skipped)
    }
    guard index.readCount > 0 else {
      if let path { Self.remove(Self.partial(path)) }
      throw ValuesError.noPictureLeft(path: pictures.path)
    }
    if let path {
      try FileSystem.write(index.bytes, to: path, overwrite: overwrite)
      Self.remove(Self.partial(path))
    }
    return Outcome(index: index, continuedFrom: continuedFrom, skipped: skipped)
  }

  /// The index in a file, if there is one and it is of the same.
  private func found(_ path: String, like index: TopIndex, overwrite: Bool, isBegun: Bool) throws -> TopIndex? {
    guard FileSystem.exists(path) else { return nil }
    do {
      let there = try TopIndex(path: path)
      let differences = there.differences(from: index)
      guard !differences.isEmpty else { return there }
      throw TopIndexError.ofSomethingElse(path: path, differences: differences, isBegun: isBegun)
    } catch  where overwrite {
      return nil
    }
  }

  /// What is not needed any more; that it is still there does no harm.
  private static func remove(_ path: String) {
    try? AppendedFile.remove(path)
  }
}

/// Neighbouring units, which one thread works on.
private struct TopBlock: Sendable {
  private var block: UnitBlock
  private var entries: [[TopIndex.Entry]]
  private let capacity: Int
  private let columns: Int
  private let area: Int

  init(of index: TopIndex, _ units: Range<Int>) {
    block = UnitBlock(units)
    block.statistics = units.map { index.units[$0].statistics }
    entries = units.map { index.units[$0].entries }
    capacity = index.capacity
    (columns, area) = (index.shape.unitExtent.width, index.shape.unitExtent.area)
  }

  var units: [TopIndex.Unit] {
    zip(block.statistics, entries).map { TopIndex.Unit(statistics: $0, entries: $1) }
  }

  mutating func add(_ value: Tensor, _ places: [Int], names: [String], layer: String) throws(ValuesError) {
    var found = entries
    let (first, capacity, columns) = (block.units.lowerBound, capacity, columns)
    let bad = block.add(value, area: area) { unit, image, peak in
      let (row, column) = peak.position.quotientAndRemainder(dividingBy: columns)
      var list = TopIndex.Unit(entries: found[unit - first])
      list.insert(
        TopIndex.Entry(picture: places[image], row: row, column: column, value: peak.value), capacity: capacity)
      found[unit - first] = list.entries
    }
    if let bad { throw .notFinite(layer: layer, unit: bad.unit, picture: names[places[bad.image]]) }
    entries = found
  }
}
