import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor

/// A way to run a network, to be compared with the interpreter on the network as it was written.
struct Runtime: Sendable {
  let name: String
  let run: @Sendable (Graph, SyntheticWeights, Tensor) throws -> [Tensor]

  /// The interpreter after passes; every instruction set with 1 and 2 threads, before passes and after; and without
  /// Winograd's algorithm.
  static let all: [Runtime] =
    [
      Runtime(name: "interpreter, after passes") { graph, weights, images in
        try Interpreter(graph: graph.optimized(), weights: weights.tensor).run(images)
      }
    ]
    + InstructionSet.available.flatMap { instructionSet in
      [1, 2].flatMap { threads in
        [false, true].map { isOptimized in
          compiled(ExecutionOptions(instructionSet: instructionSet, threads: threads), isOptimized: isOptimized)
        }
      } + [compiled(ExecutionOptions(instructionSet: instructionSet, numerics: .direct), isOptimized: true)]
    }

  /// In memory that is filled with NaN before each pass.
  static func compiled(_ options: ExecutionOptions, isOptimized: Bool) -> Runtime {
    let threads = options.threads.map { "\($0) threads" } ?? "all threads"
    let name = "\(options.instructionSet?.rawValue ?? ""), \(threads), \(options.numerics)"
    return Runtime(name: "\(name), \(isOptimized ? "after" : "before") passes") { graph, weights, images in
      let network = try CompiledNetwork(
        graph: isOptimized ? graph.optimized() : graph, options: options, weights: weights.tensor)
      let runner = try network.makeRunner(batch: images.shape[0])
      runner.poison()
      return try runner.run(images)
    }
  }
}
