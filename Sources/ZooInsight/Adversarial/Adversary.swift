import ZooGraph
import ZooImages
import ZooKit
import ZooTensor

/// Changes pictures a little so that a model takes them for something else.
///
///     let adversary = try Adversary(model, options: .init(epsilon: 8))
///     if let found = try adversary.attack(picture) {
///       try FileSystem.write(found.picture.encodedAsPNG(), to: "changed.png")
///       print(try adversary.readBack(found, from: "changed.png").png.isAdversarial)
///     }
///
/// The network is preprocessing and model together: sizes are in levels of 0 to 255 of the pixels that the network is shown,
/// after resize and crop and before means and scales, whatever those are. One step by the sign of the gradient is the fast
/// method of Goodfellow et al. (2015); several, each projected into the ball of radius ε around the picture and into 0 to
/// 255, are those of Kurakin et al. (2017) and, from a random start, Madry et al. (2018).
///
/// The gradient is that of the cross-entropy, at the picture as it would be written, rounded to whole levels: scores on the
/// way are those of pictures that there can be. Stops at the first that succeeds.
///
/// Safe to use from any number of threads, which take turns.
public final class Adversary: Sendable {
  /// The model that is attacked.
  public let model: Model
  /// How far and how a picture may be changed.
  public let options: Options
  /// The pictures that are computed at once; answers do not depend on it.
  public let batch: Int
  let derivation: Derivation

  /// How far and how a picture may be changed.
  public struct Options: Hashable, Sendable {
    /// The largest change of a sample, in levels, 1 to 255.
    public var epsilon: Int
    /// The most steps; 1 is the gradient sign method.
    public var steps: Int
    /// In levels; `nil` for `epsilon` of one step, else 2.5 · `epsilon` / `steps` as Madry et al. have it, at least 1.
    public var stepSize: Double?
    /// What pictures are to be taken for; `nil` for anything but what they are.
    public var target: Int?
    /// Goes on until the wrong class has this probability; 0 for until it is the likeliest.
    public var confidence: Double
    /// Whether to start at a random place in the ball.
    public var startsAtRandom: Bool
    /// Of the start, where it is random.
    public var seed: UInt64

    /// - Parameters:
    ///   - epsilon: the largest change of a sample, in levels of 0 to 255.
    ///   - steps: how many steps of the gradient's sign (Madry et al., 2018); 1 is the fast gradient sign method
    /// (Goodfellow et al., 2015).
    ///   - stepSize: in levels; `nil` for one that follows from `epsilon` and `steps`.
    ///   - target: the class to become; `nil` for any but the one that the model says.
    ///   - confidence: by how much the new class's score must lead.
    ///   - startsAtRandom: whether the first picture is drawn within `epsilon`.
    ///   - seed: of that draw.
    public init(
      epsilon: Int = 8, steps: Int = 10, stepSize: Double? = nil, target: Int? = nil, confidence: Double = 0,
      startsAtRandom: Bool = false, seed: UInt64 = 0
    ) {
      self.epsilon = epsilon
      self.steps = steps
      self.stepSize = stepSize
      self.target = target
      self.confidence = confidence
      self.startsAtRandom = startsAtRandom
      self.seed = seed
    }

    /// The size of a step in levels.
    public var levelsPerStep: Double {
      stepSize ?? (steps == 1 ? Double(epsilon) : max(1, 2.5 * Double(epsilon) / Double(steps)))
    }

    /// For pictures from noise: any change, 200 steps, until the class has a probability of 0.99.
    public static func fooling(_ target: Int, seed: UInt64 = 0) -> Options {
      Options(epsilon: 255, steps: 200, target: target, confidence: 0.99, seed: seed)
    }
  }

  /// - Parameters:
  ///   - model: the model that is attacked.
  ///   - options: how far and how a picture may be changed.
  ///   - batch: how many pictures are computed at once, which memory grows with.
  /// - Throws: `AdversaryError` when an option is out of range or the network slides; `ZooError.noPreprocessing`,
  ///   `.nothingToRank` or `.classNotFound`; `GradientGraphError`, `RuntimeError`.
  public init(_ model: Model, options: Options = Options(), batch: Int = 1) throws {
    let name = model.network.name
    guard (1...255).contains(options.epsilon) else { throw AdversaryError.epsilon(options.epsilon) }
    guard options.steps >= 1 else { throw AdversaryError.steps(options.steps) }
    let size = options.levelsPerStep
    guard size > 0, size.isFinite else { throw AdversaryError.stepSize(size) }
    guard (0...1).contains(options.confidence) else { throw AdversaryError.confidence(options.confidence) }
    guard model.preprocessing != nil else { throw ZooError.noPreprocessing(model: name) }
    let (shape, classes) = (model.answer.shape, model.answer.classes)
    if shape.isFeatureMap, shape.extent.area > 1 {
      throw AdversaryError.slides(model: name, places: "\(shape.extent)")
    }
    guard classes > 1 else { throw ZooError.nothingToRank(model: name) }
    if let target = options.target, !(0..<classes).contains(target) {
      throw ZooError.classNotFound("\(target)", count: classes, suggestions: [])
    }
    self.model = model
    self.options = options
    self.batch = max(1, batch)
    derivation = try Derivation(model, of: model.answer.value, batch: self.batch)
  }

  /// As above, with the same compiled network.
  private init(_ other: Adversary, options: Options) {
    model = other.model
    self.options = options
    batch = other.batch
    derivation = other.derivation
  }

  /// Attacks one picture of any size, away from what the model takes it for.
  ///
  /// - Parameters:
  ///   - picture: the picture before any preprocessing.
  ///   - progress: how many of how many steps are done; whether to go on.
  /// - Throws: as `attack(_:classes:)`.
  /// - Returns: `nil` when it was not to go on.
  public func attack(
    _ picture: PixelImage, progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
  ) throws -> AdversarialPicture? {
    try attack([picture], progress: progress)?.first
  }

  /// Attacks pictures of any size.
  ///
  /// - Parameters:
  ///   - pictures: the pictures before any preprocessing.
  ///   - classes: what each is, which it is to be taken for no longer; `nil` for what the model takes it for
  ///   - first: the number of the first among all that there are, which random starts depend on
  ///   - progress: how many of how many steps are done; whether to go on
  /// - Throws: `AdversaryError.alreadyTarget`, `.classCount`, `.notPassed` or `.gradientNotFinite`; `ZooError`,
  ///   `ImageError`, `RuntimeError`.
  /// - Returns: for each picture the first that succeeded, or of those that fell short of the confidence the best;
  ///   where none did, the last. `nil` when it was not to go on.
  public func attack(
    _ pictures: [PixelImage], classes: [Int]? = nil, first: Int = 0,
    progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
  ) throws -> [AdversarialPicture]? {
    if let classes, classes.count != pictures.count {
      throw AdversaryError.classCount(pictures: pictures.count, classes: classes.count)
    }
    guard !pictures.isEmpty else { return [] }
    let resized = try pictures.map { try ResizedPicture($0, for: model) }
    let before = try scores(of: resized.map(\.whole))
    let states = try resized.indices.map { index in
      let likeliest = self.likeliest(before[index])
      let start = classes?[index] ?? likeliest
      if let target = options.target, target == likeliest || target == start {
        throw AdversaryError.alreadyTarget(target, label: model.labels?[target]?.name ?? "class \(target)")
      }
      let random = CounterRandom(seed: options.seed, purpose: .noise, UInt64(first + index))
      return AttackState(
        resized[index], scores: before[index], start: start, options, random: options.startsAtRandom ? random : nil)
    }
    return try run(states, progress: progress)
  }

  /// Makes a picture from noise that the model takes for the target: by nothing but the gradient, as Goodfellow et al. (2015)
  /// and Nguyen et al. (2015) did.
  ///
  /// - Returns: `nil` when it was not to go on.
  /// - Throws: `AdversaryError.noTarget`, else as `attack(_:classes:)`.
  public func fool(
    progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
  ) throws -> AdversarialPicture? {
    guard options.target != nil else { throw AdversaryError.noTarget }
    let noise = try ResizedPicture.noise(
      CounterRandom(seed: options.seed, purpose: .noise), for: model)
    let before = try scores(of: [noise.whole])[0]
    let state = AttackState(noise, scores: before, start: likeliest(before), options, random: nil)
    return try run([state], progress: progress)?.first
  }

  /// The least change that succeeds: by bisection between 1 and the options' ε, so that an attack by one level less has
  /// failed, though one by fewer still need not.
  ///
  /// - Returns: the last that was tried where none succeeds; `nil` when it was not to go on.
  /// - Throws: as `attack(_:classes:)`.
  public func smallest(
    _ picture: PixelImage, progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
  ) throws -> AdversarialPicture? {
    let rounds = 1 + Int.bitWidth - (options.epsilon - 1).leadingZeroBitCount
    var round = 0
    func attempt(_ epsilon: Int) throws -> AdversarialPicture? {
      var options = options
      options.epsilon = epsilon
      defer { round += 1 }
      return try Adversary(self, options: options).attack(picture) { done, total in
        progress(round * total + done, rounds * total)
      }
    }
    guard var best = try attempt(options.epsilon) else { return nil }
    guard best.succeeds else { return best }
    var failing = 0
    while best.options.epsilon - failing > 1 {
      let middle = failing + (best.options.epsilon - failing) / 2
      guard let tried = try attempt(middle) else { return nil }
      if tried.succeeds { best = tried } else { failing = middle }
    }
    return best
  }

  /// Scores of pictures as `zoo infer` computes them.
  func scores(of pictures: [PixelImage]) throws -> [[Float]] {
    try stride(from: 0, to: pictures.count, by: batch).flatMap { start in
      let part = pictures[start..<min(start + batch, pictures.count)]
      return try Model.scores(model.logits(Model.stacked(part.map { try model.input(for: $0) })))
    }
  }

  /// The class with the highest score; the first of equal ones.
  func likeliest(_ scores: [Float]) -> Int {
    Classification.top(1, logits: scores, by: model.answer.function, labels: nil)[0].index
  }
}
