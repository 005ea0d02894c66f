import ZooTensor

/// The mean of the images that a network of Caffe's was trained on, which is to be subtracted from each image: the content
/// of a `.binaryproto` file.
public struct CaffeMean: Sendable {
  /// `[channels, height, width]` in float32, on the scale of 0 to 255; three channels are blue, green and red.
  public let image: Tensor

  /// Reads a `BlobProto` of 1×C×H×W or C×H×W.
  ///
  /// - Throws: `WeightsError` when the file is damaged or holds several images.
  public static func open(_ path: String, limits: WeightsLimits = WeightsLimits()) throws(WeightsError) -> CaffeMean {
    do throws(WeightsProblem) {
      let checkpoint = try checkpoint(InputFile(path), limits: limits)
      return CaffeMean(image: try checkpoint.read(0, threads: 1).convertedToFloat32())
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// The mean of each channel over all pixels, summed in double precision: what to subtract from an image of another size.
  public var channelMeans: [Float] {
    let pixels = image.shape.extent.height * image.shape.extent.width
    let floats = image.floats
    return (0..<image.shape.channels).map { channel in
      let sum = floats[channel * pixels..<(channel + 1) * pixels].reduce(0.0) { $0 + Double($1) }
      return Float(sum / Double(max(pixels, 1)))
    }
  }

  /// A checkpoint of one tensor, `mean`.
  static func checkpoint(_ file: InputFile, limits: WeightsLimits) throws(WeightsProblem) -> Checkpoint {
    let blob = try CaffeBlob(ProtobufReader(file))
    var dimensions = blob.dimensions
    if dimensions.count == 4, dimensions[0] == 1 { dimensions.removeFirst() }
    guard dimensions.count == 3, dimensions.allSatisfy({ $0 > 0 }) else { throw .caffe(.meanShape(blob.dimensions)) }
    let item = try blob.item(named: "mean", dimensions: dimensions)
    var total = 0
    try limits.add(item.entry.byteCount, to: &total)
    return try Checkpoint(
      format: .caffeMean, path: file.path, entries: [item.entry],
      source: CaffeSource(file: file, items: [item]))
  }
}
