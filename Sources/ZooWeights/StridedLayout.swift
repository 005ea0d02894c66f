/// How the elements of a tensor lie in a storage: permuted, shared with other tensors, or one after the other.
struct StridedLayout: Hashable, Sendable {
  let sizes: [Int]
  /// In elements; never negative.
  let strides: [Int]

  init(sizes: [Int], strides: [Int]) {
    self.sizes = sizes
    self.strides = strides
  }

  /// Column-major order.
  init(fortran sizes: [Int]) {
    var strides: [Int] = []
    var stride = 1
    for size in sizes {
      strides.append(stride)
      stride *= max(size, 1)
    }
    self.init(sizes: sizes, strides: strides)
  }

  /// Row-major order.
  init(contiguous sizes: [Int]) {
    self.init(sizes: sizes, strides: Self(fortran: sizes.reversed()).strides.reversed())
  }

  var elementCount: Int { sizes.reduce(1, *) }

  /// The number of storage elements from the first to the last that is used; `nil` when it does not fit in `Int`.
  var span: Int? {
    guard !sizes.contains(0) else { return 0 }
    var last = 0
    for (size, stride) in zip(sizes, strides) {
      let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
      let (sum, more) = last.addingReportingOverflow(reach)
      guard !overflow, !more, sum < .max else { return nil }
      last = sum
    }
    return last + 1
  }

  /// Whether the elements lie one after the other in row-major order.
  var isContiguous: Bool {
    guard !sizes.contains(0) else { return true }
    var expected = 1
    for (size, stride) in zip(sizes, strides).reversed() where size > 1 {
      guard stride == expected else { return false }
      expected *= size
    }
    return true
  }

  /// Copies the elements into row-major order. `source` holds `span` elements and `target` `elementCount`.
  func gather(from source: UnsafeRawBufferPointer, elementSize: Int, into target: UnsafeMutableRawBufferPointer) {
    switch elementSize {
    case 1: gather(UInt8.self, from: source, into: target)
    case 2: gather(UInt16.self, from: source, into: target)
    case 4: gather(UInt32.self, from: source, into: target)
    default: gather(UInt64.self, from: source, into: target)
    }
  }

  private func gather<Word>(
    _: Word.Type, from source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) {
    guard let from = source.assumingMemoryBound(to: Word.self).baseAddress,
      let to = target.assumingMemoryBound(to: Word.self).baseAddress, elementCount > 0
    else { return }
    let rowLength = sizes.last ?? 1
    let rowStride = strides.last ?? 1
    var counter = [Int](repeating: 0, count: max(0, sizes.count - 1))
    var start = 0
    for row in 0..<elementCount / rowLength {
      for column in 0..<rowLength { to[row &* rowLength &+ column] = from[start &+ column &* rowStride] }
      var axis = counter.count - 1
      while axis >= 0 {
        counter[axis] += 1
        start += strides[axis]
        if counter[axis] < sizes[axis] { break }
        start -= counter[axis] * strides[axis]
        counter[axis] = 0
        axis -= 1
      }
    }
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Turns numbers of the other byte order into numbers of this machine's.
  func swapBytes(elementSize: Int) {
    switch elementSize {
    case 1: break
    case 2: for index in 0..<count / 2 { swap(index, UInt16.self) }
    case 4: for index in 0..<count / 4 { swap(index, UInt32.self) }
    default: for index in 0..<count / 8 { swap(index, UInt64.self) }
    }
  }

  private func swap<Word: FixedWidthInteger & BitwiseCopyable>(_ index: Int, _: Word.Type) {
    let offset = index * MemoryLayout<Word>.size
    storeBytes(
      of: loadUnaligned(fromByteOffset: offset, as: Word.self).byteSwapped, toByteOffset: offset, as: Word.self)
  }
}
