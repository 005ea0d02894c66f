import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor
import ZooWeights

/// What became of the request to keep packed weights.
public enum PackedCacheUse: Sendable, Equatable {
  /// The weights were there; the checkpoint was not read.
  case read(path: String)
  /// They were packed, and are kept for the next time.
  case written(path: String, byteCount: Int)
  /// They were packed, and could not be kept.
  case failed(reason: String)
  /// They come from no file that could be recognised the next time.
  case unrecognisable
}

/// Packed weights kept in a folder, so that the next process neither reads nor packs them.
///
/// A file is called by what it depends on: the definition, the checkpoint's contents, the options, the layers whose values
/// are asked for, and the version of the order in which weights lie. It fits every machine whose numbers are little-endian, whatever its instruction set and
/// number of threads. It may be removed at any time; what is damaged is made anew.
struct PackedCache {
  let path: String
  private let key: [UInt8]

  /// To be raised whenever the same definition and checkpoint come to be packed differently. A test tells.
  private static let version = 2

  /// `outputs`: the layers whose values are asked for, with which nothing is fused. Returns `nil` for weights that
  /// cannot be recognised. Throws `WeightsError` when the file of the weights cannot be read.
  init?(
    folder: String, _ network: Network, _ weights: LoadedWeights, _ loading: LoadOptions, _ numerics: Numerics,
    outputs: [String]
  ) throws {
    guard let contents = try weights.contents() else { return nil }
    var parts = [
      "zoo packed weights \(Self.version)", contents, "\(network.input)", numerics.rawValue, "\(loading.isPartial)",
      "\(loading.hasNewHead)", "\(loading.seed)",
    ]
    parts.append("\(outputs.count)")
    parts += outputs
    parts += network.definition.sources.map { String(decoding: $0.bytes, as: UTF8.self) }
    let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
    path = "\(folder)/\(network.name)-\(Provenance.digest(of: text).prefix(16)).packed"
    key = Provenance.digestBytes(of: text)
  }

  /// The network with its weights from the file, or packed now and written to it.
  ///
  /// - Throws: as `CompiledNetwork`.
  func compile(
    _ graph: Graph, _ options: ExecutionOptions, _ weights: ParameterSource
  ) throws -> (CompiledNetwork, PackedCacheUse) {
    let stored = try CompiledNetwork(graph: graph, options: options) { counts in
      let sizes = counts.map { $0 * MemoryLayout<Float>.stride }
      guard let file = MemoryFile(path, key: key, sizes: sizes) else { return nil }
      return zip(file.pieces, counts).map { piece, count in
        guard let floats = piece.bindMemory(to: Float.self).baseAddress else { return FloatBuffer(count: 0) }
        return FloatBuffer(floats, count: count, owner: file)
      }
    }
    if let stored { return (stored, .read(path: path)) }
    let network = try CompiledNetwork(graph: graph, options: options, weights: weights)
    return (network, keep(network.packedBuffers))
  }

  private func keep(_ buffers: [FloatBuffer]) -> PackedCacheUse {
    let pieces = buffers.map { UnsafeRawBufferPointer(UnsafeBufferPointer(start: $0.floats, count: $0.count)) }
    do {
      try FileSystem.makeFolder(path.folderOfPath)
      try MemoryFile.write(pieces, key: key, to: path)
    } catch {
      return .failed(reason: "\(error)")
    }
    return withExtendedLifetime(buffers) { .written(path: path, byteCount: pieces.reduce(0) { $0 + $1.count }) }
  }
}
