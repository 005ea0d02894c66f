import ZooTensor

/// The rows of an array in an `.npy` file, read when they are asked for: the file may be larger than memory.
///
/// Rows are read and not mapped: when a mapped file shrinks, touching the missing pages kills the process.
package struct NumPyRows: Sendable {
  package let path: String
  /// As the file says, a row for each step of the first dimension.
  package let shape: Shape
  package let elementType: ElementType
  /// Whether the rows lie one behind the other; those of an array in column-major order do not.
  package let areContiguous: Bool
  private let file: InputFile
  private let header: NumPyHeader

  /// - Throws: `WeightsError` when there is no such file, or none that holds an array and nothing else.
  package init(_ path: String) throws(WeightsError) {
    self.path = path
    do throws(WeightsProblem) {
      file = try InputFile(path)
      header = try NumPyHeader(file)
    } catch {
      throw WeightsError(path: path, error)
    }
    shape = header.shape
    elementType = header.elementType
    areContiguous = !header.isFortran || header.shape.rank < 2
  }

  /// Fills `target` with the float32 numbers of rows that lie within the array.
  ///
  /// - Precondition: the elements are float32, the rows are contiguous, and `target` has room for them exactly.
  /// - Throws: `WeightsError` when the file cannot be read any more.
  package func read(_ rows: Range<Int>, into target: UnsafeMutableBufferPointer<Float>) throws(WeightsError) {
    precondition(elementType == .float32 && areContiguous, "rows of \(elementType), contiguous: \(areContiguous)")
    let width = shape.elementCount / max(shape[0], 1)
    precondition(target.count == rows.count * width, "\(target.count) numbers for \(rows.count) rows of \(width)")
    let bytes = UnsafeMutableRawBufferPointer(target)
    do throws(WeightsProblem) {
      try file.read(at: header.dataOffset + rows.lowerBound * width * MemoryLayout<Float>.stride, into: bytes)
    } catch {
      throw WeightsError(path: path, error)
    }
    if header.isBigEndian { bytes.swapBytes(elementSize: MemoryLayout<Float>.stride) }
  }
}
