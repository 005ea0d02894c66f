import ZooImages
import ZooTensor

/// One picture under attack.
struct AttackState {
  let resized: ResizedPicture
  let scoresBefore: [Float]
  /// What it is to be taken for no longer.
  let start: Int
  /// The samples that the network is shown, in levels and not rounded.
  private(set) var levels: [Float]
  /// The lowest and the highest that each may have.
  private let bounds: [ClosedRange<Float>]
  /// The steps that were made.
  private(set) var steps = 0
  /// The best that succeeded.
  var found: Candidate?
  /// The last one that was scored.
  var last: Candidate?
  var isDone = false

  /// A picture on the way that was scored.
  struct Candidate {
    var picture: PixelImage
    var part: PixelImage
    var scores: [Float]
    /// Of the class that counts.
    var probability: Double
    var steps: Int
  }

  /// `random`: where in the ball to start; `nil` for the picture itself.
  init(
    _ resized: ResizedPicture, scores: [Float], start: Int, _ options: Adversary.Options, random: CounterRandom?
  ) {
    self.resized = resized
    scoresBefore = scores
    self.start = start
    let pixels = resized.part.pixels
    let epsilon = options.epsilon
    bounds = pixels.map { Float(max(0, Int($0) - epsilon))...Float(min(255, Int($0) + epsilon)) }
    levels = pixels.map(Float.init)
    guard let random else { return }
    let range = -Double(epsilon)..<Double(epsilon)
    for index in levels.indices { move(index, by: Float(random.uniform(index, in: range))) }
  }

  /// The samples as they would be written.
  var rounded: [UInt8] { levels.map { UInt8($0.rounded()) } }

  /// A step by the sign of the gradient, up or, where `size` is negative, down. Where there is no slope nothing moves.
  mutating func step(along gradient: [Double], size: Double) {
    for index in levels.indices where gradient[index] != 0 {
      move(index, by: Float(gradient[index] > 0 ? size : -size))
    }
    steps += 1
  }

  private mutating func move(_ index: Int, by change: Float) {
    levels[index] = min(max(levels[index] + change, bounds[index].lowerBound), bounds[index].upperBound)
  }
}
