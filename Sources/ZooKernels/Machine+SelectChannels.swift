internal import CZooKernels
import ZooTensor

extension Machine {
  /// Makes a map of channels of others: each is the one given for it of the inputs', counted one after the other, or zeros for
  /// `nil`. Unused lanes become zeros.
  public func selectChannels(_ channels: [Int?], of inputs: [BlockedView], into output: BlockedView) {
    let extent = output.layout.extent
    for input in inputs {
      precondition(
        input.layout.extent == extent && input.images == output.images,
        "channels of \(input.layout.extent) for \(extent)")
    }
    precondition(channels.count == output.layout.channels, "\(channels.count) of \(output.layout.channels) channels")
    let sources = LaneSources(channels, of: inputs, part: Int(kernels.pointee.part))
    let select = kernels.pointee.select_lanes
    let blocks = output.layout.blocks
    let chunkFloats = 16384
    let rowFloats = extent.width * BlockedLayout.lanes
    let parts = Parts(
      extent.height, atMost: max(1, chunkFloats / rowFloats), images: output.images, threads: pool.threadCount)
    let blocksPerChunk = max(1, chunkFloats / (rowFloats * parts.longest))
    parallel(rows: (blocks + blocksPerChunk - 1) / blocksPerChunk, columns: output.images * parts.count) {
      chunk, part, _ in
      let (image, rows) = (part / parts.count, parts[part % parts.count])
      for block in chunk * blocksPerChunk..<min(blocks, (chunk + 1) * blocksPerChunk) {
        sources.withSources(of: block, image: image, row: rows.lowerBound) { lines, counts in
          select(
            lines, counts, output.row(rows.lowerBound, image: image, block: block), output.layout.rowStride, rows.count,
            extent.width)
        }
      }
    }
  }
}

/// Where the lanes of each block of a map come from.
private struct LaneSources: @unchecked Sendable {
  /// The sources of all parts of all blocks, as the kernel reads them for the first row of the first image.
  private var lines: [zoo_lane_source] = []
  /// From each of those to the next image.
  private var imageStrides: [Int] = []
  /// How many each part of each block has.
  private var counts: [Int] = []
  /// The first source of each block, and the end.
  private var starts: [Int] = [0]
  private let partsPerBlock: Int

  /// `part`: the lanes that are moved together.
  init(_ channels: [Int?], of inputs: [BlockedView], part: Int) {
    let lanes = BlockedLayout.lanes
    partsPerBlock = lanes / part
    var ends: [Int] = []
    for input in inputs { ends.append((ends.last ?? 0) + input.layout.channels) }
    for first in stride(from: 0, to: (channels.count + lanes - 1) / lanes * lanes, by: part) {
      // By input and part of it, in the order in which they come.
      var found: [(input: Int, part: Int)] = []
      var places: [[Int32]] = []
      for lane in 0..<part where first + lane < channels.count {
        guard let channel = channels[first + lane] else { continue }
        guard let input = ends.firstIndex(where: { channel < $0 }), channel >= 0 else {
          preconditionFailure("there is no channel \(channel) in \(ends.last ?? 0)")
        }
        let own = channel - (ends[input] - inputs[input].layout.channels)
        let source = (input: input, part: own / part)
        let index = found.firstIndex { $0 == source } ?? found.count
        if index == found.count {
          found.append(source)
          places.append([Int32](repeating: -1, count: lanes))
        }
        places[index][lane] = Int32(own % part)
      }
      for (source, places) in zip(found, places) {
        let view = inputs[source.input]
        let from = view.interior(image: 0, block: source.part / partsPerBlock) + source.part % partsPerBlock * part
        let none: Int32 = -1
        var line = zoo_lane_source(
          from: from, row: view.layout.rowStride,
          lanes: (
            none, none, none, none, none, none, none, none, none, none, none, none, none, none, none, none
          ))
        withUnsafeMutableBytes(of: &line.lanes) { lanes in
          for (index, lane) in places.enumerated() {
            lanes.storeBytes(of: lane, toByteOffset: index * MemoryLayout<Int32>.stride, as: Int32.self)
          }
        }
        lines.append(line)
        imageStrides.append(view.imageStride)
      }
      counts.append(found.count)
      if counts.count % partsPerBlock == 0 { starts.append(lines.count) }
    }
  }

  /// Calls `body` with the sources of a block's parts for an image, from one of its rows on, and how many each part has.
  func withSources(
    of block: Int, image: Int, row: Int, _ body: (UnsafePointer<zoo_lane_source>, UnsafePointer<Int>) -> Void
  ) {
    let range = starts[block]..<starts[block + 1]
    withUnsafeTemporaryAllocation(of: zoo_lane_source.self, capacity: max(1, range.count)) { memory in
      guard let base = memory.baseAddress else { return }
      for (index, source) in range.enumerated() {
        var line = lines[source]
        line.from += image * imageStrides[source] + row * line.row
        (base + index).initialize(to: line)
      }
      counts.withUnsafeBufferPointer { counts in
        guard let counts = counts.baseAddress else { return }
        body(base, counts + block * partsPerBlock)
      }
    }
  }
}
