import ZooKit
import ZooRuntime
import ZooTensor

/// How a class's score changes as a patch hides one part of the input after the other (Zeiler and Fergus, 2014).
///
///     let occlusion = try Occlusion(patch: 32, of: model.network.input)
///     let map = try occlusion.map(of: 281, for: input, model)
///
/// The patch is at rows and columns 0, `stride`, 2 · `stride` … where all of it lies within the input.
public struct Occlusion: Hashable, Sendable {
  /// The side of the square, in pixels of the input.
  public let patch: Int
  /// How many pixels apart neighbouring places of the patch are.
  public let stride: Int
  /// What the patch is filled with.
  public let fill: Fill
  /// The height and width of the input.
  public let input: Extent

  /// - Parameters:
  ///   - patch: `nil` for a seventh of the input's shorter side
  ///   - stride: `nil` for half of the patch
  ///   - fill: what the patch is filled with.
  ///   - input: the network's, `[C, H, W]`
  /// - Throws: `OcclusionError`.
  public init(patch: Int? = nil, stride: Int? = nil, fill: Fill = .mean, of input: Shape) throws(OcclusionError) {
    guard input.isFeatureMap else { throw .input(input) }
    let (height, width) = (input.extent.height, input.extent.width)
    let patch = patch ?? max(1, min(height, width) / 7)
    guard (1...min(height, width)).contains(patch) else { throw .patch(patch, input: input.extent) }
    let stride = stride ?? max(1, patch / 2)
    guard (1...max(height, width)).contains(stride) else { throw .stride(stride, input: input.extent) }
    (self.patch, self.stride, self.fill, self.input) = (patch, stride, fill, input.extent)
  }

  /// How many places there are below and beside each other.
  public var positions: Extent {
    Extent(height: (input.height - patch) / stride + 1, width: (input.width - patch) / stride + 1)
  }

  /// What the patch hides at one of its places.
  public func region(row: Int, column: Int) -> MapRegion {
    MapRegion(
      rows: row * stride..<row * stride + patch, columns: column * stride..<column * stride + patch)
  }

  /// All places, row by row.
  public var regions: [MapRegion] {
    (0..<positions.height).flatMap { row in (0..<positions.width).map { region(row: row, column: $0) } }
  }

  /// As below, of a class's score or of the difference of two.
  ///
  /// - Throws: also `InsightError.notAScore` for a unit.
  public func map(
    of target: AttributionTarget, for input: Tensor, _ model: Model, memoryLimit: Int? = nil,
    progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
  ) throws -> OcclusionMap? {
    switch target {
    case .score(let index):
      return try map(of: index, for: input, model, memoryLimit: memoryLimit, progress: progress)
    case .contrast(let index, let other):
      return try map(of: index, against: other, for: input, model, memoryLimit: memoryLimit, progress: progress)
    case .unit: throw InsightError.notAScore
    }
  }

  /// - Parameters:
  ///   - index: the class; `nil` for the likeliest
  ///   - other: another class, whose score is taken away from the class's
  ///   - input: `[C, H, W]`, preprocessed
  ///   - model: the model that is asked.
  ///   - memoryLimit: as for `ChangedInputs`
  ///   - progress: is told how many of the places are done, and says whether to go on
  /// - Throws: `ZooError.classNotFound`, or when the input does not fit; `ZooError.noPreprocessing` when the fill needs
  ///   it; `WindowedError.memory`, `RuntimeError`, `ImageError`.
  /// - Returns: `nil` when `progress` said no.
  public func map(
    of index: Int? = nil, against other: Int? = nil, for input: Tensor, _ model: Model, memoryLimit: Int? = nil,
    progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
  ) throws -> OcclusionMap? {
    let classes = model.answer.classes
    for index in [index, other].compactMap({ $0 }) where !(0..<classes).contains(index) {
      throw ZooError.classNotFound("\(index)", count: classes, suggestions: [])
    }
    try model.network.checkInput(input)
    let input = input.convertedToFloat32().reshaped(to: model.network.input)
    let filled = try fill.tensor(for: input, model)
    let inputs = try ChangedInputs(model, input: input, memoryLimit: memoryLimit)
    let best = inputs.scores.indices.max { (inputs.scores[$0], -$0) < (inputs.scores[$1], -$1) }
    let index = index ?? best ?? 0
    func probability(_ scores: [Float]) -> Double {
      model.answer.function.probabilities(scores.map(Double.init))[index]
    }
    func score(_ scores: [Float]) -> Float { scores[index] - (other.map { scores[$0] } ?? 0) }
    let before = (score: score(inputs.scores), probability: probability(inputs.scores))
    let regions = regions
    var map = OcclusionMap(
      occlusion: self, classIndex: index, against: other, score: before.score, probability: before.probability)
    // What is planned for so many is small beside what is computed.
    for first in Swift.stride(from: 0, to: regions.count, by: 1024) {
      let part = regions[first..<min(first + 1024, regions.count)]
      map.add(try inputs.cost(of: Array(part)))
      let changes = part.map {
        [InputChange($0, values: filled.region(rows: $0.rows, columns: $0.columns))]
      }
      guard let scores = try inputs.scores(of: changes, progress: { progress(first + $0, regions.count) }) else {
        return nil
      }
      map.scoreChanges += scores.map { score($0) - before.score }
      map.probabilityChanges += scores.map { Float(probability($0) - before.probability) }
    }
    return map
  }
}
