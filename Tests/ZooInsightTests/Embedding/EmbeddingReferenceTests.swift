import Testing
import ZooInsight
import ZooKernels
import ZooKit
import ZooTensor
import ZooWeights

@Suite("Layouts of codes beside scikit-learn's") struct EmbeddingReferenceTests {
  private let pool = ThreadPool(threads: nil)

  @Test("LeNet's codes of digits: components, divergence and trustworthiness")
  func digits() throws {
    try check(EmbeddingFixtures.digits().codes, RecordedEmbedding("digits"))
  }

  @Test(
    "Caffe's LeNet's codes of MNIST: components, divergence and trustworthiness",
    .enabled(if: EmbeddingFixtures.hasPublished, "MNIST and the published LeNet are not on this machine"))
  func mnist() throws {
    let recorded = try RecordedEmbedding("mnist")
    let folder = EmbeddingFixtures.published
    let model = try Model(
      Network.find("lenet"), weights: .file("\(folder)/checkpoints/lenet_iter_10000.caffemodel"), outputs: ["relu1"],
      options: Model.Options(numerics: .direct))
    let data = try DataSet.open("\(folder)/mnist")
    let images = try (0..<recorded.rows).map { try data.picture(at: $0) }
    let codes = try #require(try model.values(for: images)["relu1"])
    try check(codes, recorded)
  }

  private func check(_ codes: Tensor, _ recorded: RecordedEmbedding) throws {
    let components = try PrincipalComponents(codes, keeping: 50, pool: pool)
    #expect(components.variances.count == recorded.variances.count)
    for (index, (found, expected)) in zip(components.variances, recorded.variances).enumerated() {
      #expect((found - expected).magnitude < 1e-5 * expected, "variance \(index): \(found), expected \(expected)")
    }
    #expect((components.share - recorded.share).magnitude < 1e-5)
    for component in 0..<50 {
      let scale = recorded.variances[component].squareRoot()
      let error = recorded.projections.enumerated().map { row, numbers in
        (components.projections[row, component] - numbers[component]).magnitude
      }.max()
      #expect(try #require(error) < 1e-5 * scale, "component \(component): a deviation is \(scale)")
    }
    let distances = Distances(components.projections)
    let poor = Matrix(rows: 2, columns: recorded.rows)
    for row in 0..<recorded.rows {
      (poor[0, row], poor[1, row]) = (components.projections[row, 2], components.projections[row, 3])
    }
    for (neighbours, expected) in recorded.poorTrustworthiness {
      let found = Trustworthiness.measure(
        poor, neighbours: try #require(Int(neighbours)), codes: distances, pool: pool, progress: { _ in })
      #expect((found - expected).magnitude < 1e-6, "of \(neighbours) neighbours: \(found), expected \(expected)")
    }
    for (method, expected) in [(TSNE.Method.exact, recorded.exact), (.barnesHut, recorded.barnesHut)] {
      var tsne = TSNE(perplexity: 30, starts: method == .exact ? 4 : 1)
      tsne.method = method
      let layout = try tsne.embed(codes, pool: pool)
      let found = "\(method): KL \(layout.divergence), trustworthiness \(layout.trustworthiness)"
      #expect(layout.method == method && layout.neighbours == 12 && layout.unreachedPerplexities == 0)
      #expect(layout.divergence <= expected.divergence * 1.05, "\(found); expected \(expected)")
      #expect(layout.divergence > expected.divergence * 0.5, "\(found) is too good to be true; expected \(expected)")
      #expect(layout.trustworthiness >= expected.trustworthiness - 0.01, "\(found); expected \(expected)")
    }
  }
}
