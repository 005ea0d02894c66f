import ZooWeights

/// Files of darknet's.
enum ForgedDarknet {
  static func file(version: (Int32, Int32, Int32) = (0, 2, 0), seen: UInt64 = 320, _ floats: [Float]) -> [UInt8] {
    var forge = ByteForge()
    for number in [version.0, version.1, version.2] { forge.u32(UInt32(bitPattern: number)) }
    if version.0 * 10 + version.1 >= 2, version.0 < 1000, version.1 < 1000 {
      forge.u64(seen)
    } else {
      forge.u32(UInt32(seen))
    }
    forge.raw(littleEndian(floats))
    return forge.bytes
  }

  /// Convolutions and fully connected layers with a batch norm and without.
  static let layers: [DarknetLayer] = [
    .convolution("conv1", outputs: 2, inputsPerGroup: 1, kernelHeight: 2, kernelWidth: 3, batchNorm: "bn1"),
    .convolution("conv2", outputs: 1, inputsPerGroup: 2, kernelHeight: 1, kernelWidth: 2),
    .fullyConnected("fc1", outputs: 3, inputs: 2, batchNorm: "bn2"),
    .fullyConnected("fc2", outputs: 2, inputs: 3),
  ]

  /// 8 + 12, then 1 + 4, then 12 + 6, then 2 + 6.
  static let floatCount = 51

  /// Small files that are as they should be for `layers`, by the name they may have.
  static let seeds: [(name: String, bytes: [UInt8])] = [
    ("wide.weights", file(counting(floatCount))),
    ("narrow.weights", file(version: (0, 1, 0), counting(floatCount))),
    ("transposed.weights", file(version: (1001, 0, 0), counting(floatCount))),
  ]
}
