import Synchronization
import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor

/// Runs a converted network on images of any size within bounds of memory.
///
/// The sizes used last stay compiled; all share their weights. One arena is kept between runs: that of the last size.
final class SlidingEngine: Sendable {
  let geometry: SlidingGeometry
  /// The bytes that an arena may take.
  let memory: Int
  private let weights: LoadedWeights
  private let native: CompiledNetwork
  private let state = Mutex(State())

  var threadCount: Int { native.threadCount }

  private struct State: Sendable {
    var sizes = RecentlyUsed<Extent, CompiledNetwork>(capacity: 8)
    var tilings = RecentlyUsed<Extent, Tiling>(capacity: 64)
    var idle: Idle?
  }

  private struct Idle: @unchecked Sendable {
    let runner: Runner
  }

  /// - Throws: `RuntimeError`, `WeightsError`.
  init(_ geometry: SlidingGeometry, weights: LoadedWeights, options: ExecutionOptions, memory: Int?) throws {
    self.geometry = geometry
    self.weights = weights
    self.memory = memory ?? CompiledNetwork.physicalMemory / 2
    native = try CompiledNetwork(graph: geometry.graph.optimized(), options: options, weights: weights.source)
  }

  /// The scores `[classes, rows, columns]` of an image whose arena is within bounds.
  ///
  /// - Throws: `ConversionError`, `RuntimeError`, `WeightsError`; `CancellationError` when that is set.
  func run(_ image: Tensor, until cancellation: Cancellation? = nil) throws -> Tensor {
    let network = try compiled(for: image.shape.extent)
    // Callers who wait for their turn have no arena yet.
    let answer: [Tensor]? = try network.inTurn {
      if let cancellation, cancellation.isCancelled { return nil }
      let runner = try takeIdle(for: image.shape.extent)?.runner ?? network.makeRunner()
      defer {
        let returned = Idle(runner: runner)
        state.withLock { $0.idle = returned }
      }
      guard let cancellation else { return try runner.run(image) }
      return try runner.run(image, until: cancellation)
    }
    guard let map = answer?[0] else { throw CancellationError() }
    return geometry.answer.logits(of: map.reshaped(to: Shape(Array(map.shape.dimensions.dropFirst()))))
  }

  /// How an image is cut so that no arena is out of bounds, into as few pieces as that takes.
  ///
  /// - Throws: `SlidingError.memory`, `ConversionError`.
  func tiling(for extent: Extent) throws -> Tiling {
    if let known = state.withLock({ $0.tilings.value(for: extent) }) { return known }
    let map = try geometry.map(of: extent)
    let rows = geometry.rows(of: extent, cells: map.height)
    let columns = geometry.columns(of: extent, cells: map.width)
    let tiling = try tiling(rows, columns, of: extent)
    state.withLock { $0.tilings.insert(tiling, for: extent) }
    return tiling
  }

  private func tiling(_ rows: TiledSide, _ columns: TiledSide, of extent: Extent) throws -> Tiling {
    func tiling(_ rowUnits: Int, _ columnUnits: Int) -> Tiling {
      Tiling(rows: rows.pieces(units: rowUnits), columns: columns.pieces(units: columnUnits))
    }
    func largestArena(_ tiling: Tiling) throws -> Int {
      try tiling.tiles.map { try arenaByteCount($0.extent) }.max() ?? 0
    }
    let most = max(rows.mostUnits, columns.mostUnits)
    let whole = tiling(most, most)
    let needed = try largestArena(whole)
    guard needed > memory else { return whole }
    guard rows.canBeCut, columns.canBeCut else {
      throw SlidingError.memory(limit: memory, needed: needed, image: extent)
    }
    let least = try largestArena(tiling(1, 1))
    guard least <= memory else { throw SlidingError.memory(limit: memory, needed: least, image: extent) }
    // The first number fits, the second does not.
    var (fitting, tooMany) = (1, most)
    while tooMany - fitting > 1 {
      let middle = (fitting + tooMany) / 2
      if try largestArena(tiling(middle, middle)) <= memory { fitting = middle } else { tooMany = middle }
    }
    let balanced = tiling(rows.balanced(units: fitting), columns.balanced(units: fitting))
    return try largestArena(balanced) <= memory ? balanced : tiling(fitting, fitting)
  }

  private func arenaByteCount(_ extent: Extent) throws -> Int {
    do {
      if let compiled = state.withLock({ $0.sizes.value(for: extent) }) { return try compiled.arenaByteCount(batch: 1) }
      return try native.arenaByteCount(resizedTo: graph(for: extent), batch: 1)
    } catch RuntimeError.activationsTooLarge(_, let byteCount, _) {
      return byteCount
    }
  }

  private func graph(for extent: Extent) throws -> Graph {
    try geometry.graph(for: extent).optimized()
  }

  private func compiled(for extent: Extent) throws -> CompiledNetwork {
    if extent == geometry.window { return native }
    if let compiled = state.withLock({ $0.sizes.value(for: extent) }) { return compiled }
    let others = state.withLock { $0.sizes.values }
    let compiled = try native.resized(to: graph(for: extent), sharing: others, weights: weights.source)
    state.withLock { $0.sizes.insert(compiled, for: extent) }
    return compiled
  }

  /// Lets go of what is kept for pictures to come.
  func trim() {
    let kept = state.withLock { state in
      defer { state = State() }
      return state
    }
    _ = kept
  }

  /// An arena of another size is freed, so that there are never two.
  private func takeIdle(for extent: Extent) -> Idle? {
    let idle = state.withLock { state in
      let idle = state.idle
      state.idle = nil
      return idle
    }
    return idle?.runner.network.input.extent == extent ? idle : nil
  }
}
