import CZooMPI
import ZooTraining

/// The processes that `mpirun` or `srun` started.
final class MPICommunicator: Communicator {
  let rank: Int
  let count: Int
  /// Seconds for which nothing may come from another process, or go to it.
  private let patience: Double

  /// Joins the others. Once in a process.
  ///
  /// - Throws: `WorkerError.lost` with what MPI says.
  static func begin() throws {
    try call { zoo_mpi_begin(&$0) }
  }

  /// - Precondition: `begin` was called.
  init(patience: Double) {
    rank = Int(zoo_mpi_rank())
    count = Int(zoo_mpi_count())
    self.patience = patience
  }

  func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) throws {
    try Self.call { zoo_mpi_send(bytes.baseAddress, bytes.count, Int32(rank), Int32(tag), &$0) }
  }

  func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) throws {
    try Self.call { zoo_mpi_receive(bytes.baseAddress, bytes.count, Int32(rank), Int32(tag), &$0) }
  }

  func advance() throws {
    try Self.call { zoo_mpi_advance(&$0) }
  }

  func finish() throws {
    try Self.call(patience) { zoo_mpi_finish(patience, &$0) }
  }

  private static func call(_ patience: Double = 0, _ body: (inout zoo_mpi_failure) -> Int32) throws {
    var failure = zoo_mpi_failure()
    let code = Int(body(&failure))
    guard code != ZOO_MPI_OK else { return }
    let peer = failure.peer < 0 ? nil : Int(failure.peer)
    let reason =
      switch code {
      case ZOO_MPI_GONE: "its process has ended"
      case ZOO_MPI_SILENT: "it has not answered for \(Int(patience)) seconds"
      default:
        withUnsafeBytes(of: failure.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      }
    throw WorkerError.lost(rank: peer, reason: reason)
  }
}
