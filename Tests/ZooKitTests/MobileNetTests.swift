import Testing
import ZooKernels
import ZooKit
import ZooTensor
import ZooTestSupport

/// Depthwise convolutions, ReLU6 and bottlenecks without a function, as the catalogue has them in MobileNetV2.
@Suite struct MobileNetTests {
  @Test("the compiled network agrees with the interpreter, at a size that leaves odd maps")
  func agreement() throws {
    let network = try Network.find("mobilenet_v2", input: [3, 75, 59])
    let image = SyntheticImage.pixels(Shape([2, 3, 75, 59]))
    let expected = try Model(
      network, weights: .synthetic(seed: 5), options: Model.Options(usesInterpreter: true)
    ).logits(image).floats
    let largest = expected.lazy.map(abs).max() ?? 0
    for numerics in [Numerics.fast, .direct] {
      let found = try Model(
        network, weights: .synthetic(seed: 5), options: Model.Options(numerics: numerics)
      ).logits(image).floats
      #expect(found.count == expected.count && largest > 0)
      let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? .nan
      #expect(difference <= 1e-5 * largest, "\(numerics): off by \(difference) of \(largest)")
    }
  }

  @Test("layers have torchvision's names")
  func names() throws {
    let tensors = try Network.find("mobilenet_v2").graph.tensors
    let weights = tensors.filter { $0.name.hasSuffix(".weight") }
    #expect(weights.count == 105)
    for (name, shape): (String, Shape) in [
      ("features.0.0.weight", [32, 3, 3, 3]), ("features.1.conv.0.0.weight", [32, 1, 3, 3]),
      ("features.1.conv.1.weight", [16, 32, 1, 1]), ("features.2.conv.0.0.weight", [96, 16, 1, 1]),
      ("features.17.conv.3.running_var", [320]), ("features.18.0.weight", [1280, 320, 1, 1]),
      ("classifier.1.weight", [1000, 1280]),
    ] {
      #expect(tensors.first { $0.name == name }?.shape == shape, "\(name)")
    }
  }
}

private enum SyntheticImage {
  /// Numbers from −2 to 2 without a pattern.
  static func pixels(_ shape: Shape) -> Tensor {
    var random = SplitMix64(seed: 11)
    return Tensor(
      shape: shape, floats: (0..<shape.elementCount).map { _ in Float.random(in: -2...2, using: &random) })
  }
}
