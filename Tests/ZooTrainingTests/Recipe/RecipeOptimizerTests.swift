import Testing
import ZooTraining

struct RecipeOptimizerTests {
  /// Three steps by hand: decay before momentum, the first velocity is the gradient itself.
  @Test func `momentum is that of PyTorch`() {
    var sgd = OptimizerReference(.sgd(momentum: 0.5))
    var weights = [1.0]
    sgd.step(&weights, gradients: [1], rate: 0.1, weightDecay: 1)
    // g = 2, v = 2, w = 0.8
    #expect(abs(weights[0] - 0.8) < 1e-15)
    sgd.step(&weights, gradients: [1], rate: 0.1, weightDecay: 1)
    // g = 1.8, v = 2.8, w = 0.52
    #expect(abs(weights[0] - 0.52) < 1e-15)
    // The rate is not part of the velocity: g = 1.52, v = 2.92, w = 0.52 - 0.292 / 10
    sgd.step(&weights, gradients: [1], rate: 0.01, weightDecay: 1)
    #expect(abs(weights[0] - 0.4908) < 1e-15)
    #expect(abs(sgd.first[0] - 2.92) < 1e-15)
  }

  @Test func `Nesterov looks ahead`() {
    var sgd = OptimizerReference(.sgd(momentum: 0.5, nesterov: true))
    var weights = [1.0]
    // v = 1, step g + v / 2 = 1.5
    sgd.step(&weights, gradients: [1], rate: 0.1, weightDecay: 0)
    #expect(abs(weights[0] - 0.85) < 1e-15)
    // v = 1.5, step 1.75
    sgd.step(&weights, gradients: [1], rate: 0.1, weightDecay: 0)
    #expect(abs(weights[0] - 0.675) < 1e-15)
  }

  @Test func `Adam's first step has the size of the rate, whatever the gradient`() {
    for gradient in [1e-3, 1, -1e3] {
      var adam = OptimizerReference(.adam())
      var weights = [0.0]
      adam.step(&weights, gradients: [gradient], rate: 0.1, weightDecay: 0)
      // The root of the corrected mean square is |g|, and ε is outside of it.
      let expected = -0.1 * gradient / (abs(gradient) + 1e-8)
      #expect(abs(weights[0] - expected) < 1e-15, "\(gradient)")
    }
  }

  struct Trace: CustomTestStringConvertible {
    var name: String
    var optimizer: Optimizer
    var weightDecay: Double
    var weights: [Double]

    var testDescription: String { name }
  }

  /// Weights after four steps of PyTorch 2 in double precision; w = [1, -2, 0.5], g_t = w · t - 0.3,
  /// rates 0.1, 0.1, 0.05, 0.05.
  @Test(arguments: [
    Trace(
      name: "sgd", optimizer: .sgd(momentum: 0), weightDecay: 0.01,
      weights: [0.55149984949275, -0.9120569342580002, 0.307573718867625]),
    Trace(
      name: "momentum", optimizer: .sgd(momentum: 0.9), weightDecay: 0.01,
      weights: [0.25692015559274994, -0.14334476545799985, 0.19020933541762497]),
    Trace(
      name: "nesterov", optimizer: .sgd(momentum: 0.9, nesterov: true), weightDecay: 0.01,
      weights: [0.10147521498351725, 0.1678996481137182, 0.11254595383855075]),
    Trace(
      name: "adam", optimizer: .adam(), weightDecay: 0.01,
      weights: [0.707837145394906, -1.704827962888886, 0.20912547805865428]),
    Trace(
      name: "adam with large epsilon", optimizer: .adam(Optimizer.Moments(beta1: 0.8, beta2: 0.9, epsilon: 0.1)),
      weightDecay: 0,
      weights: [0.7319487064629864, -1.712945054438492, 0.2744218885697728]),
    Trace(
      name: "adamw", optimizer: .adamW(), weightDecay: 0.1,
      weights: [0.6811350277802806, -1.6484997097276772, 0.1972421935643843]),
  ])
  func `weights are those of PyTorch`(trace: Trace) {
    var optimizer = OptimizerReference(trace.optimizer)
    var weights = [1, -2, 0.5]
    for (index, rate) in [0.1, 0.1, 0.05, 0.05].enumerated() {
      let gradients = weights.map { $0 * Double(index + 1) - 0.3 }
      optimizer.step(&weights, gradients: gradients, rate: rate, weightDecay: trace.weightDecay)
    }
    for (found, expected) in zip(weights, trace.weights) {
      #expect(abs(found - expected) < 1e-13, "\(weights)")
    }
  }
}
