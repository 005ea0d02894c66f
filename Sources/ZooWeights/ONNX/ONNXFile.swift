import ZooTensor

/// Writes models in ONNX: the same graph, weights and metadata give the same bytes.
///
/// A message begins with its length, and the lengths of all tensors are known beforehand; so weights go from where they
/// come from to the file a part at a time.
package enum ONNXFile {
  /// The version of the format that came with a set of operators.
  private static func formatVersion(of operators: ONNXGraph.OperatorSet) -> Int {
    switch operators {
    case .v17: 8
    case .v21: 10
    }
  }

  /// Protobuf counts the bytes of a message in a signed number of 32 bits.
  package static let maximumSize = Int(Int32.max)

  /// Beside the model, for weights that do not go into it.
  package static func dataPath(for path: String) -> String { "\(path).data" }

  /// `hasExternalData`: whether weights go into a file of their own, beside the model and called as it is with `.data`
  /// after it. It gets its name before the model does. `progress`: told how many of how many bytes of weights are done.
  /// Throws `WeightsError` when a file cannot be written or would be too large, and what the weights throw; with
  /// nothing left behind.
  package static func write(
    _ graph: ONNXGraph, metadata: [String: String], producerVersion: String, to path: String,
    hasExternalData: Bool = false, overwrite: Bool = false, progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws {
    guard !hasExternalData || String(validating: path.pathBytes, as: UTF8.self) != nil else {
      throw WeightsError(path: path, .onnx(.externalNotUTF8))
    }
    let layout = Layout(graph, metadata, producerVersion, externalTo: hasExternalData ? dataPath(for: path) : nil)
    guard layout.size <= maximumSize else { throw WeightsError(path: path, .onnx(.tooLarge(size: layout.size))) }
    let file = try create(path, overwrite: overwrite)
    let data = try hasExternalData ? create(dataPath(for: path), overwrite: overwrite) : nil
    let total = graph.initializers.reduce(0) { $0 + $1.byteCount }
    var done = 0
    for section in layout.sections {
      switch section {
      case .bytes(let bytes): try attempt(path) { () throws(WeightsProblem) in try file.write(bytes) }
      case .weights(let position, let padding):
        let target = data ?? file
        let initializer = graph.initializers[position]
        try attempt(target.path) { () throws(WeightsProblem) in
          try target.write([UInt8](repeating: 0, count: padding))
        }
        let end = target.size + initializer.byteCount
        try initializer.forEachPart { floats in
          try attempt(target.path) { () throws(WeightsProblem) in try target.write(UnsafeRawBufferPointer(floats)) }
          done += floats.count * MemoryLayout<Float>.size
          progress?(done, total)
        }
        precondition(target.size == end, "'\(initializer.name)' is not as long as its shape says")
      }
    }
    if let data { try attempt(data.path) { () throws(WeightsProblem) in try data.commit() } }
    try attempt(path) { () throws(WeightsProblem) in try file.commit() }
  }

  private static func create(_ path: String, overwrite: Bool) throws(WeightsError) -> OutputFile {
    try attempt(path) { () throws(WeightsProblem) in try OutputFile(path, overwrite: overwrite) }
  }

  private static func attempt<Result>(
    _ path: String, _ body: () throws(WeightsProblem) -> Result
  ) throws(WeightsError) -> Result {
    do throws(WeightsProblem) {
      return try body()
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// What the file consists of, with every length.
  private struct Layout {
    enum Section {
      case bytes([UInt8])
      /// The elements of an initializer, after some zeros.
      case weights(position: Int, padding: Int)
    }

    private(set) var sections: [Section] = []
    /// The size of the model's own file.
    private(set) var size = 0

    init(
      _ graph: ONNXGraph, _ metadata: [String: String], _ producerVersion: String, externalTo path: String?
    ) {
      let location = path?.split(separator: "/").last.map(String.init)
      var parts: [Section] = []
      var length = 0
      func add(_ writer: ProtobufWriter) {
        parts.append(.bytes(writer.bytes))
        length += writer.bytes.count
      }
      add(
        ProtobufWriter { message in
          for node in graph.nodes { node.write(to: &message) }
          message.text(2, graph.name)
        })
      var dataSize = 0
      for (position, initializer) in graph.initializers.enumerated() {
        let padding = location == nil ? 0 : Layout.padding(at: dataSize, for: initializer.byteCount)
        let place = location.map { ONNXGraph.Initializer.Place(location: $0, offset: dataSize + padding) }
        let proto = initializer.proto(place: place)
        let inside = location == nil ? initializer.byteCount : 0
        add(ProtobufWriter { $0.head(5, length: proto.bytes.count + inside) })
        add(proto)
        parts.append(.weights(position: position, padding: padding))
        length += inside
        dataSize += padding + initializer.byteCount
      }
      add(
        ProtobufWriter { message in
          for value in graph.inputs { value.write(to: &message, field: 11) }
          for value in graph.outputs { value.write(to: &message, field: 12) }
          for value in graph.values { value.write(to: &message, field: 13) }
        })
      let head = ProtobufWriter { model in
        model.integer(1, formatVersion(of: graph.operatorSet))
        model.text(2, "zoo")
        model.text(3, producerVersion)
        model.head(7, length: length)
      }
      let tail = ProtobufWriter { model in
        model.message(8) { operators in
          operators.text(1, "")
          operators.integer(2, graph.operatorSet.rawValue)
        }
        for (key, value) in metadata.sorted(by: { String.bytewisePrecedes($0.key, $1.key) }) {
          model.message(14) { pair in
            pair.text(1, key)
            pair.text(2, value)
          }
        }
      }
      size = head.bytes.count + length + tail.bytes.count
      sections = [.bytes(head.bytes)] + parts + [.bytes(tail.bytes)]
    }

    /// The zeros before a tensor in a file of its own: large ones begin a page, so that readers can map them.
    private static func padding(at offset: Int, for byteCount: Int) -> Int {
      let alignment = byteCount >= 1 << 20 ? 4096 : 64
      return (alignment - offset % alignment) % alignment
    }
  }
}
