import Testing
import ZooKit
import ZooWeights

/// Weights of one network are refused by another of the same names and shapes that computes something else.
@Suite struct VariantTests {
  private static func network(_ layer: String, name: String = "net") throws -> Network {
    try Network(
      yaml: """
        zoo: 1
        name: \(name)
        input: [4, 9, 9]
        layers:
          - conv: {name: stem, out: 4, kernel: 3, padding: 1}
          - \(layer)
          - conv: {name: last, out: 4, kernel: 1}
          - global_average_pool: {name: gap}
          - fc: {name: fc, out: 3}
        """, path: "net.yaml")
  }

  private static let pairs: [(String, String, String)] = [
    ("conv: {name: x, out: 4, kernel: 3}", "conv: {name: x, out: 4, kernel: 3, stride: 2}", "stride 2×2, here 1×1"),
    ("conv: {name: x, out: 4, kernel: 3}", "conv: {name: x, out: 4, kernel: 3, dilation: 2}", "dilation 2×2, here 1×1"),
    ("conv: {name: x, out: 4, kernel: 3}", "conv: {name: x, out: 4, kernel: 3, padding: 1}", "padding 1, here 0"),
    ("max_pool: {name: x, kernel: 3}", "max_pool: {name: x, kernel: 2}", "kernel 2×2, here 3×3"),
    (
      "max_pool: {name: x, kernel: 2}", "max_pool: {name: x, kernel: 2, rounding: ceil}", "rounding ceil, here floor"
    ),
    (
      "average_pool: {name: x, kernel: 3, padding: 1}",
      "average_pool: {name: x, kernel: 3, padding: 1, count_padding: false}",
      "count padding false, here true"
    ),
    ("max_pool: {name: x, kernel: 3}", "average_pool: {name: x, kernel: 3}", "operation average pool, here max pool"),
    (
      "adaptive_average_pool: {name: x, out: 2}", "adaptive_average_pool: {name: x, out: 3}",
      "output size 3×3, here 2×2"
    ),
    ("relu6: {name: x}", "relu: {name: x}", "operation relu, here relu6"),
    ("clamp: {name: x, lower: 0, upper: 5}", "clamp: {name: x, lower: 0, upper: 4}", "upper 4.0, here 5.0"),
    ("silu: {name: x}", "hardswish: {name: x}", "operation hardswish, here silu"),
    (
      "multiply: {name: x, from: [stem, stem]}", "add: {name: x, from: [stem, stem]}", "operation add, here multiply"
    ),
    ("relu: {name: x}", "leaky_relu: {name: x}", "operation leaky relu, here relu"),
    ("leaky_relu: {name: x, slope: 0.1}", "leaky_relu: {name: x, slope: 0.2}", "slope 0.2, here 0.1"),
    ("batch_norm: {name: x}", "batch_norm: {name: x, epsilon: 1e-3}", "epsilon 0.001, here 1e-05"),
    (
      "lrn: {name: x, size: 5, alpha: 1, beta: 0.5, k: 1, convention: mean}",
      "lrn: {name: x, size: 5, alpha: 1, beta: 0.5, k: 1, convention: sum}", "convention sum, here mean"
    ),
    (
      "slice: {name: x, channels: 1}", "slice: {name: x, first: 1, channels: 1}",
      "first channel 1, here 0"
    ),
    ("subsample: {name: x, stride: 1}", "subsample: {name: x, stride: 2}", "stride 2×2, here 1×1"),
    (
      "add: {name: x, from: [stem, stem]}", "add: {name: x, from: [stem, input]}",
      "input stem and input, here stem and stem"
    ),
    ("relu: {name: x}", "relu: {name: x, from: input}", "input input, here stem"),
  ]

  @Test("every attribute counts", arguments: pairs)
  func differences(layer: String, other: String, words: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      let (network, variant) = (try Self.network(layer), try Self.network(other, name: "variant"))
      let path = "\(folder)/w.zoow"
      try Package.write(variant, weights: LoadedWeights.load(.synthetic(seed: 0), for: variant), to: path)
      _ = try LoadedWeights.load(.file(path), for: variant)
      #expect(
        throws: ZooError.weightsOfAnotherModel(
          path: path, expected: "net", found: "variant", node: "x", difference: words)
      ) { try LoadedWeights.load(.file(path), for: network) }
    }
  }

  @Test(
    "what changes no number does not count",
    arguments: [
      ("dropout: {name: x, probability: 0.1}", "dropout: {name: x, probability: 0.9}"),
      ("average_pool: {name: x, kernel: 3}", "average_pool: {name: x, kernel: 3, count_padding: false}"),
      ("adaptive_average_pool: {name: x, out: 1}", "global_average_pool: {name: x}"),
    ])
  func same(layer: String, other: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      let (network, variant) = (try Self.network(layer), try Self.network(other, name: "variant"))
      let path = "\(folder)/w.zoow"
      try Package.write(variant, weights: LoadedWeights.load(.synthetic(seed: 0), for: variant), to: path)
      #expect(try LoadedWeights.load(.file(path), for: network).report.isComplete)
    }
  }

  @Test("a network that slides has the weights of the classifier that it was")
  func sliding() throws {
    try Fixtures.withTemporaryFolder { folder in
      let network = try Self.network("relu: {name: x}")
      let weights = try LoadedWeights.load(.synthetic(seed: 0), for: network)
      let conversion = try Conversion(network, name: "net-conv")
      try conversion.write(weights, to: "\(folder)/c.zoow")
      let converted = try Network(yaml: conversion.definition, path: "c.yaml")
      #expect(try LoadedWeights.load(.file("\(folder)/c.zoow"), for: converted).report.isComplete)
      #expect(try LoadedWeights.load(.file("\(folder)/c.zoow"), for: network).report.isComplete)
    }
  }
}
