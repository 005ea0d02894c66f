import Testing
import ZooGraph
import ZooRuntime
import ZooTensor

@Suite("Every runtime gives the interpreter's answers")
struct AgreementTests {
  @Test(arguments: GraphCase.table)
  func table(_ graphCase: GraphCase) throws {
    for batch in [1, 3] { try compare(graphCase, batch: batch) }
  }

  @Test(arguments: 0..<150)
  func random(_ seed: Int) throws {
    try compare(GraphCase(seed: UInt64(seed)), batch: seed % 3 + 1, shift: seed % 4 == 0 ? -4 : 0)
  }

  private func compare(_ graphCase: GraphCase, batch: Int, shift: Float = 0) throws {
    let comparison = try Comparison(graphCase, batch: batch, shift: shift)
    for runtime in Runtime.all {
      for (index, found) in try comparison.answers(of: runtime).enumerated() {
        let difference = largestDifference(found, comparison.expected[index])
        #expect(
          difference <= comparison.tolerances[index],
          "\(runtime.name), batch \(batch): output \(index) is off by \(difference), of \(graphCase.listing)")
      }
    }
  }
}

extension Graph {
  /// The shape of one image.
  var inputShape: Shape { self[inputs[0]].shape }
}

/// Infinite when either holds a NaN.
func largestDifference(_ left: Tensor, _ right: Tensor) -> Float {
  zip(left.floats, right.floats).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}
