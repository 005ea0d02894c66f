import ZooKernels
import ZooKit
import ZooTensor
import ZooWeights

extension Trainer {
  /// Compares what decides the bits with the other processes.
  ///
  /// - Throws: `WorkerError.differs`, in all of them.
  func compareProcesses(_ identity: RunIdentity) throws {
    guard communicator.count > 1 else { return }
    let numerics = recipe.numerics == .direct ? "direct" : "fast, \(machine.instructionSet.rawValue)"
    var pictures = SHA256()
    for data in [data, validation].compactMap(\.self) {
      pictures.update("\(data.indices.count)\n".utf8)
      for index in data.indices { pictures.update(index.bytes) }
    }
    try communicator.compare([
      ("their program", Self.programDigest), ("the numerics", numerics),
      ("what the system's eˣ gives", Mathematics.digest), ("the definition", identity.definition),
      ("the data", identity.data), ("the pictures that can be read", pictures.digest.hexadecimal),
      ("the recipe", recipe.text), ("the weights before the first step", weightsDigest()),
    ])
  }

  /// Compares the weights of all processes, which cannot differ unless a machine fails.
  func compareWeights() throws {
    guard communicator.count > 1 else { return }
    try communicator.compare([("the weights after step \(step)", weightsDigest())])
  }

  /// SHA-256 of the running program, where the system says which file that is.
  private static let programDigest: String = {
    guard let bytes = try? FileSystem.read("/proc/self/exe", limit: 1 << 30) else { return "unknown" }
    return SHA256.digest(of: bytes).hexadecimal
  }()
}
