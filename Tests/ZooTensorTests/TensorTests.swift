import Testing
import ZooTensor

@Suite struct TensorTests {
  @Test(
    "float16",
    arguments: [
      (0x0000, 0), (0x3C00, 1), (0xC000, -2), (0x3555, 0x1.554p-2), (0x7BFF, 65504), (0x0400, 0x1p-14),
      (0x03FF, 0x1.ff8p-15), (0x0001, 0x1p-24), (0x8001, -0x1p-24), (0x7C00, .infinity), (0xFC00, -.infinity),
    ] as [(UInt16, Float)])
  func half(bits: UInt16, expected: Float) {
    let converted = tensor([bits], .float16).convertedToFloat32()
    #expect(converted.floats == [expected], "0x\(String(bits, radix: 16))")
  }

  @Test func halfSignsAndNaN() {
    let floats = tensor([0x8000, 0x7E00, 0xFE01] as [UInt16], .float16).convertedToFloat32().floats
    #expect(floats[0] == 0 && floats[0].sign == .minus)
    #expect(floats[1].isNaN && floats[1].sign == .plus)
    #expect(floats[2].isNaN && floats[2].sign == .minus)
  }

  /// Half precision has few enough values to check them all against a second derivation.
  @Test func everyHalf() {
    let floats = tensor((0...UInt16.max).map { $0 }, .float16).convertedToFloat32().floats
    for bits in 0...UInt16.max {
      let exponent = Int(bits >> 10) & 31
      guard exponent < 31 else { continue }
      let fraction = Float(bits & 1023) / 1024
      let magnitude =
        exponent == 0
        ? fraction * 0x1p-14 : Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
      let expected = bits < 0x8000 ? magnitude : -magnitude
      #expect(floats[Int(bits)].bitPattern == expected.bitPattern, "0x\(String(bits, radix: 16))")
    }
  }

  @Test(
    "bfloat16",
    arguments: [
      (0x3F80, 1), (0xC040, -3), (0x0001, 0x1p-133), (0x7F80, .infinity), (0x8000, -0.0),
    ] as [(UInt16, Float)])
  func brain(bits: UInt16, expected: Float) {
    let converted = tensor([bits], .bfloat16).convertedToFloat32()
    #expect(converted.floats[0].bitPattern == expected.bitPattern, "0x\(String(bits, radix: 16))")
  }

  @Test("a region of a feature map, of any element type")
  func region() {
    let map = Tensor(shape: [2, 3, 4], floats: (0..<24).map { Float($0) })
    let region = map.region(rows: 1..<3, columns: 2..<3)
    #expect(region.shape == [2, 2, 1])
    #expect(region.floats == [6, 10, 18, 22])
    #expect(map.region(rows: 0..<3, columns: 0..<4).floats == map.floats)
    #expect(map.region(rows: 2..<3, columns: 0..<4).floats == [8, 9, 10, 11, 20, 21, 22, 23])
    let bytes = tensor([1, 2, 3, 4] as [UInt8], .uint8).reshaped(to: [1, 2, 2])
    #expect(bytes.region(rows: 0..<2, columns: 1..<2).convertedToFloat32().floats == [2, 4])
  }

  @Test func otherTypes() {
    #expect(tensor([0.1, 1e300, -1e-300] as [Double], .float64).convertedToFloat32().floats == [0.1, .infinity, 0])
    #expect(tensor([Int64.max, -5], .int64).convertedToFloat32().floats == [0x1p63, -5])
    #expect(tensor([Int32.min, 7], .int32).convertedToFloat32().floats == [-0x1p31, 7])
    #expect(tensor([Int16.min, 7], .int16).convertedToFloat32().floats == [-32768, 7])
    #expect(tensor([Int8.min, 7], .int8).convertedToFloat32().floats == [-128, 7])
    #expect(tensor([UInt8.max, 7], .uint8).convertedToFloat32().floats == [255, 7])
    #expect(tensor([0, 1] as [UInt8], .bool).convertedToFloat32().floats == [0, 1])
  }

  @Test("sizes of elements", arguments: ElementType.allCases)
  func sizes(type: ElementType) {
    let tensor = Tensor(shape: [3, 5], elementType: type) { #expect($0.count == 15 * type.size) }
    #expect(tensor.byteCount == 15 * type.size)
    #expect(tensor.convertedToFloat32().floats == [Float](repeating: 0, count: 15), "\(type)")
    #expect(tensor.convertedToFloat32().shape == [3, 5])
  }

  @Test func reshapingSharesTheStorage() {
    let tensor = Tensor(shape: [2, 3], floats: [1, 2, 3, 4, 5, 6])
    let view = tensor.reshaped(to: [3, 2, 1, 1])
    #expect(view.shape == [3, 2, 1, 1])
    #expect(view.floats == tensor.floats)
    #expect(view.withFloats(\.baseAddress) == tensor.withFloats(\.baseAddress))
    #expect(tensor.convertedToFloat32().withFloats(\.baseAddress) == tensor.withFloats(\.baseAddress))
  }

  @Test func storageIsAlignedToACacheLine() {
    for count in [0, 1, 17] {
      let tensor = Tensor(shape: Shape([count])) { _ in }
      let address = tensor.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
      #expect(address % 64 == 0, "\(count) elements")
    }
  }

  private func tensor<Element: BitwiseCopyable>(_ elements: [Element], _ type: ElementType) -> Tensor {
    Tensor(shape: Shape([elements.count]), elementType: type) { bytes in
      elements.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }
}
