import ZooKit

/// What a machine can do at most, in words.
enum RatesReport {
  static func line(_ rates: MachineRates, threads: Int) -> String {
    let arithmetic = NumberFormat.fixed(rates.operationsPerSecond / 1e9, 0)
    let memory = NumberFormat.fixed(rates.bytesPerSecond / 1e9, 1)
    let found = "this machine  \(arithmetic) GFLOP/s and \(memory) GB/s from memory, with \(threads) "
    if threads == 1 { return found + "thread" }
    let handover = NumberFormat.fixed(rates.handover / .microseconds(1), 1)
    return found + "threads, which share out a step in \(handover) µs"
  }
}
