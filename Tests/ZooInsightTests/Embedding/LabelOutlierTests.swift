import Testing
import ZooInsight
import ZooKernels
import ZooTensor

@Suite("Codes among those of another class") struct LabelOutlierTests {
  private func layout() throws -> Embedding {
    try TSNE(iterations: 250).embed(EmbeddingFixtures.clusters(90, of: 3, width: 10), pool: ThreadPool(exactly: 2))
  }

  @Test("labels that were exchanged are found, and no others")
  func exchanged() throws {
    let layout = try layout()
    var labels = (0..<90).map { $0 % 3 }
    let none = try layout.labelOutliers(labels: labels, classes: 3)
    #expect(none.isEmpty)
    labels[4] = 0
    labels[50] = 1
    let found = try layout.labelOutliers(labels: labels, classes: 3)
    #expect(Set(found.map(\.row)) == [4, 50])
    for outlier in found {
      #expect(outlier.label == labels[outlier.row] && outlier.neighbourLabel == outlier.row % 3)
      #expect(outlier.nearest % 3 == outlier.row % 3 && outlier.nearest != outlier.row)
      #expect((7...12).contains(outlier.count) && layout.neighbours == 12)
    }
  }

  @Test("labels that do not belong to the codes are refused")
  func refused() throws {
    let layout = try layout()
    #expect(throws: EmbeddingError.labelCount(rows: 90, labels: 2)) {
      try layout.labelOutliers(labels: [0, 1], classes: 2)
    }
    #expect(throws: EmbeddingError.labelOutOfRange(row: 0, label: 3, classes: 3)) {
      try layout.labelOutliers(labels: [Int](repeating: 3, count: 90), classes: 3)
    }
    #expect(
      "\(EmbeddingError.labelOutOfRange(row: 0, label: 3, classes: 3))"
        == "row 0: class 3 does not exist; there are 3, counted from 0")
  }
}
