import ZooTensor

/// An HDF5 file, as Keras and h5py write it: groups in each other with attributes, and tensors in them.
///
/// Read are superblocks of all versions, object headers of both, groups whose links are in a symbol table or in messages,
/// attributes that are strings, and datasets of numbers that are compact, contiguous or in chunks with a B-tree of version 1,
/// deflated, shuffled and with Fletcher's checksum. Links to names and to other files are not followed; nothing outside of
/// the file is opened. See *HDF5 File Format Specification Version 3.0* (The HDF Group).
package struct HDF5File: Sendable {
  /// HDF5's signature.
  static let magic: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// How deeply groups may lie in each other.
  private static let maximumDepth = 64

  /// The strings that groups have as attributes, by the group's path and the attribute's name. The path has a `/` between
  /// its parts, and none at its ends.
  package private(set) var attributes: [String: [String: [String]]] = [:]
  private(set) var datasets: [HDF5Dataset] = []
  /// The paths of what is not a tensor and of links that are not followed.
  private(set) var skipped: [String] = []
  let bytes: HDF5Bytes

  /// Reads the structure of the file; the elements are read when they are asked for.
  ///
  /// - Throws: `WeightsProblem.hdf5` for what the file has and zoo does not read, or what is damaged;
  ///   `tooManyBytes` when the tensors are larger than the limit.
  init(_ bytes: HDF5Bytes, limits: WeightsLimits) throws(WeightsProblem) {
    self.bytes = bytes
    let structures = HDF5Structures(bytes)
    let root = try structures.root()
    try readGroup(HDF5Object(at: root, in: structures), path: "", depth: 0, limits: limits, in: structures)
    var total = 0
    for dataset in datasets { try limits.add(dataset.shape.elementCount * dataset.elementType.size, to: &total) }
    try checkOverlap()
  }

  /// The tensors by their paths. What Keras needs to go on training is not among them.
  func checkpoint(format: CheckpointFormat, path: String) throws(WeightsProblem) -> Checkpoint {
    let training = attributes.keys.filter { ["optimizer", "optimizer_weights"].contains($0) }.sorted()
    let kept = datasets.filter { dataset in !training.contains { dataset.name.hasPrefix($0 + "/") } }
    guard !kept.isEmpty else { throw .hdf5(.noTensors) }
    let skipped = skipped.filter { name in !training.contains { name.hasPrefix($0 + "/") } }
    var metadata: [String: String] = [:]
    for group in ["", "model_weights"] {
      for key in ["keras_version", "backend"] {
        if let value = attributes[group]?[key]?.first {
          metadata["keras.\(key == "backend" ? key : "version")"] = value
        }
      }
    }
    return try Checkpoint(
      format: format, path: path,
      entries: kept.map { .init(name: $0.name, shape: $0.shape, elementType: $0.elementType) }, metadata: metadata,
      skipped: skipped + training, source: HDF5Source(bytes: bytes, datasets: kept))
  }

  /// Opens the file at `path`.
  package init(_ path: String, limits: WeightsLimits = WeightsLimits()) throws(WeightsError) {
    do throws(WeightsProblem) {
      try self.init(HDF5Bytes(InputFile(path)), limits: limits)
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  private mutating func readGroup(
    _ object: HDF5Object, path: String, depth: Int, limits: WeightsLimits, in structures: HDF5Structures
  ) throws(WeightsProblem) {
    guard depth < Self.maximumDepth else { throw .hdf5(.tooDeep(group: path)) }
    try readAttributes(of: object, path: path, in: structures)
    let prefix = path.isEmpty ? "" : path + "/"
    for (name, target) in try HDF5Group(object, path: path, in: structures).links {
      let path = prefix + name
      if let problem = NameProblem(path) { throw .name(problem) }
      guard datasets.count + skipped.count + attributes.count < ArchiveLayout.maximumTensors else {
        throw .hdf5(.tooManyObjects)
      }
      guard let target else {
        skipped.append(path)
        continue
      }
      let child = try HDF5Object(at: target, in: structures)
      if child.isGroup {
        try readGroup(child, path: path, depth: depth + 1, limits: limits, in: structures)
      } else if child.first(HDF5Object.MessageType.layout) != nil,
        let dataset = try HDF5Dataset(child, name: path, limits: limits, in: structures)
      {
        datasets.append(dataset)
      } else {
        skipped.append(path)
      }
    }
  }

  private mutating func readAttributes(
    of object: HDF5Object, path: String, in structures: HDF5Structures
  ) throws(WeightsProblem) {
    var values: [String: [String]] = [:]
    for message in object.all(HDF5Object.MessageType.attribute) {
      if let attribute = try HDF5Attribute(message, in: structures) { values[attribute.name] = attribute.values }
    }
    if let info = object.first(HDF5Object.MessageType.attributeInfo) {
      var body = info.body
      _ = try body.number(1, in: 0...0)
      if try body.number(1) & 1 != 0 { try body.skip(2) }
      guard try body.address() == nil else { throw .hdf5(.unsupported(path: path, .denseAttributes)) }
    }
    attributes[path] = values
  }

  /// Tensors that share bytes would make much of a small file.
  private func checkOverlap() throws(WeightsProblem) {
    var ranges: [(range: Range<Int>, dataset: Int)] = []
    for (position, dataset) in datasets.enumerated() {
      for range in dataset.ranges where !range.isEmpty { ranges.append((range, position)) }
    }
    ranges.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    for (first, second) in zip(ranges, ranges.dropFirst()) where second.range.lowerBound < first.range.upperBound {
      throw .hdf5(.overlappingData(datasets[first.dataset].name, datasets[second.dataset].name))
    }
  }
}

extension HDF5Object {
  fileprivate var isGroup: Bool {
    [MessageType.symbolTable, MessageType.linkInfo, MessageType.link, MessageType.groupInfo].contains {
      first($0) != nil
    }
  }
}
