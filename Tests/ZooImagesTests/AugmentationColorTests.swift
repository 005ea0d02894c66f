import Testing
import ZooImages
import ZooTensor

@Suite struct AugmentationColorTests {
  private typealias Change = Augmentation.Color.Change

  private func changed(_ pixels: [UInt8], _ change: Change, _ layout: PixelLayout = .rgb) -> [UInt8] {
    var pixels = pixels
    change.apply(to: &pixels, layout: layout)
    return pixels
  }

  private let pixels: [UInt8] = (0..<300).map {
    UInt8(truncatingIfNeeded: CounterRandom(seed: 1, purpose: .sampling).bits($0))
  }

  @Test("factors of one and no turn change nothing")
  func identity() {
    #expect(changed(pixels, Change()) == pixels)
    #expect(changed(pixels, Change(hue: 1)) == pixels)
  }

  /// What Pillow 13's `ImageEnhance` makes of `[10, 200, 90, 255, 128, 0]`, two pixels of RGB.
  @Test("brightness, contrast and saturation are Pillow's")
  func enhancement() {
    let pixels: [UInt8] = [10, 200, 90, 255, 128, 0]
    #expect(changed(pixels, Change(brightness: 0.0)) == [0, 0, 0, 0, 0, 0])
    #expect(changed(pixels, Change(brightness: 0.3)) == [3, 60, 27, 76, 38, 0])
    #expect(changed(pixels, Change(brightness: 0.75)) == [7, 150, 67, 191, 96, 0])
    #expect(changed(pixels, Change(brightness: 1.4)) == [14, 255, 126, 255, 179, 0])
    #expect(changed(pixels, Change(brightness: 1.9)) == [19, 255, 171, 255, 243, 0])
    #expect(changed(pixels, Change(contrast: 0.0)) == [141, 141, 141, 141, 141, 141])
    #expect(changed(pixels, Change(contrast: 0.3)) == [101, 158, 125, 175, 137, 98])
    #expect(changed(pixels, Change(contrast: 0.75)) == [42, 185, 102, 226, 131, 35])
    #expect(changed(pixels, Change(contrast: 1.4)) == [0, 223, 69, 255, 122, 0])
    #expect(changed(pixels, Change(contrast: 1.9)) == [0, 253, 44, 255, 116, 0])
    #expect(changed(pixels, Change(saturation: 0.0)) == [131, 131, 131, 151, 151, 151])
    #expect(changed(pixels, Change(saturation: 0.3)) == [94, 151, 118, 182, 144, 105])
    #expect(changed(pixels, Change(saturation: 0.75)) == [40, 182, 100, 229, 133, 37])
    #expect(changed(pixels, Change(saturation: 1.4)) == [0, 227, 73, 255, 118, 0])
    #expect(changed(pixels, Change(saturation: 1.9)) == [0, 255, 53, 255, 107, 0])
  }

  @Test("grey pictures have brightness and contrast")
  func grey() {
    let change = Change(brightness: 0.5, contrast: 2, saturation: 0, hue: 0.3)
    // Halved, and then twice as far from the mean, 30.
    #expect(changed([20, 60, 100], change, .grey) == [0, 30, 70])
  }

  @Test("a third of a turn makes green of red, blue of green, and red of blue")
  func hue() {
    let third = changed(pixels, Change(hue: 1 / 3.0))
    for start in stride(from: 0, to: pixels.count, by: 3) {
      let (red, green, blue) = (pixels[start], pixels[start + 1], pixels[start + 2])
      #expect(Array(third[start..<start + 3]) == [blue, red, green], "\(red), \(green), \(blue)")
    }
    let back = changed(third, Change(hue: -1 / 3.0))
    #expect(back == pixels)
    #expect(changed([255, 0, 0], Change(hue: 0.5)) == [0, 255, 255])
    #expect(changed([7, 7, 7], Change(hue: 0.2)) == [7, 7, 7])
  }

  @Test("a turn keeps the largest and the smallest of the three channels")
  func hueRange() {
    for number in 0..<200 {
      let turned = changed(pixels, Change(hue: Float(number) / 100 - 1))
      for start in stride(from: 0, to: pixels.count, by: 3) {
        let (before, after) = (pixels[start..<start + 3], turned[start..<start + 3])
        #expect(before.max() == after.max() && before.min() == after.min(), "\(number): \(before), \(after)")
      }
    }
  }

  @Test("factors lie evenly about one, turns about zero")
  func draws() {
    let color = Augmentation.Color(brightness: 0.4, contrast: 2, hue: 0.1)
    let changes = (0..<2000).map { color.draw(CounterRandom(seed: 3, purpose: .augmentation, UInt64($0))) }
    #expect(changes.allSatisfy { (0.6...1.4).contains($0.brightness) && (0...3).contains($0.contrast) })
    #expect(changes.allSatisfy { $0.saturation == 1 && abs($0.hue) <= 0.1 })
    #expect(changes.contains { $0.brightness < 0.65 } && changes.contains { $0.brightness > 1.35 })
    #expect(changes.contains { $0.hue < -0.09 } && changes.contains { $0.hue > 0.09 })
    #expect(changes.contains { $0.contrast < 0.2 } && changes.contains { $0.contrast > 2.8 })
  }
}
