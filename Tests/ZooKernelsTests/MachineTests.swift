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
