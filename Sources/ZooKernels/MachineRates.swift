internal import CZooKernels

/// How fast a machine computes, reads and shares work at most, with the threads that it was given.
public struct MachineRates: Hashable, Sendable {
  /// Floating-point operations in registers; a fused multiply-add is two.
  public var operationsPerSecond: Double
  /// Bytes read from memory.
  public var bytesPerSecond: Double
  /// What it takes to share out a loop and to wait for all threads, which every step does: some tenths of a microsecond
  /// where processors share a cache, several times that where they do not; then a thread also waits several times as long
  /// for what another wrote.
  public var handover: Duration

  /// Floating-point operations and bytes per second, with all threads together, and the time that sharing takes.
  public init(operationsPerSecond: Double, bytesPerSecond: Double, handover: Duration) {
    self.operationsPerSecond = operationsPerSecond
    self.bytesPerSecond = bytesPerSecond
    self.handover = handover
  }
}

extension Machine {
  /// Measures all rates, in about a tenth of a second: the best of a few attempts, since others use the machine too.
  ///
  /// Takes 128 MiB of memory meanwhile, more than caches hold.
  public func measureRates() -> MachineRates {
    let clock = ContinuousClock()
    func best(_ attempts: Int, _ body: () -> Void) -> Double {
      (0..<attempts).map { _ in clock.measure(body) / .seconds(1) }.min() ?? .infinity
    }
    let tileFloats = Int(kernels.pointee.tile_pixels * kernels.pointee.tile_channels)
    let rounds = 200_000
    let factors = FloatBuffer(count: 2 * BlockedLayout.lanes)
    let sums = FloatBuffer(count: pool.threadCount * max(tileFloats, 4 * BlockedLayout.lanes))
    let megabyte = 1 << 18
    let parts = 128
    let memory = FloatBuffer(count: parts * megabyte)
    nonisolated(unsafe) let (factor, sum, floats) = (factors.floats, sums.floats, memory.floats)
    // A page that was never written is not memory yet.
    pool.parallel(parts) { part in (floats + part * megabyte).update(repeating: 1, count: megabyte) }
    return pool.run {
      let arithmetic = best(8) {
        pool.parallel(pool.threadCount) { index in
          kernels.pointee.arithmetic(factor, sum + index * tileFloats, rounds)
        }
      }
      let reading = best(4) {
        pool.parallel(parts) { part, thread in
          kernels.pointee.read(
            floats + part * megabyte, sum + thread * 4 * BlockedLayout.lanes, megabyte / BlockedLayout.lanes)
        }
      }
      // Of some microseconds each, so that nobody does another's.
      let (loops, shortRounds) = (1000, 400)
      let alone = best(4) { for _ in 0..<loops { kernels.pointee.arithmetic(factor, sum, shortRounds) } }
      let shared = best(4) {
        for _ in 0..<loops {
          pool.parallel(pool.threadCount) { index in
            kernels.pointee.arithmetic(factor, sum + index * tileFloats, shortRounds)
          }
        }
      }
      return MachineRates(
        operationsPerSecond: 2 * Double(tileFloats * rounds * pool.threadCount) / arithmetic,
        bytesPerSecond: Double(parts * megabyte * MemoryLayout<Float>.stride) / reading,
        handover: .seconds(max(0, shared - alone) / Double(loops)))
    }
  }
}
