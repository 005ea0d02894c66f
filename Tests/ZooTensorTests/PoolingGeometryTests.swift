import Testing
import ZooTensor

@Suite struct PoolingGeometryTests {
  @Test(
    "Caffe's and PyTorch's rounding",
    arguments: [
      // input, kernel, stride, padding, floor, ceil, caffe
      (110, 3, 2, 0, 54, 55, 55), (26, 3, 2, 0, 12, 13, 13), (112, 3, 2, 1, 56, 57, 57),
      (112, 3, 2, 0, 55, 56, 56), (13, 3, 2, 0, 6, 6, 6), (5, 2, 2, 1, 3, 3, 3), (4, 2, 2, 1, 3, 3, 3),
      (7, 2, 3, 0, 2, 3, 3),
    ])
  func rounding(input: Int, kernel: Int, stride: Int, padding: Int, floor: Int, ceil: Int, caffe: Int) throws {
    for (rule, expected) in [(PoolingRounding.floor, floor), (.ceil, ceil), (.caffe, caffe)] {
      let geometry = try PoolingGeometry(
        input: Extent(input), kernel: Extent(kernel), stride: Extent(stride), padding: Padding(padding), rounding: rule)
      #expect(geometry.output == Extent(expected), "\(geometry)")
    }
  }
}
