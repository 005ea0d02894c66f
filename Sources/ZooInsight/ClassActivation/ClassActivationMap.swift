import ZooGraph
import ZooImages
import ZooKit
import ZooTensor

/// What each place of a layer contributes to a score.
///
/// A contribution is the sum over the layer's channels of activation times gradient (HiResCAM; Draelos and Carin, 2021).
/// Where only a mean over the maps and a linear layer follow, that is CAM (Zhou et al., 2016) and Grad-CAM (Selvaraju et
/// al., 2017) before its rectifier, and the contributions and the class's bias add up to its logit. They are signed, in the
/// score's own unit, and so may be compared between pictures, classes and networks.
public struct ClassActivationMap: Sendable {
  /// The path of the layer whose maps are weighed.
  public let layer: String
  /// Which class's score, or difference of two, this adds up to.
  public let target: AttributionTarget
  /// `[rows, columns]`
  public let contributions: Tensor
  /// Of the target, before softmax.
  public let score: Float
  /// The class's bias, where the contributions and it add up to the score; `nil` where more follows than a linear layer.
  public let bias: Double?
  /// What a contribution's place sees of the input; `nil` where that is all of it.
  public let field: ReceptiveField?

  /// Of all contributions.
  public var sum: Double { contributions.withFloats { $0.reduce(0.0) { $0 + Double($1) } } }

  /// The score without the contributions: the biases of what follows the layer, and what is not linear there.
  public var remainder: Double { Double(score) - sum }

  /// By how much contributions and bias miss the score, relative to the score without the bias; `nil` where there is no
  /// bias that they should add up with.
  public var error: Double? {
    bias.map { abs(remainder - $0) / max(abs(Double(score) - $0), .leastNormalMagnitude) }
  }

  /// The share of the positive contributions at places whose centre lies in a box of the input.
  ///
  /// - Parameters:
  ///   - rows: of the box, in pixels of the input
  ///   - columns: of the box
  ///   - input: the rows and columns of the network's input.
  /// - Returns: `nil` when nothing is positive.
  public func positiveShare(rows: Range<Int>, columns: Range<Int>, input: Extent) -> Double? {
    let (height, width) = (contributions.shape[0], contributions.shape[1])
    let placement = placement(on: input)
    var (inside, all) = (0.0, 0.0)
    for (index, value) in contributions.floats.enumerated() where value > 0 {
      let y = placement.origin.y + Double(index / width) * placement.step.y
      let x = placement.origin.x + Double(index % width) * placement.step.x
      all += Double(value)
      let isInside =
        Double(rows.lowerBound) <= y && y < Double(rows.upperBound) && Double(columns.lowerBound) <= x
        && x < Double(columns.upperBound)
      if isInside { inside += Double(value) }
    }
    precondition(height * width == contributions.shape.elementCount)
    return all > 0 ? inside / all : nil
  }

  /// Where the cells are on an input: around the centres of what they see.
  ///
  /// - Parameter input: its height and width
  /// - Returns: The places in pixels of the input.
  public func placement(on input: Extent) -> GridMap.Placement {
    GridMap.Placement(field, rows: contributions.shape[0], columns: contributions.shape[1], on: input)
  }
}

extension GridMap.Placement {
  /// Where the elements of a layer are on the input: around the centres of their receptive fields, as far apart as those;
  /// where those are not known, evenly over all of it.
  public init(_ field: ReceptiveField?, rows: Int, columns: Int, on input: Extent) {
    guard let field else {
      let step = HeatMap.Vector(x: Double(input.width) / Double(columns), y: Double(input.height) / Double(rows))
      self.init(origin: HeatMap.Vector(x: step.x / 2, y: step.y / 2), step: step)
      return
    }
    func centre(_ start: Int, _ size: Int) -> Double { Double(start) + Double(size) / 2 }
    self.init(
      origin: HeatMap.Vector(
        x: centre(field.start.column, field.size.width), y: centre(field.start.row, field.size.height)),
      step: HeatMap.Vector(x: Double(field.stride.width), y: Double(field.stride.height)))
  }
}
