import ZooKit
import ZooTensor

/// Whether the places that an explanation names matter: the class's probability as cells of the input are removed, the most
/// important first, and as they are put back (deletion and insertion; Petsiuk et al., 2018).
///
///     let curves = try DeletionCurves(model)
///     let found = try curves.run(map, isSigned: true, class: 281, for: input)
///
/// A small area below the deletion curve and a large one below that of insertion speak for the map. How small depends on the
/// picture, the network and the fill, so that each stands beside those of random orders and of the reverse order.
public struct DeletionCurves: Sendable {
  /// The model that is asked.
  public let model: Model
  /// How cells are cut and filled.
  public let options: Options

  /// How cells are cut and filled.
  public struct Options: Hashable, Sendable {
    /// The side of the cells that are removed, in pixels.
    public var cell = 1
    /// What stands in the place of what is removed.
    public var fill = Fill.mean
    /// The most steps in which all cells are removed.
    public var steps = 50
    /// How many random orders the areas are compared with.
    public var orders = 5
    /// Of the random orders, and of the order of cells that are equally important.
    public var seed: UInt64 = 0

    /// The defaults, as each property states.
    public init() {}
  }

  /// - Throws: `CheckError.cell`, `.steps` or `.orders` for options that cannot be.
  public init(_ model: Model, options: Options = Options()) throws(CheckError) {
    let input = model.network.input.extent
    guard (1...min(input.height, input.width)).contains(options.cell) else {
      throw .cell(found: options.cell, input: input)
    }
    guard (1...10_000).contains(options.steps) else { throw .steps(found: options.steps, expected: 1...10_000) }
    guard (1...1000).contains(options.orders) else { throw .orders(found: options.orders, expected: 1...1000) }
    self.model = model
    self.options = options
  }

  /// How many images are computed at once: fixed, so that answers do not depend on anything else.
  private static let batch = 8

  /// - Parameters:
  ///   - map: which cells matter, the most by the largest number.
  ///   - isSigned: as `ExplanationMethod.isSigned`
  ///   - index: the class whose score is followed.
  ///   - input: `[C, H, W]`, preprocessed
  ///   - progress: how many of how many images are classified; whether to go on
  /// - Throws: `ZooError` when the class is not there or the input does not fit, `CheckError.notFinite`,
  ///   `RuntimeError`; what `Fill.tensor` throws.
  /// - Returns: `nil` when it was not to go on.
  public func run(
    _ map: GridMap, isSigned: Bool, class index: Int, for input: Tensor,
    progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
  ) throws -> Result? {
    _ = try AttributionTarget.score(index).value(in: model)
    guard map.values.allSatisfy(\.isFinite) else { throw CheckError.notFinite("explanation") }
    try model.network.checkInput(input)
    let input = input.convertedToFloat32().reshaped(to: model.network.input)
    let fill = try options.fill.tensor(for: input, model)
    let extent = model.network.input.extent
    let order = CellOrder(
      map, isSigned: isSigned, input: extent, cell: options.cell,
      ties: CounterRandom(seed: options.seed, purpose: .order))
    let random = (0..<options.orders).map { number in
      CellOrder(
        random: CounterRandom(seed: options.seed, purpose: .shuffling, UInt64(number)), input: extent,
        cell: options.cell)
    }
    let steps = min(options.steps, order.cells.count)
    let counts = (0...steps).map { ($0 * order.cells.count + steps / 2) / steps }
    let orders = [order, order.reversed] + random
    var curves: [Curve] = []
    for order in orders {
      let done = curves.count * counts.count
      let curve = try self.curve(order, counts, index, input.floats, fill.floats) {
        progress(done + $0, orders.count * counts.count)
      }
      guard let curve else { return nil }
      curves.append(curve)
    }
    return Result(
      options: options, classIndex: index, map: map, deletion: curves[0], reverse: curves[1],
      random: Array(curves[2...]), cells: order.cells.count, order: order, input: input, fill: fill)
  }

  /// The scores as the cells of an order are removed.
  private func curve(
    _ order: CellOrder, _ counts: [Int], _ index: Int, _ input: [Float], _ fill: [Float], _ progress: (Int) -> Bool
  ) throws -> Curve? {
    var numbers = input
    let area = order.input.area
    var removed = 0
    var points: [Curve.Point] = []
    for start in stride(from: 0, to: counts.count, by: Self.batch) {
      guard progress(start) else { return nil }
      let part = counts[start..<min(start + Self.batch, counts.count)]
      let images = part.map { count in
        for cell in order.cells[removed..<count] {
          for pixel in order.pixels(of: cell) {
            for place in stride(from: pixel, to: numbers.count, by: area) { numbers[place] = fill[place] }
          }
        }
        removed = count
        return Tensor(shape: model.network.input, floats: numbers)
      }
      let scores = try Model.scores(model.logits(Model.stacked(images)))
      for (count, scores) in zip(part, scores) {
        points.append(
          Curve.Point(
            share: Double(count) / Double(order.cells.count), logit: scores[index],
            probability: model.answer.function.probabilities(scores.map(Double.init))[index]))
      }
    }
    return Curve(points: points)
  }
}

extension DeletionCurves {
  /// A class's score against the share of the cells that is removed, or put back.
  public struct Curve: Hashable, Sendable {
    /// From 0 to 1.
    public let points: [Point]

    /// A measurement.
    public struct Point: Hashable, Sendable {
      /// From 0 to 1.
      public let share: Double
      /// Of the class, before softmax.
      public let logit: Float
      /// Of the class, from 0 to 1.
      public let probability: Double
    }

    /// The area below the probability: its mean over the shares, by trapezoids.
    public var area: Double { area(\.probability) }

    /// The area below the logit: its mean over the shares, by trapezoids.
    public var logitArea: Double { area { Double($0.logit) } }

    private func area(_ value: (Point) -> Double) -> Double {
      zip(points, points.dropFirst()).reduce(0) { sum, pair in
        sum + (pair.1.share - pair.0.share) * (value(pair.0) + value(pair.1)) / 2
      }
    }

    /// The curve of putting cells back in the opposite order: with a share of the cells removed in one order, the rest is there,
    /// which is what was put back first in the opposite one.
    var mirrored: Curve {
      Curve(
        points: points.reversed().map { Point(share: 1 - $0.share, logit: $0.logit, probability: $0.probability) })
    }
  }

  /// What came of it.
  public struct Result: Sendable {
    /// As it was made.
    public let options: Options
    /// The class whose score is followed.
    public let classIndex: Int
    /// What the order of the cells comes from.
    public let map: GridMap
    /// The most important cells removed first.
    public let deletion: Curve
    /// The least important cells removed first.
    public let reverse: Curve
    /// Cells removed in random orders.
    public let random: [Curve]
    /// How many there are.
    public let cells: Int
    let order: CellOrder
    let input: Tensor
    let fill: Tensor

    /// The most important cells put back first, into an input of nothing but the fill.
    public var insertion: Curve { reverse.mirrored }
    /// The least important cells put back first.
    public var reverseInsertion: Curve { deletion.mirrored }

    /// The mean area of the random orders, removed or put back.
    public var randomArea: Double { random.reduce(0) { $0 + $1.area } / Double(random.count) }
    /// The mean area under the random orders' logits.
    public var randomLogitArea: Double { random.reduce(0) { $0 + $1.logitArea } / Double(random.count) }

    /// For each curve (deletion, reverse, random) and point the share that is removed, the logit and the probability,
    /// `[2 + orders, points, 3]`.
    public var numbers: Tensor {
      let curves = [deletion, reverse] + random
      return Tensor(
        shape: Shape([curves.count, deletion.points.count, 3]),
        floats: curves.flatMap { $0.points.flatMap { [Float($0.share), $0.logit, Float($0.probability)] } })
    }

    /// The input without a share of its cells, the most important ones, `[C, H, W]`.
    public func input(withoutShare share: Double) -> Tensor {
      var numbers = input.floats
      let filled = fill.floats
      let count = min(max(Int((share * Double(cells)).rounded()), 0), cells)
      for cell in order.cells[..<count] {
        for pixel in order.pixels(of: cell) {
          for place in stride(from: pixel, to: numbers.count, by: order.input.area) { numbers[place] = filled[place] }
        }
      }
      return Tensor(shape: input.shape, floats: numbers)
    }
  }
}
