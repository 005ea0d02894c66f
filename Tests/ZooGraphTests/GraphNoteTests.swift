import Testing
import ZooGraph
import ZooTensor

@Suite struct GraphNoteTests {
  @Test(
    "strides that do not divide",
    arguments: [
      // side, kernel, stride, padding, unread, lost
      (10, 3, 2, 0, 1, 1), (224, 11, 4, 0, 1, 1), (224, 7, 2, 3, 1, 0), (12, 5, 3, 1, 0, 0), (13, 4, 4, 0, 1, 1),
      (14, 4, 4, 1, 0, 0), (15, 4, 4, 1, 1, 0), (17, 4, 4, 1, 3, 2),
    ])
  func convolutions(side: Int, kernel: Int, stride: Int, padding: Int, unread: Int, lost: Int) throws {
    var net = try NetworkBuilder("notes", input: [1, side, side])
    try net.convolution("conv", 1, kernel, stride: stride, padding: padding)
    let notes = net.graph.notes()
    guard unread > 0 else {
      #expect(notes.isEmpty, "\(side) \(kernel)/\(stride)+\(padding)")
      return
    }
    guard case .strideDoesNotDivide(_, _, _, _, _, let found, let lostFound) = notes.first?.fact else {
      Issue.record("no note for \(side) \(kernel)/\(stride)+\(padding)")
      return
    }
    #expect(found == Extent(unread) && lostFound == Extent(lost), "\(side) \(kernel)/\(stride)+\(padding)")
    #expect(notes.first?.isWarning == (lost > 0), "\(side) \(kernel)/\(stride)+\(padding)")
  }

  @Test func words() throws {
    var net = try NetworkBuilder("notes", input: [1, 224, 226])
    try net.convolution("conv1", 1, 7, stride: 2, padding: 3)
    try net.convolution("conv2", 1, 11, stride: 4)
    try net.maxPool("pool", 3, 3)
    try net.add(
      "row", .maxPool(Pooling(kernel: Extent(height: 3, width: 5), stride: Extent(height: 2, width: 3))))
    try net.add("avgpool", .adaptiveAveragePool(Extent(30)))
    #expect(
      net.graph.notes().map(\.description) == [
        """
        layer conv1: stride 2 does not divide 224 + 6 − 7 = 223 rows or 226 + 6 − 7 = 225 columns, so the output is \
        rounded down to 112×113; only padding is left out
        """,
        """
        layer conv2: stride 4 does not divide 112 − 11 = 101 rows or 113 − 11 = 102 columns, so the output is rounded \
        down to 26×26; the last row and the last 2 columns are never read
        """,
        """
        layer pool: stride 3 does not divide 26 − 3 = 23 rows or columns, so the output is rounded down to 8×8; \
        the last 2 rows and the last 2 columns are never read
        """,
        """
        layer row: stride 2×3 does not divide 8 − 3 = 5 rows, so the output is rounded down to 3×2; the last row is \
        never read
        """,
        "layer avgpool: adaptive pooling makes the 3×2 map larger, 30×30, by copying cells; use a larger input image",
      ])
  }

  @Test func nothingToSay() throws {
    // Ceiling reads everything; strides beyond the kernel skip pixels on purpose; VGG's geometry divides throughout.
    var net = try NetworkBuilder("quiet", input: [1, 10, 10])
    try net.maxPool("ceil", 3, 2, rounding: .ceil)
    try net.convolution("shortcut", 1, 1, stride: 3)
    try net.add("avgpool", .adaptiveAveragePool(Extent(2)))
    #expect(net.graph.notes().isEmpty)
    #expect(try Networks.vgg16().notes().isEmpty)
  }
}
