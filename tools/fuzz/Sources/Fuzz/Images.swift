import ZooImages

private let limits = ImageLimits(pixelCount: 1 << 20, fileSize: 1 << 20, scanCount: 20)

/// Decodes a JPEG or PNG file.
func checkImage(_ bytes: [UInt8]) {
  do throws(ImageError) {
    let image = try PixelImage(bytes: bytes, limits: limits)
    expect(image.pixels.count == 3 * image.width * image.height, "\(image.width) × \(image.height)")
    expect(image.width * image.height <= limits.pixelCount, "more pixels than the limit")
  } catch {
    expect(!error.description.isEmpty, "no words for \(error.fact)")
  }
}

/// Reads a file of a data set, MNIST's and CIFAR-10's kind, compressed or not.
func checkDataSet(_ bytes: [UInt8]) {
  if let file = try? IDXFile(bytes: bytes, path: "input") {
    expect(file.elements.count == file.dimensions.reduce(1, *), "\(file.dimensions): \(file.elements.count) elements")
  }
  if let batch = try? CIFARBatch(bytes: bytes, path: "input") {
    for index in 0..<batch.count {
      expect(batch.label(at: index) < CIFARBatch.classCount, "label \(batch.label(at: index))")
      _ = batch.image(at: index)
    }
  }
}
