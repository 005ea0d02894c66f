import Testing
import ZooKernels
import ZooTensor

@Suite struct KernelCostTests {
  private static func geometry(_ channels: Int, _ side: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1) throws
    -> ConvolutionGeometry
  {
    try ConvolutionGeometry(
      inputChannels: channels, outputChannels: outputs, input: Extent(side), kernel: Extent(kernel),
      stride: Extent(stride), padding: Padding(kernel / 2))
  }

  @Test("counts products and bytes, empty lanes included")
  func counts() throws {
    let (macs, taps): (Int, Int) = (64 * 128 * 9 * 56 * 56, 64 * 128 * 9)
    let direct = KernelCost.convolution(try Self.geometry(64, 56, 128))
    #expect(direct.products == Double(2 * macs))
    #expect(direct.weightBytes == Double(4 * taps))
    let elements: Int = (64 + 128) * 56 * 56
    #expect(direct.mapBytes == Double(4 * elements))
    // 50 outputs are 4 blocks.
    let padded = KernelCost.convolution(try Self.geometry(20, 12, 50))
    let paddedMacs: Int = 20 * 64 * 9 * 12 * 12
    #expect(padded.products == Double(2 * paddedMacs))
    // 14×14 tiles of 36 frequencies.
    let winograd = KernelCost.convolution(try Self.geometry(64, 56, 128), .f4x3)
    let frequencies: Int = 36 * 64 * 128
    #expect(winograd.products == Double(2 * 14 * 14 * frequencies))
    #expect(winograd.weightBytes == Double(4 * frequencies))
    let layer = KernelCost.fullyConnected(input: [512, 7, 7], outputFeatures: 4096)
    let weights: Int = 25088 * 4096
    #expect(layer.weightBytes == Double(4 * weights))
  }

  @Test("chooses Winograd's algorithm for large maps of many channels only")
  func choice() throws {
    #expect(WinogradForm.fastest(for: try Self.geometry(256, 56, 256)) == .f4x3)
    #expect(WinogradForm.fastest(for: try Self.geometry(512, 7, 512)) == .f2x3)
    #expect(WinogradForm.fastest(for: try Self.geometry(96, 27, 256, kernel: 5)) == .f2x5)
    #expect(WinogradForm.fastest(for: try Self.geometry(64, 56, 64, stride: 2)) == nil)
    #expect(WinogradForm.fastest(for: try Self.geometry(64, 56, 64, kernel: 1)) == nil)
  }

  @Test("no prediction is below the roofline; arithmetic grows with the batch, weights do not")
  func times() throws {
    let rates = MachineRates(operationsPerSecond: 1e11, bytesPerSecond: 1e10, handover: .zero)
    for (channels, side) in [(16, 56), (64, 28), (512, 7), (512, 1)] {
      let geometry = try Self.geometry(channels, side, channels)
      for cost in [KernelCost.convolution(geometry)]
        + WinogradForm.allCases.prefix(2).map({ .convolution(geometry, $0) })
      {
        for images in [1, 8] {
          let (time, roofline) = (cost.time(on: rates, images: images), cost.roofline(on: rates, images: images))
          #expect(roofline < time, "\(geometry), \(images) images")
        }
      }
    }
    let layer = KernelCost.fullyConnected(input: [4096], outputFeatures: 4096)
    let seconds = 4.0 * 4096 * 4096 / 1e10
    #expect(abs(layer.roofline(on: rates) / .seconds(seconds) - 1) < 1e-9)
    #expect(layer.roofline(on: rates, images: 2) == layer.roofline(on: rates))
  }

  @Test("a machine's rates are those of a machine")
  func rates() {
    for machine in machines {
      let rates = machine.measureRates()
      #expect(rates.operationsPerSecond.isFinite && rates.operationsPerSecond > 1e6, "\(machine.name)")
      #expect(rates.bytesPerSecond.isFinite && rates.bytesPerSecond > 1e6, "\(machine.name)")
      #expect(rates.handover >= .zero && rates.handover < .seconds(1), "\(machine.name)")
    }
  }
}
