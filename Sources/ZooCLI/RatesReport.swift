import ZooKit

/// What a machine can do at most, in words.
enum RatesReport {
  static func line(_ rates: MachineRates, threads: Int) -> String {
    let arithmetic = NumberFormat.fixed(rates.operationsPerSecond / 1e9, 0)
    let memory = NumberFormat.fixed(rates.bytesPerSecond / 1e9, 1)
    return "this machine  \(arithmetic) GFLOP/s and \(memory) GB/s from memory, with \(threads) "
      + (threads == 1 ? "thread" : "threads")
  }
}
