import Testing
import ZooInsight

@Suite("Similarity of maps") struct MapSimilarityTests {
  @Test("Spearman's rank correlation is that by hand, where numbers are equal, too")
  func spearman() throws {
    // Ranks 0, 1, 2, 3 and 0, 2, 1, 3: 1 − 6·(1 + 1)/(4·15).
    #expect(MapSimilarity.spearman([1, 2, 3, 4], [10, 30, 20, 400]) == 0.8)
    #expect(MapSimilarity.spearman([1, 2, 3, 4], [-1, -8, -27, -64]) == -1)
    // Ranks 0, 1½, 1½, 3 and 0, 1, 2, 3, about 1½: 4½ / √(4½ · 5).
    let tied = try #require(MapSimilarity.spearman([1, 2, 2, 3], [1, 2, 3, 4]))
    #expect(abs(tied - (4.5 / (4.5 * 5).squareRoot())) < 1e-15)
    // Zeros of either sign are equal: ranks ½, ½, 2 against 0, 1, 2.
    let zeros = try #require(MapSimilarity.spearman([0, -0.0, 1], [1, 2, 3]))
    #expect(abs(zeros - 1.5 / (1.5 * 2.0).squareRoot()) < 1e-15)
  }

  @Test("of constant maps has no rank correlation, and nothing that is no number")
  func constant() {
    #expect(MapSimilarity.spearman([3, 3, 3], [1, 2, 3]) == nil)
    #expect(MapSimilarity.spearman([7], [7]) == nil)
    let flat = GridMap(rows: 2, columns: 2, values: [0, 0, 0, 0])
    let map = GridMap(rows: 2, columns: 2, values: [1, -1, 0, 0])
    for similarity in [MapSimilarity(flat, map), MapSimilarity(flat, flat)] {
      #expect(similarity.rank == nil)
      #expect(similarity.magnitudeRank == nil)
      #expect(similarity.structure.isFinite)
    }
    #expect(MapSimilarity(flat, flat).structure == 1)
    // The values of one that only turned around are in reverse, its magnitudes are the same.
    let turned = MapSimilarity(map, GridMap(rows: 2, columns: 2, values: [-1, 1, 0, 0]))
    #expect(turned.rank == -1)
    #expect(turned.magnitudeRank == 1)
    #expect(turned.structure == 1)
    // Of magnitudes alone, all may be equal.
    #expect(MapSimilarity(map, GridMap(rows: 2, columns: 2, values: [2, -2, 2, 2])).magnitudeRank == nil)
  }

  @Test("SSIM is that by hand")
  func structure() {
    // One window: means ½ and ¼, variances ¼ and 1/16, covariance 1/8.
    let one = MapSimilarity.structuralSimilarity([0, 1, 0, 1], [0, 0.5, 0, 0.5], rows: 2, columns: 2)
    let (luminance, contrast) = (0.0001, 0.0009)
    let expected =
      (0.25 + luminance) * (0.25 + contrast) / ((0.3125 + luminance) * (0.3125 + contrast))
    #expect(abs(one - expected) < 1e-15)
    #expect(MapSimilarity.structuralSimilarity([1], [0], rows: 1, columns: 1) == luminance / (1 + luminance))
    // Two windows of 7 in a row of 8, of which only the second sees what differs.
    let flat = [Double](repeating: 1, count: 8)
    let half = MapSimilarity.structuralSimilarity(flat, flat.dropLast() + [0], rows: 1, columns: 8)
    let mean = 6.0 / 7
    let second = (2 * mean + luminance) / (1 + mean * mean + luminance) * contrast / (mean * (1 - mean) + contrast)
    #expect(abs(half - (1 + second) / 2) < 1e-12)
  }

  @Test("does not depend on the scales of the maps")
  func scale() {
    let values: [Float] = (0..<64).map { Float(($0 * 37) % 64) - 20 }
    let other: [Float] = (0..<64).map { Float(($0 * 11) % 64) - 30 }
    let map = GridMap(rows: 8, columns: 8, values: values)
    let one = MapSimilarity(map, GridMap(rows: 8, columns: 8, values: other))
    #expect(one == MapSimilarity(map, GridMap(rows: 8, columns: 8, values: other.map { $0 * 4096 })))
    #expect(one.rank != 1)
  }
}
