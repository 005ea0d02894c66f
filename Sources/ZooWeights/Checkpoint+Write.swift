import ZooTensor

extension Checkpoint {
  /// Writes an archive with the tensors of this checkpoint, in its order, and its metadata.
  ///
  /// - Parameters:
  ///   - path: where the archive will be.
  ///   - metadata: what to add to the checkpoint's own; a value here takes the place of one under the same key.
  ///   - overwrite: whether an archive of this name may be replaced.
  ///   - threads: how many compress; one per processor when `nil`.
  ///   - progress: told how many of how many bytes are done.
  /// - Throws: `WeightsError`, with nothing left behind.
  /// - Returns: What the contents are called, as `zoo verify` prints it.
  @discardableResult
  public func pack(
    to path: String, metadata: [String: String] = [:], overwrite: Bool = false, threads: Int? = nil,
    progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws(WeightsError) -> ContentIdentifier {
    let writer = try ArchiveWriter(
      path: path, metadata: self.metadata.merging(metadata) { $1 }, overwrite: overwrite, threads: threads)
    let total = byteCount
    var done = 0
    for (position, entry) in entries.enumerated() {
      // A tensor that cannot be read in pieces is held whole; the others never are.
      var whole: Tensor?
      do throws(WeightsProblem) {
        if source.readsPieces(of: position) {
          try source.prepare(position, threads: threads ?? Workers.processorCount)
        } else {
          whole = try read(position, threads: 1)
        }
      } catch {
        throw WeightsError(path: self.path, error)
      }
      try writer.append(entry.name, shape: entry.shape, elementType: entry.elementType) {
        (range, target) throws(WeightsError) in
        if let whole {
          whole.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
        } else {
          do throws(WeightsProblem) {
            try source.read(position, piece: range.lowerBound / pieces(of: position).step, into: target)
          } catch {
            throw WeightsError(path: self.path, error)
          }
        }
        done += range.count
        progress?(done, total)
      }
    }
    return try writer.finish()
  }

  /// Writes the tensors bit for bit to a safetensors file when `path` ends in `.safetensors`, to a file for
  /// `numpy.load` when it ends in `.npz`, else to a new directory of `.npy` files.
  ///
  /// Metadata are written too, except to `.npz`, where NumPy would take them for one more array. NumPy has no bfloat16:
  /// such tensors become arrays of two opaque bytes per element (`V2`), which the `ml_dtypes` package understands.
  ///
  /// - Parameters:
  ///   - path: Where the file or directory will be; `.safetensors` and `.npz` are files.
  ///   - only: patterns with `*` and `?`; tensors whose names fit one of them are written, all when there are none.
  ///   - overwrite: whether a file of this name may be replaced; a directory is replaced only when it is empty.
  /// - Throws: `WeightsError`, with nothing left behind.
  /// - Returns: the number of tensors written.
  @discardableResult
  public func unpack(
    to path: String, only: [String] = [], overwrite: Bool = false
  ) throws(WeightsError) -> Int {
    let positions = entries.indices.filter { position in
      only.isEmpty || only.contains { NamePattern($0).matches(entries[position].name) }
    }
    if positions.isEmpty, !only.isEmpty {
      throw WeightsError(path: self.path, .nothingSelected(pattern: only.joined(separator: ", ")))
    }
    do throws(WeightsProblem) {
      if path.lowercased().hasSuffix(".safetensors") {
        try Safetensors.write(self, positions: positions, to: path, overwrite: overwrite)
      } else if path.lowercased().hasSuffix(".npz") {
        try NumPyZip.write(self, positions: positions, to: path, overwrite: overwrite)
      } else {
        try NumPyDirectory.write(self, positions: positions, to: path)
      }
    } catch {
      throw WeightsError(path: Self.isAboutTarget(error) ? path : self.path, error)
    }
    return positions.count
  }

  /// Writes a new folder with the tensors, bit for bit, and the metadata in `model.safetensors`, and other files beside
  /// it.
  ///
  /// - Parameters:
  ///   - texts: the other files, by name.
  ///   - path: where the folder will be.
  /// - Throws: `WeightsError`, with nothing left behind; when there is a file of that name, or a directory that is not
  ///   empty.
  public func writeFolder(_ texts: [(name: String, text: String)], to path: String) throws(WeightsError) {
    do throws(WeightsProblem) {
      try HubFolder.write(self, texts: texts, to: path)
    } catch {
      throw WeightsError(path: Self.isAboutTarget(error) ? path : self.path, error)
    }
  }

  /// Whether a problem lies with the file that is written rather than the one that is read.
  private static func isAboutTarget(_ problem: WeightsProblem) -> Bool {
    switch problem {
    case .file(.exists), .file(.cannotCreate), .file(.cannotWrite), .safetensors(.reservedName),
      .safetensors(.headerTooLong), .numpy(.nameTooLongForFile):
      true
    default: false
    }
  }
}
