/// What a pass over a slice came to, beside gradients.
struct SliceOutcome: Hashable {
  /// The sum over its images.
  let loss: Double
  let correct: Int
  let judged: Int
  /// Of the batch norms that keep running ones.
  let statistics: [Float]
}

extension Trainer {
  /// The outcomes of all slices of a step in their order, and the sums of squares of all parts of the gradient. `batches`: of
  /// the step.
  func gathered(
    _ own: [SliceOutcome], squares: [Double], batches: Int
  ) throws -> (outcomes: [SliceOutcome], squares: [Double]) {
    if communicator.count == 1 { return (own, squares) }
    let statistics = compiled.batchStatisticsCount
    var bytes: [UInt8] = []
    for outcome in own {
      append(outcome.loss.bitPattern, to: &bytes)
      append(UInt64(outcome.correct), to: &bytes)
      append(UInt64(outcome.judged), to: &bytes)
      for number in outcome.statistics { append(number.bitPattern, to: &bytes) }
    }
    for sum in squares { append(sum.bitPattern, to: &bytes) }
    let slices = (0..<communicator.count).map { tree.slices(of: $0).count * batches }
    let all = try communicator.gather(
      bytes, counts: slices.map { $0 * (24 + 4 * statistics) + 8 * squares.count })
    var outcomes: [SliceOutcome] = []
    var sums = [Double](repeating: 0, count: squares.count)
    for (count, bytes) in zip(slices, all) {
      var rest = bytes[...]
      for _ in 0..<count {
        let loss = Double(bitPattern: take(from: &rest))
        let (correct, judged): (UInt64, UInt64) = (take(from: &rest), take(from: &rest))
        outcomes.append(
          SliceOutcome(
            loss: loss, correct: Int(correct), judged: Int(judged),
            statistics: (0..<statistics).map { _ in Float(bitPattern: take(from: &rest)) }))
      }
      for index in sums.indices { sums[index] += Double(bitPattern: take(from: &rest)) }
    }
    return (outcomes, sums)
  }
}

/// Little-endian.
private func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
  withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
}

private func take<Value: FixedWidthInteger>(from bytes: inout ArraySlice<UInt8>) -> Value {
  let size = MemoryLayout<Value>.size
  defer { bytes = bytes.dropFirst(size) }
  return bytes.prefix(size).reversed().reduce(Value(0)) { $0 << 8 | Value(truncatingIfNeeded: $1) }
}
