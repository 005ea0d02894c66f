import Testing
import ZooKernels
import ZooTensor
import ZooTestSupport

@Suite struct MachineTests {
  @Test("the portable kernels are always there, and come last")
  func instructionSets() {
    #expect(InstructionSet.available.last == .portable)
    #expect(InstructionSet.best == InstructionSet.available.first)
    #expect(InstructionSet.allCases.filter(InstructionSet.available.contains) == InstructionSet.available)
    #if arch(arm64)
      #expect(InstructionSet.available == [.neon, .portable])
    #elseif arch(x86_64)
      #expect(!InstructionSet.available.contains(.neon))
    #endif
  }

  @Test(
    "buffers are zeros on cache lines of their own, large ones on pages of their own", arguments: [0, 1, 1000, 1 << 20])
  func buffers(count: Int) {
    let buffer = FloatBuffer(count: count)
    #expect(buffer.count == count)
    #expect(UInt(bitPattern: buffer.floats) % (count >= 1 << 19 ? 1 << 21 : 128) == 0)
    #expect((0..<count).allSatisfy { buffer.floats[$0] == 0 })
    for index in 0..<count { buffer.floats[index] = Float(index) }
    #expect((0..<count).allSatisfy { buffer.floats[$0] == Float($0) })
  }

  @Test("small buffers that several threads allocate are zeros and do not overlap")
  func buffersOfThreads() async {
    await withTaskGroup(of: [FloatBuffer].self) { group in
      for task in 0..<4 {
        group.addTask {
          var numbers = SplitMix64(seed: UInt64(task))
          // Some are freed at once, so that memory comes and goes; all together are several times what is shared.
          return (0..<300).compactMap { index in
            let buffer = FloatBuffer(count: Int(numbers.next() % 100_000))
            let isZero = (0..<buffer.count).allSatisfy { buffer.floats[$0] == 0 }
            #expect(isZero, "\(buffer.count) floats")
            for position in 0..<buffer.count { buffer.floats[position] = Float(1000 * task + index) }
            return index % 3 == 0 ? buffer : nil
          }
        }
      }
      for await buffers in group {
        for buffer in buffers where buffer.count > 0 {
          let first = buffer.floats[0]
          let isWhole = (0..<buffer.count).allSatisfy { buffer.floats[$0] == first }
          #expect(isWhole, "\(buffer.count) floats that begin with \(first)")
        }
        let owners = buffers.filter { $0.count > 0 }.map { $0.floats[0] }
        #expect(Set(owners).count == owners.count)
      }
    }
  }

  @Test("parts of rows: each row once, none empty or too long, as many for each thread where there are several")
  func rowParts() {
    for rows in 1...40 {
      for limit in [1, 2, 3, 7, 13, 40] {
        for (images, threads) in [(1, 1), (1, 2), (1, 3), (1, 8), (2, 2), (3, 2), (4, 3)] {
          let cut = Parts(rows, atMost: limit, images: images, threads: threads)
          let ranges = (0..<cut.count).map { cut[$0] }
          let place = "\(rows) rows of \(images) images by \(limit), \(threads) threads: \(ranges)"
          #expect(ranges.flatMap(Array.init) == Array(0..<rows), "\(place)")
          let sizes = ranges.map(\.count)
          #expect(sizes.min() ?? 0 > 0 && sizes.max() ?? 0 <= limit, "\(place)")
          let fewest = (rows + limit - 1) / limit
          let isUneven = cut.count > 1 && images * cut.count % threads != 0
          // Where there are not rows enough for one part more for each thread.
          #expect(!isUneven || cut.count == fewest && (fewest + threads - 1) / threads * threads > rows, "\(place)")
        }
      }
    }
  }

  @Test("parts of blocks: each block once, none empty, whole units but for a share's last, shares of about as many")
  func blockParts() {
    for blocks in 1...40 {
      for unit in 1...3 {
        for (parts, shares) in [(1, 1), (1, 2), (3, 2), (5, 3), (8, 1), (8, 2), (9, 4), (64, 5)] {
          let cut = BlockParts(blocks, blocksPerUnit: unit, parts: parts, shares: shares)
          let ranges = (0..<cut.count).map { cut[$0] }
          let place = "\(blocks) blocks by \(unit), \(parts) parts, \(shares) shares: \(ranges)"
          #expect(ranges.flatMap(Array.init) == Array(0..<blocks), "\(place)")
          let sizesOfParts = ranges.map(\.count)
          #expect(sizesOfParts.min() ?? 0 > 0, "\(place)")
          let sharesHere = min(shares, blocks)
          #expect(cut.count % sharesHere == 0, "\(place)")
          let perShare = cut.count / sharesHere
          let sizes = (0..<sharesHere).map { share in
            ranges[perShare * share..<perShare * (share + 1)].reduce(0) { $0 + $1.count }
          }
          #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1, "\(place)")
          let cutOff = ranges.indices.filter { ranges[$0].count % unit != 0 && ($0 + 1) % perShare != 0 }
          #expect(cutOff.isEmpty, "\(place)")
        }
      }
    }
  }

  @Test("recorded operations run when their loops do, as often as they do", arguments: [1, 2])
  func recording(threads: Int) {
    let machine = Machine(threads: threads)
    let layout = BlockedLayout(channels: 20, extent: Extent(height: 9, width: 7), halo: Padding(1))
    let count = 2 * 20 * 63
    let (input, output) = (FloatReference(), FloatReference())
    let map = FloatBuffer(count: 2 * layout.floatsPerImage)
    let view = BlockedView(map.floats, layout: layout, images: 2)
    let loops = machine.recording { machine in
      machine.pack(input, into: view)
      machine.activate(.relu, view, into: view)
      machine.unpack(view, into: output)
    }
    #expect(loops.count == 4)
    #expect((0..<map.count).allSatisfy { map.floats[$0] == 0 })
    for sign: Float in [1, -1] {
      var floats = (0..<count).map { sign * Float($0 % 37 - 18) }
      let expected = floats.map { max($0, 0) }
      floats.withUnsafeMutableBufferPointer { floats in
        input.floats = floats.baseAddress
        output.floats = floats.baseAddress
        for loop in loops { machine.pool.parallel(loop) }
      }
      #expect(floats == expected)
    }
  }

  @Test("the floats of a layout")
  func layout() {
    let layout = BlockedLayout(
      channels: 33, extent: Extent(height: 4, width: 5), halo: Padding(top: 1, left: 2, bottom: 3, right: 4))
    #expect(layout.blocks == 3)
    #expect(layout.rowStride == 11 * 16)
    #expect(layout.blockStride == 8 * 11 * 16)
    #expect(layout.interiorOffset == (11 + 2) * 16)
    // 264 lines, and one to make their number odd.
    #expect(layout.floatsPerImage == 265 * 16)
    #expect(BlockedLayout([4096]).floatsPerImage == 257 * 16)
    #expect(BlockedLayout([1000]).floatsPerImage == 63 * 16)
    #expect(BlockedLayout([3, 5, 7]).extent == Extent(height: 5, width: 7))
    let planar = PlanarLayout(channels: 3, extent: Extent(4), padding: Padding(1))
    #expect(planar.rowStride == 6)
    #expect(planar.planeStride == 36)
    #expect(planar.floatsPerImage == 108)
  }
}
