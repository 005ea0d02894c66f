import Testing
import ZooInsight
import ZooKit
import ZooTensor

@Suite("The roughness of filters") struct FilterRoughnessTests {
  @Test("of all orders of a kernel's weights, the mean is exactly that of noise: 1")
  func shuffled() throws {
    for kernel in [Extent(2), Extent(height: 1, width: 5), Extent(height: 3, width: 2)] {
      let weights: [Float] = [0.5, -1, 3, 0.25, 7, -2].prefix(kernel.area).map(\.self)
      var (sum, count) = (0.0, 0)
      permute(weights) { order in
        sum += FilterRoughness.roughness(of: [order], kernel: kernel) ?? .nan
        count += 1
      }
      #expect(abs(sum / Double(count) - 1) < 1e-12, "\(kernel), \(count) orders: \(sum / Double(count))")
    }
  }

  @Test("hand-computed: a ramp, a chessboard, a constant, two channels")
  func known() throws {
    // Rows 0 1 / 0 1: two differences of 1 and two of 0; the variance is 1/3.
    #expect(FilterRoughness.roughness(of: [[0, 1, 0, 1]], kernel: Extent(2)) == 0.5 / (2.0 / 3))
    #expect(FilterRoughness.roughness(of: [[0, 1, 1, 0]], kernel: Extent(2)) == 1 / (2.0 / 3))
    #expect(FilterRoughness.roughness(of: [[2, 2, 2, 2]], kernel: Extent(2)) == nil)
    #expect(FilterRoughness.roughness(of: [[0, 1, 0, 1], [5, 5, 5, 5]], kernel: Extent(2)) == 0.5 / (2.0 / 3))
    let ramp = (0..<49).map { Float($0 % 7 + $0 / 7) }
    let smooth = try #require(FilterRoughness.roughness(of: [ramp], kernel: Extent(7)))
    #expect(smooth < 0.15, "\(smooth)")
  }

  private func permute(_ numbers: [Float], _ chosen: [Float] = [], _ body: ([Float]) -> Void) {
    if numbers.isEmpty { return body(chosen) }
    for index in numbers.indices {
      var rest = numbers
      let number = rest.remove(at: index)
      permute(rest, chosen + [number], body)
    }
  }
}
