import Testing
import ZooKernels
import ZooTensor

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

  @Test("buffers are zeros on a page of their own", arguments: [0, 1, 1000, 1 << 20])
  func buffers(count: Int) {
    let buffer = FloatBuffer(count: count)
    #expect(buffer.count == count)
    #expect(UInt(bitPattern: buffer.floats) % (count >= 1 << 19 ? 1 << 21 : 4096) == 0)
    #expect((0..<count).allSatisfy { buffer.floats[$0] == 0 })
    for index in 0..<count { buffer.floats[index] = Float(index) }
    #expect((0..<count).allSatisfy { buffer.floats[$0] == Float($0) })
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
