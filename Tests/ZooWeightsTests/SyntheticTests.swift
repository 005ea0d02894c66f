import Testing
import ZooTensor
import ZooWeights

/// The values are those of NumPy for the same formula.
@Suite struct SyntheticTests {
  static let table: [(name: String, shape: Shape, seed: UInt64, first: [UInt32], last: UInt32)] = [
    ("conv1.weight", [64, 3, 7, 7], 0, [0x3c95337c, 0x3dcae01f, 0xbe45652c, 0x3dc37529], 0xbdf8793e),
    ("fc.weight", [10, 7], 1, [0x3f05b94c, 0x3f66df56, 0x3f6b4615, 0xbec9351a], 0xbee7fcf9),
    ("bn1.weight", [64], 0, [0x3f354380, 0x3f58ea24, 0x3f45504a, 0x3f2cc0f6], 0x3f3ecf81),
    ("bn1.bias", [64], 0, [0xbd8644b8, 0xbdbc5a4a, 0x3d985eba, 0x3d4acef6], 0xbcf19206),
    ("bn1.running_mean", [64], 7, [0x3d957898, 0x3d86b96a, 0x3d9384a6, 0x3d9f7d36], 0xbd7909c6),
    ("bn1.running_var", [64], .max, [0x3f586354, 0x3fb5c20e, 0x3f8a79a9, 0x3f628d3e], 0x3f23b432),
    ("conv1/7x7_s2.weight", [8, 3, 3, 3], 0, [0x3eacf971, 0xbe9b3402, 0xbec679c9, 0xbc28a285], 0x3eb4ba10),
    ("weight", [4, 4], 0, [0xbf8bdfb8, 0xbe9a04ff, 0x3f4e5e1e, 0x3f919929], 0xbf840da9),
    ("größe", [5], 0, [0x3d057736, 0x3d14625a, 0x3d6fbb60, 0xbdafb452], 0xbd4d3fcd),
    ("input", [3, 8, 8], 0, [0xbfcdeac2, 0x3f1c045c, 0xbf97be90, 0xbf66f7fc], 0xbfd9bb10),
    ("input", [3, 8, 8], 5, [0x3fb498bc, 0xbfa08016, 0x3eb5c1e0, 0x3feeebfe], 0xbefc5390),
  ]

  @Test("Bit for bit what NumPy computes", arguments: table.indices)
  func answers(position: Int) throws {
    let (name, shape, seed, first, last) = Self.table[position]
    let tensor =
      name == "input"
      ? SyntheticCheckpoint.input(shape: shape, seed: seed)
      : SyntheticCheckpoint.tensor(named: name, shape: shape, seed: seed)
    let bits = tensor.floats.map(\.bitPattern)
    #expect(Array(bits.prefix(4)) == first, "\(name)")
    #expect(bits.last == last, "\(name)")
  }

  @Test("A checkpoint gives the same, in any number of pieces", arguments: [1, 2, 7])
  func checkpoint(threads: Int) throws {
    let shapes: [(name: String, shape: Shape)] = [
      ("conv.weight", [64, 3, 7, 7]), ("fc.weight", [1000, 1000]), ("bn.running_var", [64]), ("s", []), ("e", [0]),
    ]
    let checkpoint = try SyntheticCheckpoint.checkpoint(shapes, seed: 3)
    #expect(checkpoint.format == .synthetic)
    for (tensor, (name, shape)) in zip(try readAll(checkpoint, threads: threads), shapes) {
      #expect(tensor.bytes == SyntheticCheckpoint.tensor(named: name, shape: shape, seed: 3).bytes, "\(name)")
    }
  }

  @Test("A name given twice is refused")
  func duplicate() {
    #expect(
      problem { _ = try SyntheticCheckpoint.checkpoint([("a", [1]), ("a", [2])]) } == .name(.duplicate("a")))
  }
}
