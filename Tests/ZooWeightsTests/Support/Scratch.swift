import FoundationEssentials
import Testing
import ZooTensor
import ZooWeights

/// A directory that is removed when the test is over.
final class Scratch {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/zoo-weights-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  @discardableResult
  func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
    try Data(bytes).write(to: URL(filePath: path(name)))
    return path(name)
  }

  func read(_ name: String) throws -> [UInt8] { try fileBytes(path(name)) }

  /// Everything in the directory, by name.
  var contents: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}

func fileBytes(_ path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(filePath: path)))
}

/// The path of a file in `Fixtures`.
func fixture(_ name: String) -> String {
  let support = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
  return "/\(support)/Fixtures/\(name)"
}

extension Tensor {
  var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

  init(shape: Shape, elementType: ElementType, bytes: [UInt8]) {
    self.init(shape: shape, elementType: elementType) { $0.copyBytes(from: bytes) }
  }
}

/// What `body` throws, which must be a `WeightsError`, or the problem of one.
func problem(
  _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation, of body: () throws -> Void
) -> WeightsProblem? {
  do {
    try body()
    Issue.record("nothing was thrown: \(comment ?? "")", sourceLocation: sourceLocation)
  } catch let error as WeightsError {
    return error.problem
  } catch let problem as WeightsProblem {
    return problem
  } catch {
    Issue.record("threw \(error): \(comment ?? "")", sourceLocation: sourceLocation)
  }
  return nil
}

/// Reads every tensor of a checkpoint.
func readAll(_ checkpoint: Checkpoint, threads: Int = 1) throws -> [Tensor] {
  try checkpoint.tensors(named: checkpoint.entries.map(\.name), threads: threads)
}
