import Testing
import ZooKernels
import ZooKit
import ZooRuntime
import ZooTensor

@Suite("the benchmark of kernels") struct KernelBenchmarkTests {
  @Test("marks what the compiled network runs", arguments: ["lenet", "googlenet", "resnet20", "alexnet-caffe"])
  func chosen(name: String) throws {
    let model = try Model(name, weights: .synthetic(seed: 0))
    let run = try #require(model.compiled).steps.map(\.kernel.description)
    let layers = try KernelBenchmark.layers(of: model.network)
    #expect(!layers.isEmpty && Set(layers).count == layers.count)
    for case .convolution(let geometry, let algorithm) in layers {
      let kernel =
        switch algorithm {
        case .direct: "convolution \(geometry.kernel)"
        case .depthwise: "depthwise \(geometry.kernel)"
        case .planar: "planar convolution \(geometry.kernel)"
        case .winograd(let form): "winograd \(form.outputs)×\(form.outputs), \(geometry.kernel)"
        }
      #expect(run.contains { $0.hasPrefix(kernel) }, "\(geometry): \(kernel)")
    }
  }

  /// Winograd's algorithm does not apply it in registers.
  @Test("a convolution with tanh is direct, though Winograd's algorithm would pay")
  func tanh() throws {
    func layers(_ activation: String) throws -> [KernelBenchmark.Layer] {
      let network = try Network(
        yaml: """
          zoo: 1
          name: net
          input: [32, 40, 40]
          layers:
            - conv: {name: conv, out: 64, kernel: 3, padding: 1}
            - \(activation)
          outputs: {features: \(activation)}
          """, path: "net.yaml")
      return try KernelBenchmark.layers(of: network)
    }
    let geometry = try ConvolutionGeometry(
      inputChannels: 32, outputChannels: 64, input: Extent(40), kernel: Extent(3), padding: Padding(1))
    #expect(try layers("tanh") == [.convolution(geometry, chosen: .direct)])
    #expect(try layers("relu") == [.convolution(geometry, chosen: .winograd(.f4x3))])
    let result = try KernelBenchmark.run(layers("tanh")[0], options: ExecutionOptions(threads: 1), runs: 1)
    #expect(result.candidates.map(\.isChosen) == [true, false, false])
  }

  @Test("a convolution of a few channels reads planes")
  func planes() throws {
    let geometry = try ConvolutionGeometry(
      inputChannels: 3, outputChannels: 16, input: Extent(9), kernel: Extent(3), stride: Extent(2))
    #expect(try KernelBenchmark.layers(of: geometry) == [.convolution(geometry, chosen: .planar)])
  }
}
