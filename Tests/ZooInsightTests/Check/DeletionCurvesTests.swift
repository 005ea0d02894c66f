import Testing
import ZooInsight
import ZooKit
import ZooTensor

@Suite("Curves of deletion and insertion") struct DeletionCurvesTests {
  /// Scores that are sums over the pixels, so that what each of them contributes is known.
  private static let weights: [Float] = [1, -2, 3, 0.5, 4, -1, 2, -3, 0.25]
  private static let pixels: [Float] = [2, 1, 1, 4, 1, 3, -1, -2, 8]

  private static func linear() throws -> Model {
    try Model.small(
      "- fc: {name: f, out: 2}", input: "[1, 3, 3]",
      weights: ["f.weight": weights + weights.map { -$0 }, "f.bias": [0.5, -0.5]])
  }

  private static let input = Tensor(shape: [1, 3, 3], floats: pixels)

  private static func map(_ values: [Float]) -> GridMap { GridMap(rows: 3, columns: 3, values: values) }

  private static let contributions = zip(weights, pixels).map { $0 * $1 }

  private static func curves(_ model: Model, orders: Int = 5) throws -> DeletionCurves {
    var options = DeletionCurves.Options()
    (options.fill, options.orders) = (.zero, orders)
    return try DeletionCurves(model, options: options)
  }

  @Test("of a linear model are those by hand")
  func byHand() throws {
    let found = try Self.curves(Self.linear())
      .run(Self.map(Self.contributions), isSigned: true, class: 0, for: Self.input)
    let result = try #require(found)
    // Contributions 2, −2, 3, 2, 4, −3, −2, 6, 2: 12 in all, and the bias.
    let logits = result.deletion.points.map(\.logit)
    #expect(logits == [12.5, 6.5, 2.5, -0.5, -2.5, -4.5, -6.5, -4.5, -2.5, 0.5])
    #expect(result.deletion.points.map(\.share) == (0...9).map { Double($0) / 9 })
    let sums: [Float] = [12.5, 6.5, 2.5, -0.5, -2.5, -4.5, -6.5, -4.5, -2.5, 0.5]
    let ends = Double(sums[0] + sums[9]) / 2
    #expect(abs(result.deletion.logitArea - (ends + Double(sums[1..<9].reduce(0, +))) / 9) < 1e-12)
    // The other class's score is the negative.
    #expect(result.deletion.points[0].probability > 0.9999)
    #expect(result.classIndex == 0)
  }

  @Test("are the lowest of deletion and the highest of insertion for the true contributions, of all orders")
  func optimal() throws {
    let model = try Self.linear()
    let found = try Self.curves(model, orders: 200)
      .run(Self.map(Self.contributions), isSigned: true, class: 0, for: Self.input)
    let result = try #require(found)
    for (number, curve) in result.random.enumerated() {
      for (point, best) in zip(curve.points, result.deletion.points) { #expect(point.logit >= best.logit, "\(number)") }
      for (point, worst) in zip(curve.points, result.reverse.points) {
        #expect(point.logit <= worst.logit, "\(number)")
      }
    }
    #expect(result.deletion.logitArea < result.randomLogitArea)
    #expect(result.insertion.logitArea > result.randomLogitArea)
    #expect(result.deletion.area < result.randomRange.lowerBound)
    #expect(result.summary[0].hasPrefix("deletion (small is good): area "))
    #expect(result.summary.allSatisfy { $0.hasSuffix("better than all of them") })
    // A map that says the opposite is as bad as can be.
    let turned = try Self.curves(model)
      .run(Self.map(Self.contributions.map { -$0 }), isSigned: true, class: 0, for: Self.input)
    #expect(try #require(turned).summary.allSatisfy { $0.hasSuffix("worse than all of them") })
  }

  @Test("put back what the opposite order leaves")
  func insertion() throws {
    let model = try Self.linear()
    // No two are equal, so that the order is known.
    let values: [Float] = [3, -1, 4, 1.5, -9, 2.5, 6, 5, 3.5]
    let found = try Self.curves(model).run(Self.map(values), isSigned: true, class: 1, for: Self.input)
    let result = try #require(found)
    let order = values.indices.sorted { values[$0] > values[$1] }
    for (count, point) in result.insertion.points.enumerated() {
      var numbers = [Float](repeating: 0, count: 9)
      for cell in order[..<count] { numbers[cell] = Self.pixels[cell] }
      let logit = try model.logits(Tensor(shape: [1, 3, 3], floats: numbers)).floats[1]
      #expect(point.logit == logit, "\(count) put back")
      #expect(abs(point.share - Double(count) / 9) < 1e-15)
    }
  }

  @Test("take magnitudes where signs do not speak for or against")
  func magnitudes() throws {
    let values: [Float] = [1, -9, 2, 3, 4, 5, 6, 7, 8]
    let model = try Self.linear()
    let signed = try Self.curves(model).run(Self.map(values), isSigned: true, class: 0, for: Self.input)
    let unsigned = try Self.curves(model).run(Self.map(values), isSigned: false, class: 0, for: Self.input)
    #expect(signed?.deletion.points[1].logit == 12.5 - 2)
    #expect(unsigned?.deletion.points[1].logit == 12.5 + 2)
  }

  @Test("remove cells whole, those at the edges smaller, and take coarse maps")
  func cells() throws {
    let model = try Self.linear()
    var options = DeletionCurves.Options()
    (options.cell, options.fill, options.orders) = (2, .zero, 1)
    let map = GridMap(rows: 2, columns: 2, values: [0, 0, 0, 1])
    let found = try DeletionCurves(model, options: options).run(map, isSigned: true, class: 0, for: Self.input)
    let result = try #require(found)
    #expect(result.cells == 4)
    // The lower right corner, of one pixel, first.
    #expect(result.deletion.points[1].logit == 12.5 - 2)
    let left = result.input(withoutShare: 0.25).floats
    #expect(left == Self.pixels.dropLast() + [0])
    options.steps = 2
    let coarse = try DeletionCurves(model, options: options).run(map, isSigned: true, class: 0, for: Self.input)
    #expect(coarse?.deletion.points.map(\.share) == [0, 0.5, 1])
  }

  @Test("of a constant map are those of an order by the seed, the same each time")
  func constant() throws {
    let model = try Self.linear()
    let flat = Self.map([Float](repeating: 0, count: 9))
    let runs = try (0..<2).map { _ in
      try #require(try Self.curves(model).run(flat, isSigned: true, class: 0, for: Self.input))
    }
    #expect(runs[0].deletion == runs[1].deletion)
    #expect(runs[0].random == runs[1].random)
    #expect(runs[0].deletion.points.allSatisfy { $0.logit.isFinite && $0.probability.isFinite })
  }

  @Test("are refused for what cannot be, in words")
  func refusals() throws {
    let model = try Self.linear()
    func refused(_ change: (inout DeletionCurves.Options) -> Void) -> String? {
      var options = DeletionCurves.Options()
      change(&options)
      do throws(CheckError) {
        _ = try DeletionCurves(model, options: options)
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(refused { $0.cell = 4 } == "cells of 4×4 pixels; expected sides of 1 to 3 for an input of 3×3")
    #expect(refused { $0.cell = 0 } != nil)
    #expect(refused { $0.steps = 0 } == "0 steps; expected 1 to 10000")
    #expect(refused { $0.orders = 0 } == "0 random orders; expected 1 to 1000")
    let odd = Self.map([.infinity] + [Float](repeating: 0, count: 8))
    #expect(throws: CheckError.notFinite("explanation")) {
      _ = try Self.curves(model).run(odd, isSigned: true, class: 0, for: Self.input)
    }
    #expect(throws: ZooError.self) {
      _ = try Self.curves(model).run(Self.map(Self.pixels), isSigned: true, class: 2, for: Self.input)
    }
    let stopped = try Self.curves(model).run(Self.map(Self.pixels), isSigned: true, class: 0, for: Self.input) {
      done, total in
      #expect(total == 7 * 10)
      return done < 20
    }
    #expect(stopped == nil)
  }
}
