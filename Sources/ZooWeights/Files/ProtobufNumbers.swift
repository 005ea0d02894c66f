/// The elements of a repeated field of `float`, `double` or other numbers of fixed size, where they lie in the file: in one
/// run when they are packed, as nearly every writer does, or each after a tag of its own.
struct ProtobufNumbers: Hashable, Sendable {
  fileprivate struct Run: Hashable, Sendable {
    let offset: Int
    /// From one element to the next, in bytes.
    let stride: Int
    /// The elements in the runs before.
    let first: Int
    var count: Int
  }

  static let maximumRuns = 4096

  let elementSize: Int
  private(set) var count = 0
  private var runs: [Run] = []

  init(elementSize: Int) {
    self.elementSize = elementSize
  }

  mutating func append(_ field: ProtobufField) throws(WeightsProblem) {
    switch (field.type, elementSize) {
    case (.bytes, _):
      let length = field.payload.count
      guard length % elementSize == 0 else {
        throw .protobuf(.packedLength(length, elementSize: elementSize, offset: field.start))
      }
      guard length > 0 else { return }
      try append(offset: field.payload.lowerBound, stride: elementSize, count: length / elementSize, field)
    case (.fixed32, 4), (.fixed64, 8):
      let stride = field.payload.upperBound - field.start
      if let last = runs.last, last.stride == stride,
        last.offset + last.count * stride == field.payload.lowerBound
      {
        runs[runs.count - 1].count += 1
        count += 1
      } else {
        try append(offset: field.payload.lowerBound, stride: stride, count: 1, field)
      }
    default: throw .protobuf(.unexpectedType(field: field.number, offset: field.start))
    }
  }

  private mutating func append(
    offset: Int, stride: Int, count: Int, _ field: ProtobufField
  ) throws(WeightsProblem) {
    guard runs.count < Self.maximumRuns else {
      throw .protobuf(.scattered(limit: Self.maximumRuns, offset: field.start))
    }
    runs.append(Run(offset: offset, stride: stride, first: self.count, count: count))
    self.count += count
  }

  /// Fills `target` with the elements from number `first` on.
  func read(from file: InputFile, first: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    var done = 0
    let wanted = target.count / elementSize
    // Runs are in the order of their elements; the last that begins at or before `first` holds it.
    var position = runs.position(of: first)
    while done < wanted {
      let run = runs[position]
      let skip = first + done - run.first
      let count = min(run.count - skip, wanted - done)
      let part = UnsafeMutableRawBufferPointer(
        rebasing: target[done * elementSize..<(done + count) * elementSize])
      try read(run, skip: skip, from: file, into: part)
      done += count
      position += 1
    }
  }

  private func read(
    _ run: Run, skip: Int, from file: InputFile, into target: UnsafeMutableRawBufferPointer
  ) throws(WeightsProblem) {
    let offset = run.offset + skip * run.stride
    guard run.stride != elementSize else { return try file.read(at: offset, into: target) }
    let count = target.count / elementSize
    // No tag follows the last element.
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: (count - 1) * run.stride + elementSize, alignment: 64)
    defer { buffer.deallocate() }
    try file.read(at: offset, into: buffer)
    for index in 0..<count {
      let element = UnsafeRawBufferPointer(rebasing: buffer[index * run.stride..<index * run.stride + elementSize])
      UnsafeMutableRawBufferPointer(rebasing: target[(index * elementSize)...]).copyMemory(from: element)
    }
  }
}

extension [ProtobufNumbers.Run] {
  /// The position of the last run that begins at or before element number `first`.
  fileprivate func position(of first: Int) -> Int {
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if self[middle].first <= first { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
