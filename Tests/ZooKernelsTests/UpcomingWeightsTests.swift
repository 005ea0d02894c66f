import CZooKernels
import Testing
import ZooKernels
import ZooTensor

@Suite("Weights of later layers are fetched")
struct UpcomingWeightsTests {
  private static var sets: [(name: String, kernels: UnsafePointer<zoo_kernels>)] {
    [("AVX-512", ZOO_AVX512), ("AVX2", ZOO_AVX2), ("NEON", ZOO_NEON), ("portable", ZOO_PORTABLE)].compactMap {
      name, set in zoo_kernels_for(set).map { (name, $0) }
    }
  }

  /// How many floats are fetched of so many, by a convolution of single pixels or of an image's planes.
  private func fetched(
    of count: Int, _ kernels: UnsafePointer<zoo_kernels>, planes: Int, channels: Int, rows: Int, columns: Int,
    planar: Bool = false
  ) -> Int {
    let lanes = 16
    let weights = FloatBuffer(count: 2 * channels * planes * lanes)
    let input = FloatBuffer(count: planes * rows * columns * lanes)
    let output = FloatBuffer(count: channels * rows * columns)
    let bias = FloatBuffer(count: 32)
    let others = FloatBuffer(count: count)
    var shape = zoo_convolution(
      planes: planes, plane_stride: rows * columns * lanes, last_lanes: lanes, rows: 1, row_stride: 0, columns: 1,
      column_stride: 0, weight_block: planes * lanes * lanes, fetch_offset: 0, fetch_stride: 0, fetch_second: 0,
      fetches_next_tile: false, input_pixel: planar ? 1 : lanes, input_second: 0, output_pixel: lanes, output_second: 0,
      output_block: rows * columns * lanes, addend_pixel: 0, addend_second: 0, addend_block: 0,
      activation: zoo_activation(function: ZOO_IDENTITY, a: 0, b: 0), continues: false, tiles: 0, tile_pixels: 0,
      tile_fetch: 0, ahead: nil, ahead_floats: 0)
    var tiling = zoo_tiling(
      rows: rows, columns: columns, input_row: columns * shape.input_pixel, output_row: columns * lanes, addend_row: 0,
      pairs: false)
    var upcoming = zoo_upcoming(from: others.floats, end: others.floats + count)
    zoo_convolution_rows(
      kernels, planar, Int32(channels), &tiling, &shape, planes * lanes * lanes, input.floats, weights.floats,
      weights.floats, bias.floats, nil, output.floats, &upcoming)
    return upcoming.from.map { $0 - UnsafePointer(others.floats) } ?? -1
  }

  @Test("whole cache lines, no more than there are, and no more than the products leave time for")
  func amount() {
    for (name, kernels) in Self.sets {
      let channels = Int(kernels.pointee.tile_channels)
      for (planes, rows, columns) in [(1, 1, 1), (3, 2, 5), (20, 1, 49), (4, 7, 28), (60, 2, 14)] {
        let products = planes * 16 * channels * rows * columns
        for count in [0, 16, 160, 1600, 16000, 1_600_000] {
          let fetched = fetched(of: count, kernels, planes: planes, channels: channels, rows: rows, columns: columns)
          let comment = "\(fetched) of \(count), \(planes) planes, \(rows)×\(columns), \(channels) channels, \(name)"
          #expect((0...count).contains(fetched) && fetched % 16 == 0, "\(comment)")
          // A tile that is not full counts as a full one.
          let tiles = rows * ((columns + Int(kernels.pointee.tile_pixels) - 1) / Int(kernels.pointee.tile_pixels))
          let full = planes * 16 * channels * tiles * Int(kernels.pointee.tile_pixels)
          #expect(fetched <= UpcomingWeights.floatCount(during: Double(full)), "\(comment)")
          // The products of a line of a small tile are too few for any.
          if count == 1_600_000, channels * Int(kernels.pointee.tile_pixels) >= 40 {
            #expect(2 * fetched >= UpcomingWeights.floatCount(during: Double(products)), "\(comment)")
          }
        }
      }
      #expect(
        fetched(of: 1600, kernels, planes: 3, channels: channels, rows: 5, columns: 40, planar: true) == 0, "\(name)")
    }
  }

  @Test("each thread's pieces fetch all of its share, in order")
  func parts() {
    for threads in 1...4 {
      for length in [0, 1, 7, 1000] {
        let shares = (0..<threads).map { 1200 * $0..<1200 * $0 + length }
        let weights = UpcomingWeights(FloatBuffer(count: 4800), shares: shares)
        for count in [4, 5, 8, 29, 1500] {
          let parts = (0..<count).map { weights.part($0, of: count) }
          #expect(parts.flatMap { Array($0) } == shares.flatMap { Array($0) }, "\(threads) threads, \(parts)")
        }
        // Threads without a piece fetch nothing.
        #expect(weights.part(0, of: 1) == shares[0])
      }
    }
  }
}
