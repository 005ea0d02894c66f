import ZooRuntime
import ZooTensor

/// What a patch changes at each of its places.
public struct OcclusionMap: Sendable {
  /// The patch and its places, as asked for.
  public let occlusion: Occlusion
  /// The class whose score is measured.
  public let classIndex: Int
  /// The class whose score is taken away from the other's, so that the map says why the one and not the other.
  public let against: Int?
  /// The logit of the class for the whole picture; the logarithm of the probability (of its odds where classes are
  /// independent) where the network has nothing else. With `against` less that of the other class.
  public let score: Float
  /// Of the class, whatever it is compared with.
  public let probability: Double
  /// The logit with the patch minus the logit without, row by row over `occlusion.positions`.
  public internal(set) var scoreChanges: [Float] = []
  /// As above, of the probability.
  public internal(set) var probabilityChanges: [Float] = []
  /// Multiply-accumulate operations with weights that were computed for the patches, and those of as many whole passes.
  public private(set) var multiplyAccumulates = 0
  /// What a whole pass for each place would have cost, for comparison.
  public private(set) var wholeMultiplyAccumulates = 0
  /// The most bytes that values took.
  public private(set) var byteCount = 0

  init(occlusion: Occlusion, classIndex: Int, against: Int?, score: Float, probability: Double) {
    (self.occlusion, self.classIndex, self.against) = (occlusion, classIndex, against)
    (self.score, self.probability) = (score, probability)
  }

  /// What is explained.
  public var target: AttributionTarget { against.map { .contrast(classIndex, against: $0) } ?? .score(classIndex) }

  mutating func add(_ cost: WindowedRunner.Cost) {
    multiplyAccumulates += cost.multiplyAccumulates
    wholeMultiplyAccumulates += cost.wholeMultiplyAccumulates
    byteCount = max(byteCount, cost.byteCount)
  }

  /// How many times as many operations whole passes would have taken.
  public var factor: Double { Double(wholeMultiplyAccumulates) / Double(max(1, multiplyAccumulates)) }

  /// `scoreChanges` as `[rows, columns]`.
  public var tensor: Tensor {
    let positions = occlusion.positions
    return Tensor(shape: [positions.height, positions.width], floats: scoreChanges)
  }

  /// A place of the patch, and what it changes there.
  public struct Place: Hashable, Sendable {
    /// The pixels that are hidden.
    public let region: MapRegion
    /// The class's logit with the patch, less that without.
    public let scoreChange: Float
    /// The class's probability with the patch, less that without.
    public let probabilityChange: Float
  }

  /// The places where the patch lowers the score most, lowest first; fewer where it lowers it at fewer.
  public func strongest(_ count: Int) -> [Place] {
    let regions = occlusion.regions
    let order = scoreChanges.indices.filter { scoreChanges[$0] < 0 }
      .sorted { (scoreChanges[$0], $0) < (scoreChanges[$1], $1) }
    return order.prefix(max(0, count)).map {
      Place(region: regions[$0], scoreChange: scoreChanges[$0], probabilityChange: probabilityChanges[$0])
    }
  }
}
