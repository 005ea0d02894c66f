internal import CZooKernels
import ZooTensor

extension Machine {
  /// `output = f(bias + weights ∗ input + addend)` by Winograd's algorithm. Each tile is transformed, multiplied
  /// frequency by frequency, in one chain of fused multiply-adds over the input channels, and transformed back; then
  /// come the bias and the addend. Precondition: the convolution was packed for a pool of as many threads. Where it
  /// pools, there is no addend, and the activation never falls. `input`: `geometry.input` with any halo. `addend`: a
  /// map of the output's channels and extent with any halo; may be the output itself. `pools`: whether the output is
  /// the maximum of each 2×2 of what was computed, as `maxPool` has it with stride 2 and without padding; the same
  /// bits. `scratch`: `schedule.scratchFloats(images:)` floats, aligned to 64 bytes.
  public func convolve(
    _ convolution: PackedWinograd, _ input: BlockedView, adding addend: BlockedView? = nil, pools: Bool = false,
    into output: BlockedView, scratch: UnsafeMutablePointer<Float>
  ) {
    let geometry = convolution.geometry
    let extent = pools ? geometry.output.halved : geometry.output
    precondition(
      !pools || addend == nil && convolution.activation?.neverFalls ?? true,
      "\(convolution.activation?.name ?? "nothing")\(addend == nil ? "" : " of a sum") is not pooled at once")
    precondition(
      input.layout.channels == geometry.inputChannels && input.layout.extent == geometry.input,
      "the input is \(input.layout.channels)×\(input.layout.extent), the convolution \(geometry)")
    precondition(
      output.layout.channels == geometry.outputChannels && output.layout.extent == extent,
      "the output is \(output.layout.channels)×\(output.layout.extent), the convolution \(geometry)")
    precondition(output.images == input.images, "\(input.images) images into \(output.images)")
    if let addend { precondition(addend.hasShape(of: output), "the addend is not of the output's shape") }
    precondition(convolution.schedule.threads == pool.threadCount, "packed for \(convolution.schedule.threads) threads")
    let schedule = convolution.schedule
    let passes = schedule.passes(images: input.images)
    let products = scratch + schedule.inputFloats(images: input.images)
    let productFloats = schedule.outputFloats(images: input.images)
    // A chunk has the outputs of a tile: more would read the frequencies as often, and leave less to share out.
    let tileBlocks = Int(kernels.pointee.tile_channels) / BlockedLayout.lanes
    for pass in 0..<passes.count {
      let groups = schedule.groups(ofPass: passes[pass].count)
      let panels = BlockParts(
        schedule.outputBlocks, blocksPerUnit: tileBlocks, parts: (schedule.outputBlocks + tileBlocks - 1) / tileBlocks,
        shares: groups.count < schedule.threads ? schedule.threads : 1)
      let work = WinogradPass(
        kernels: kernels, convolution: convolution, tiles: passes[pass], groups: groups, input: input, addend: addend,
        pools: pools, output: output, frequencies: scratch, products: products, productFloats: productFloats)
      if schedule.isFused {
        parallel(rows: 1, columns: groups.count) { _, group, thread in
          for block in 0..<schedule.inputBlocks { work.transform(block: block, group: group, slot: thread) }
          work.computeProducts(blocks: 0..<schedule.outputBlocks, group: group, slot: thread, thread: thread)
        }
        continue
      }
      parallel(rows: schedule.inputBlocks, columns: groups.count) { block, group, _ in
        work.transform(block: block, group: group, slot: group)
      }
      parallel(rows: panels.count, columns: groups.count) { panel, group, thread in
        work.computeProducts(blocks: panels[panel], group: group, slot: group, thread: thread)
      }
    }
  }
}

/// Some tiles of a Winograd convolution, and the memory for their frequencies.
private struct WinogradPass: @unchecked Sendable {
  let kernels: UnsafePointer<zoo_kernels>
  let convolution: PackedWinograd
  let tiles: Range<Int>
  let groups: Parts
  let input: BlockedView
  let addend: BlockedView?
  let pools: Bool
  let output: BlockedView
  /// For each group, or thread, as `schedule.inputLayout` says.
  let frequencies: UnsafeMutablePointer<Float>
  /// For each thread `[frequency][block of a panel][tile][16]`.
  let products: UnsafeMutablePointer<Float>
  let productFloats: Int

  private static var lanes: Int { BlockedLayout.lanes }
  private var schedule: WinogradSchedule { convolution.schedule }
  private var form: WinogradForm { convolution.form }

  /// The image, row and column of a tile.
  private struct Position {
    var image: Int
    var row: Int
    var column: Int

    init(_ tile: Int, _ grid: WinogradGrid) {
      image = tile / grid.tiles
      row = tile % grid.tiles / grid.columns
      column = tile % grid.columns
    }

    /// The tiles from here to the end of the row, `limit` at most.
    func run(_ grid: WinogradGrid, limit: Int) -> Int { min(grid.columns - column, limit) }

    mutating func advance(by tiles: Int, _ grid: WinogradGrid) {
      column += tiles
      guard column == grid.columns else { return }
      column = 0
      row += 1
      guard row == grid.rows else { return }
      row = 0
      image += 1
    }
  }

  /// The one for the form. By the name that its type has in C it would be a closure, which is allocated.
  private func kernel<Kernel>(of kernels: (Kernel, Kernel, Kernel)) -> Kernel {
    switch form {
    case .f2x3: kernels.0
    case .f4x3: kernels.1
    case .f2x5: kernels.2
    }
  }

  /// `slot`: where the group's frequencies lie.
  func transform(block: Int, group: Int, slot: Int) {
    let kernel = kernel(of: kernels.pointee.winograd_inputs)
    let group = groups[group]
    let halo = input.layout.halo
    var shape = zoo_winograd()
    shape.input_rows = input.layout.extent.height + halo.vertical
    shape.input_columns = input.layout.extent.width + halo.horizontal
    shape.input_row = input.layout.rowStride
    shape.frequency = layout.frequency
    let padding = convolution.geometry.padding
    var position = Position(tiles.lowerBound + group.lowerBound, schedule.grid)
    var target = frequencies(slot) + block * layout.block
    var rest = group.count
    while rest > 0 {
      let run = position.run(schedule.grid, limit: rest)
      let source = input.base + position.image * input.imageStride + block * input.layout.blockStride
      kernel(
        &shape, source, position.row * form.outputs - padding.top + halo.top,
        position.column * form.outputs - padding.left + halo.left, run, target)
      target += run * Self.lanes
      rest -= run
      position.advance(by: run, schedule.grid)
    }
  }

  private var layout: WinogradSchedule.InputLayout { schedule.inputLayout(ofGroup: groups.longest) }

  private func frequencies(_ slot: Int) -> UnsafeMutablePointer<Float> { frequencies + slot * layout.floats }

  func computeProducts(blocks: Range<Int>, group: Int, slot: Int, thread: Int) {
    let group = groups[group]
    let tileBlocks = Int(kernels.pointee.tile_channels) / Self.lanes
    let products = products + thread * productFloats
    let frequency = schedule.outputFrequency(ofGroup: group.count)
    for block in stride(from: blocks.lowerBound, to: blocks.upperBound, by: tileBlocks) {
      let blocks = block..<min(block + tileBlocks, blocks.upperBound)
      computeProducts(blocks: blocks, group: group, frequencies(slot), into: products, frequency: frequency)
      transformBack(blocks: blocks, group: group, from: products, frequency: frequency)
    }
  }

  private func computeProducts(
    blocks: Range<Int>, group: Range<Int>, _ frequencies: UnsafePointer<Float>,
    into products: UnsafeMutablePointer<Float>, frequency: Int
  ) {
    let lanes = Self.lanes
    let layout = layout
    let panelFloats = form.frequencies * convolution.frequencyFloats
    var shape = zoo_convolution()
    shape.plane_stride = layout.block
    shape.rows = 1
    shape.columns = 1
    shape.weight_block = panelFloats
    let grid = PixelGrid(
      columns: group.count, input: .init(column: lanes), output: .init(column: lanes, block: group.count * lanes))
    // Where blocks of a frequency do not lie together, the next tile is nearer than the next block.
    shape.fetches_next_tile = !schedule.liesByFrequency(group: groups.longest)
    var tiles = ConvolutionTiles(kernels, isPlanar: false, grid: grid, shape: shape)
    let zeros = UnsafePointer(convolution.bias.floats + schedule.outputBlocks * lanes)
    // Where tiles are few, weights come from memory: a short piece of them at a time, for all tiles.
    let planesPerPass = Int(kernels.pointee.pass_steps) / lanes * (group.count < 32 ? 1 : 2)
    let blockWeights = UnsafePointer(convolution.weights.floats) + blocks.lowerBound * panelFloats
    for index in 0..<form.frequencies {
      for plane in stride(from: 0, to: schedule.inputBlocks, by: planesPerPass) {
        tiles.shape.planes = min(planesPerPass, schedule.inputBlocks - plane)
        tiles.shape.last_lanes =
          plane + planesPerPass >= schedule.inputBlocks
          ? convolution.geometry.inputChannels - (schedule.inputBlocks - 1) * lanes : lanes
        tiles.shape.continues = plane > 0
        let weights = blockWeights + index * convolution.frequencyFloats + plane * lanes * lanes
        let isLast = index + 1 == form.frequencies && plane + planesPerPass >= schedule.inputBlocks
        tiles.run(
          rows: 0..<1, rowsPerTile: 1, blocks: blocks.count,
          input: frequencies + index * layout.frequency + plane * shape.plane_stride, weights: weights,
          next: isLast ? blockWeights + blocks.count * panelFloats : weights + tiles.shape.planes * lanes * lanes,
          bias: zeros, addend: nil, output: products + index * frequency)
      }
    }
  }

  private func transformBack(
    blocks: Range<Int>, group: Range<Int>, from products: UnsafePointer<Float>, frequency: Int
  ) {
    let kernel = kernel(of: kernels.pointee.winograd_outputs)
    let lanes = Self.lanes
    let extent = convolution.geometry.output
    let outputsPerPlace = pools ? 2 : 1
    var shape = zoo_winograd()
    shape.frequency = frequency
    shape.pools = pools
    shape.output_row = output.layout.rowStride
    shape.addend_row = addend?.layout.rowStride ?? 0
    shape.activation = convolution.activation.kernel
    for block in blocks {
      let bias = convolution.bias.floats + block * lanes
      var source = products + (block - blocks.lowerBound) * group.count * lanes
      var position = Position(tiles.lowerBound + group.lowerBound, schedule.grid)
      var rest = group.count
      while rest > 0 {
        let run = position.run(schedule.grid, limit: rest)
        let (row, column) = (position.row * form.outputs, position.column * form.outputs)
        kernel(
          &shape, source, bias,
          addend.map { UnsafePointer($0.row(row, image: position.image, block: block) + column * lanes) },
          output.row(row / outputsPerPlace, image: position.image, block: block) + column / outputsPerPlace * lanes,
          extent.height - row, extent.width - column, run)
        source += run * lanes
        rest -= run
        position.advance(by: run, schedule.grid)
      }
    }
  }
}

extension Extent {
  /// What pooling 2×2 with stride 2 leaves.
  fileprivate var halved: Extent { Extent(height: height / 2, width: width / 2) }
}
