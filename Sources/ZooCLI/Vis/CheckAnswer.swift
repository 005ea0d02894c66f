import ZooInsight
import ZooKit

/// The JSON of `zoo vis check`; correlations that are not defined are left out.
struct CheckAnswer: Encodable {
  var schema = "zoo.vis.check/1"
  var method: String
  var model: String
  var weights: String
  var image: String
  var target: String
  var seed: UInt64
  var random: String
  var layers: Int
  var steps: [Step]
  var halfway: Int
  var kept: Double?
  var keptByNone: Double?
  var verdict: String
  var summary: String

  struct Step: Encodable {
    var layers: Int
    var changed: [String]
    var rank: Double?
    var magnitudeRank: Double?
    var ssim: Double
  }

  init(_ result: RandomizationCheck.Result, _ model: Model, image: String) {
    method = result.method.name
    self.model = model.network.name
    weights = model.weights.summary
    self.image = image
    target = result.target.description(in: model)
    (seed, random) = (result.options.seed, result.options.randomization.rawValue)
    layers = result.layers
    steps = result.steps.map { step in
      Step(
        layers: step.layers, changed: step.changed, rank: step.similarity.rank,
        magnitudeRank: step.similarity.magnitudeRank, ssim: step.similarity.structure)
    }
    (halfway, kept, keptByNone) = (result.halfway.layers, result.kept, result.keptByNone)
    (verdict, summary) = (result.verdict.rawValue, result.summary)
  }
}
