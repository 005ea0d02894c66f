import Testing
import ZooTensor

@Suite struct PoolingGeometryTests {
  @Test(
    "Caffe's and PyTorch's rounding",
    arguments: [
      // input, kernel, stride, padding, floor, ceil, caffe
      (110, 3, 2, 0, 54, 55, 55), (26, 3, 2, 0, 12, 13, 13), (112, 3, 2, 1, 56, 57, 57),
      (112, 3, 2, 0, 55, 56, 56), (13, 3, 2, 0, 6, 6, 6), (5, 2, 2, 1, 3, 3, 3), (4, 2, 2, 1, 3, 3, 3),
      (7, 2, 3, 0, 2, 3, 3), (14, 5, 3, 0, 4, 4, 4), (28, 3, 1, 1, 28, 28, 28), (55, 3, 2, 0, 27, 27, 27),
    ])
  func rounding(input: Int, kernel: Int, stride: Int, padding: Int, floor: Int, ceil: Int, caffe: Int) throws {
    for (rule, expected) in [(PoolingRounding.floor, floor), (.ceil, ceil), (.caffe, caffe)] {
      let geometry = try PoolingGeometry(
        input: Extent(input), kernel: Extent(kernel), stride: Extent(stride), padding: Padding(padding), rounding: rule)
      #expect(geometry.output == Extent(expected), "\(geometry)")
    }
  }

  @Test(
    "windows along one side",
    arguments: [
      // input, kernel, stride, padding, rounding, windows as (first, end, cells that an average divides by)
      (5, 2, 2, 0, PoolingRounding.floor, [(0, 2, 2), (2, 4, 2)]),
      (5, 2, 2, 0, .ceil, [(0, 2, 2), (2, 4, 2), (4, 5, 1)]),
      (5, 3, 2, 1, .floor, [(0, 2, 3), (1, 4, 3), (3, 5, 3)]),
      (6, 3, 2, 1, .ceil, [(0, 2, 3), (1, 4, 3), (3, 6, 3), (5, 6, 2)]),
      (6, 3, 2, 1, .caffe, [(0, 2, 3), (1, 4, 3), (3, 6, 3), (5, 6, 2)]),
    ] as [(Int, Int, Int, Int, PoolingRounding, [(Int, Int, Int)])])
  func windows(
    input: Int, kernel: Int, stride: Int, padding: Int, rounding: PoolingRounding, expected: [(Int, Int, Int)]
  ) throws {
    let geometry = try PoolingGeometry(
      input: Extent(height: input, width: 1), kernel: Extent(height: kernel, width: 1),
      stride: Extent(height: stride, width: 1), padding: Padding(top: padding, left: 0, bottom: padding, right: 0),
      rounding: rounding)
    #expect(geometry.output == Extent(height: expected.count, width: 1), "\(geometry)")
    for (row, (first, end, cells)) in expected.enumerated() where row < geometry.output.height {
      let window = geometry.window(row: row, column: 0)
      #expect(window.rows == first..<end, "\(geometry), row \(row)")
      #expect(window.columns == 0..<1, "\(geometry), row \(row)")
      #expect(window.paddedArea == cells, "\(geometry), row \(row)")
    }
  }

  @Test("no window lies outside the input", arguments: PoolingRounding.allCases)
  func windowsTouchTheInput(rounding: PoolingRounding) {
    for input in 1...7 {
      for kernel in 1...4 {
        for stride in 1...5 {
          for padding in 0..<kernel {
            guard
              let geometry = try? PoolingGeometry(
                input: Extent(input), kernel: Extent(kernel), stride: Extent(stride), padding: Padding(padding),
                rounding: rounding)
            else { continue }
            for index in 0..<geometry.output.height {
              let window = geometry.window(row: index, column: index)
              #expect(!window.rows.isEmpty && window.rows == window.columns, "\(geometry), \(index)")
              #expect(window.rows.lowerBound >= 0 && window.rows.upperBound <= input, "\(geometry), \(index)")
              #expect(window.paddedArea >= window.rows.count * window.columns.count, "\(geometry), \(index)")
            }
          }
        }
      }
    }
  }

  @Test func strideBeyondTheInput() {
    let error = GeometryError.extentOutOfRange(attribute: "stride", Extent(9))
    #expect(throws: error) {
      try PoolingGeometry(input: Extent(5), kernel: Extent(2), stride: Extent(9), rounding: .caffe)
    }
    #expect(
      error.description
        == "stride 9×9 puts the last window beyond the input; use a smaller stride or floor rounding")
  }

  @Test func descriptions() throws {
    let geometry = try PoolingGeometry(
      input: Extent(112), kernel: Extent(3), stride: Extent(2), padding: Padding(1), rounding: .ceil)
    #expect(geometry.description == "112×112 → 57×57, kernel 3×3, stride 2×2, padding 1, ceil rounding")
  }
}
