internal import CZooKernels
import ZooTensor

extension Machine {
  /// Padding, enlarging, and their gradients: each pixel is a sum over some rows of sums over some columns, fused
  /// multiply-adds in the order of the tables. The halo is not read.
  ///
  /// - Precondition: the tables are for these extents.
  public func resample(_ tables: ResamplingTables, _ input: BlockedView, into output: BlockedView) {
    let extent = output.layout.extent
    precondition(
      input.layout.channels == output.layout.channels && input.images == output.images
        && tables.rows.starts.count == extent.height + 1 && tables.columns.starts.count == extent.width + 1,
      "resampling \(input.layout.channels)×\(input.layout.extent) into \(output.layout.channels)×\(extent)")
    forEachRow(clearing: output) { image, block, row in
      resample(
        tables, row: row, input.row(0, image: image, block: block), input.layout.rowStride,
        into: output.row(row, image: image, block: block))
    }
  }

  /// Parts of what `resample` gives for whole maps, with the same bits. `windows`: those of the input hold all that is
  /// read.
  public func resample(_ tables: ResamplingTables, windows: [(input: MapWindow, output: MapWindow)]) {
    for (input, output) in windows {
      resample(tables.part(output.region, of: input.region), input.view, into: output.view)
    }
  }

  private func resample(
    _ tables: ResamplingTables, row: Int, _ input: UnsafePointer<Float>, _ rowStride: Int,
    into output: UnsafeMutablePointer<Float>
  ) {
    let (rows, columns) = (tables.rows, tables.columns)
    let first = rows.starts[row]
    rows.inputs.withUnsafeBufferPointer { rowInputs in
      rows.weights.withUnsafeBufferPointer { rowWeights in
        columns.starts.withUnsafeBufferPointer { starts in
          columns.inputs.withUnsafeBufferPointer { columnInputs in
            columns.weights.withUnsafeBufferPointer { columnWeights in
              guard let rowInputs = rowInputs.baseAddress, let rowWeights = rowWeights.baseAddress,
                let firstStart = starts.baseAddress, let columnInputs = columnInputs.baseAddress,
                let columnWeights = columnWeights.baseAddress
              else { return }
              var shape = zoo_resampling(
                row_count: rows.starts[row + 1] - first, row_stride: rowStride, rows: rowInputs + first,
                row_weights: rowWeights + first, starts: firstStart, columns: columnInputs,
                column_weights: columnWeights)
              kernels.pointee.resample(&shape, input, output, starts.count - 1)
            }
          }
        }
      }
    }
  }
}
