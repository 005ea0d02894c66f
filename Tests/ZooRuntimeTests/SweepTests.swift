import Foundation
import Testing
import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor

/// Layers and networks drawn at random, in memory filled with NaN, against the interpreter in double precision.
///
/// `tools/sweep` draws tens of thousands; by default there are enough to meet every operation.
@Suite(.serialized)
struct SweepTests {
  /// Of the largest magnitude that an output or a quarter of what it is computed from has.
  private static let tolerance: Float = 1e-5

  private static func count(_ variable: String, or standard: Int) -> Int {
    ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } ?? standard
  }

  @Test func layers() throws {
    try sweep("layers", count: Self.count("ZOO_SWEEP_LAYERS", or: 1500)) { GraphCase(layer: $0) }
  }

  @Test func networks() throws {
    try sweep("networks", count: Self.count("ZOO_SWEEP_NETWORKS", or: 150)) { GraphCase(seed: $0) }
  }

  private func sweep(_ what: String, count: Int, _ draw: (UInt64) -> GraphCase) throws {
    let first = UInt64(Self.count("ZOO_SWEEP_SEED", or: 1_000_000))
    var largest: [String: (difference: Float, listing: String)] = [:]
    var kinds: Set<OperationKind> = []
    for index in 0..<UInt64(count) {
      let graphCase = draw(first + index)
      kinds.formUnion(graphCase.graph.nodes.map(\.operation.kind))
      let batch = [1, 2, 3, 1, 8][Int(index % 5)]
      let comparison = try Comparison(graphCase, batch: batch, shift: index % 4 == 0 ? -4 : 0)
      for runtime in Runtime.swept {
        for (output, found) in try comparison.answers(of: runtime).enumerated() {
          let expected = comparison.expected[output]
          let own = expected.floats.lazy.map(abs).max() ?? 0
          let scale = max(own, comparison.magnitudes[output] / 4, .leastNormalMagnitude)
          let difference = largestDifference(found, expected) / scale
          #expect(
            difference <= Self.tolerance,
            "\(runtime.name): output \(output) is off by \(difference) of \(scale), of \(graphCase.listing)")
          if difference > largest[runtime.name]?.difference ?? -1 {
            largest[runtime.name] = (difference, graphCase.name)
          }
        }
      }
    }
    #expect(Set(OperationKind.all).subtracting(kinds) == [], "these were never drawn")
    for (name, found) in largest.sorted(by: { $0.key < $1.key }) {
      print("sweep: \(count) \(what), \(name): largest difference \(found.difference) (\(found.listing))")
    }
  }
}

extension Runtime {
  /// Every instruction set with Winograd's algorithm after passes, and without it before them, alternately with one and
  /// with two threads.
  fileprivate static let swept: [Runtime] = InstructionSet.available.flatMap { instructionSet in
    [
      compiled(ExecutionOptions(instructionSet: instructionSet, threads: 2), isOptimized: true),
      compiled(ExecutionOptions(instructionSet: instructionSet, threads: 1, numerics: .direct), isOptimized: false),
    ]
  }
}
