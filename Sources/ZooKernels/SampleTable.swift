import ZooTensor

/// Which rows or columns of one map are summed, and with which weights, for each of another one's.
struct SampleTable: Sendable {
  /// For each output the first of its entries, and where the last one's end.
  private(set) var starts: [Int]
  private(set) var inputs: [Int]
  private(set) var weights: [Float]

  private init(_ entries: some Sequence<[(input: Int, weight: Float)]>) {
    (starts, inputs, weights) = ([0], [], [])
    for entry in entries {
      inputs += entry.map(\.input)
      weights += entry.map(\.weight)
      starts.append(inputs.count)
    }
    // One more, so that where nothing is read there is memory all the same.
    inputs.append(0)
    weights.append(0)
  }

  /// What makes the outputs.
  init(_ axis: AxisResampling) {
    self.init((0..<axis.output).lazy.map { axis.taps(output: $0).map { ($0.input, Float($0.weight)) } })
  }

  /// What makes the gradients of the inputs of those of the outputs, in order.
  init(transposing axis: AxisResampling) {
    var entries = [[(input: Int, weight: Float)]](repeating: [], count: axis.input)
    for output in 0..<axis.output {
      for tap in axis.taps(output: output) { entries[tap.input].append((output, Float(tap.weight))) }
    }
    self.init(entries)
  }

  /// Some of the outputs, made of a part of the inputs whose first one is given.
  func part(_ outputs: Range<Int>, first: Int) -> SampleTable {
    SampleTable(
      outputs.lazy.map { output in
        (starts[output]..<starts[output + 1]).map { (inputs[$0] - first, weights[$0]) }
      })
  }
}

/// A resampling, or its transpose, as kernels run it.
public struct ResamplingTables: Sendable {
  let rows: SampleTable
  let columns: SampleTable

  /// What makes a map of the output's extent.
  public init(_ resampling: Resampling) {
    rows = SampleTable(resampling.vertical)
    columns = SampleTable(resampling.horizontal)
  }

  /// What makes the gradient of the input of the output's.
  public init(transposing resampling: Resampling) {
    rows = SampleTable(transposing: resampling.vertical)
    columns = SampleTable(transposing: resampling.horizontal)
  }

  private init(rows: SampleTable, columns: SampleTable) {
    self.rows = rows
    self.columns = columns
  }

  /// A part of the output, made of a part of the input.
  func part(_ output: MapRegion, of input: MapRegion) -> ResamplingTables {
    ResamplingTables(
      rows: rows.part(output.rows, first: input.rows.lowerBound),
      columns: columns.part(output.columns, first: input.columns.lowerBound))
  }
}
