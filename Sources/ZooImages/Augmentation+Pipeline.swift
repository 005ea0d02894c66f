import ZooTensor

extension Augmentation {
  /// Makes the inputs of a network from training pictures, in two steps: `prepared(_:)` is the same each time, so that its
  /// result may be kept, and `write(_:random:into:)` draws and computes what is random. Without augmentation the two give
  /// the bits of `Preprocessing.tensor(from:)`.
  ///
  /// With a mean image, a random crop has the middle of it subtracted; it is the mean of a picture that is not mirrored, as
  /// in Caffe.
  public struct Pipeline: Sendable {
    /// What happens to each picture as in an evaluation.
    public let preprocessing: Preprocessing
    /// What is drawn at random beside it.
    public let augmentation: Augmentation
    /// The height and width of the network's input.
    public let extent: Extent
    private let meanImage: MeanImage?
    /// What each of the 256 samples becomes, channel by channel of the tensor; not used with a mean image.
    private let values: [Float]

    /// - Precondition: the preprocessing and the augmentation have no `problems`, and `extent` is positive.
    public init(_ preprocessing: Preprocessing, _ augmentation: Augmentation = Augmentation(), extent: Extent) {
      precondition(preprocessing.problems.isEmpty, "\(preprocessing.problems)")
      precondition(augmentation.problems.isEmpty, "\(augmentation.problems)")
      precondition(extent.height > 0 && extent.width > 0, "an input of \(extent)")
      self.preprocessing = preprocessing
      self.augmentation = augmentation
      self.extent = extent
      if case .image(let image)? = preprocessing.meanImage { meanImage = image } else { meanImage = nil }
      var pixelwise = preprocessing
      (pixelwise.resize, pixelwise.crop, pixelwise.meanImage) = (.none, .none, nil)
      let layout: PixelLayout = preprocessing.channels == .grey ? .grey : .rgb
      let samples = (0...255).flatMap { [UInt8](repeating: UInt8($0), count: layout.channelCount) }
      let ramp = PixelImage(width: 256, height: 1, layout: layout, trusted: samples)
      // A picture without a mean image and of its own size cannot fail.
      values = (try? pixelwise.tensor(from: ramp))?.floats ?? []
    }

    /// How many numbers an input has.
    public var elementCount: Int { preprocessing.channels.count * extent.area }

    /// Whether pictures of this size become inputs of the network's size.
    public func accepts(_ picture: Extent) -> Bool {
      augmentation.crop != nil || preprocessing.outputExtent(for: picture) == extent
    }

    /// The 8-bit picture that random changes begin with: grey when the network wants grey, else RGB; resized and cropped
    /// as for an evaluation, unless the augmentation has a crop of its own.
    ///
    /// - Throws: as `Preprocessing.tensor(from:)`.
    public func prepared(_ image: PixelImage) throws(ImageError) -> PixelImage {
      if augmentation.crop != nil {
        return preprocessing.channels == .grey ? image.convertedToGrey() : image.convertedToRGB()
      }
      let picture = try preprocessing.picture(from: image)
      if let meanImage {
        let resized = preprocessing.resizedExtent(for: image.extent)
        let origin = Self.centre(of: resized, picture.extent)
        guard meanImage.origin(of: picture.extent, row: origin.row, column: origin.column, in: resized) != nil else {
          let fact = ImageFact.meanImageSize(mean: meanImage.extent, resized: resized, part: picture.extent)
          throw ImageError(name: nil, fact: fact)
        }
      }
      return picture
    }

    /// Writes the input `[channels, height, width]` that a prepared picture makes.
    ///
    /// - Precondition: `picture` came from `prepared(_:)`, for a picture that `accepts(_:)` holds for.
    /// - Parameters:
    ///   - picture: as `prepared(_:)` made it.
    ///   - random: numbers for this picture and epoch.
    ///   - target: `elementCount` numbers, all of which are written.
    /// - Throws: `ImageError` with `.resizeTooLarge` or `.meanImageSize`.
    public func write(
      _ picture: PixelImage, random: CounterRandom, into target: UnsafeMutableBufferPointer<Float>
    ) throws(ImageError) {
      precondition(target.count == elementCount, "\(target.count) numbers for \(elementCount)")
      var picture = picture
      if let crop = augmentation.crop {
        let part = crop.draw(in: picture.extent, random)
        picture = try picture.cropped(to: part.extent, row: part.row, column: part.column)
          .resized(to: extent, filter: preprocessing.filter ?? .bilinear)
      }
      precondition(picture.extent == extent, "a picture of \(picture.extent) for an input of \(extent)")
      let isMirrored = augmentation.drawFlip(random)
      var shift = augmentation.drawShift(random)
      // The picture is mirrored last, which moves it the other way.
      if isMirrored { shift.columns = -shift.columns }
      if let color = augmentation.color {
        picture = changed(picture.shifted(rows: shift.rows, columns: shift.columns), color.draw(random))
        shift = (0, 0)
      }
      if let meanImage {
        let part = picture.shifted(rows: shift.rows, columns: shift.columns)
        let origin = meanImage.extent == extent ? (row: 0, column: 0) : Self.centre(of: meanImage.extent, extent)
        let tensor = try preprocessing.tensor(
          of: part, row: origin.row, column: origin.column, in: meanImage.extent, isMirrored: isMirrored)
        tensor.withFloats { _ = target.update(fromContentsOf: $0) }
      } else {
        writeValues(picture, rows: shift.rows, columns: shift.columns, isMirrored: isMirrored, into: target)
      }
      if let part = augmentation.drawErasure(in: extent, random) { erase(part, in: target) }
    }

    private static func centre(of picture: Extent, _ part: Extent) -> (row: Int, column: Int) {
      let rows = CentredSpan(of: picture.height, target: part.height)
      let columns = CentredSpan(of: picture.width, target: part.width)
      return (rows.source - rows.target, columns.source - columns.target)
    }

    private func changed(_ picture: PixelImage, _ change: Color.Change) -> PixelImage {
      var pixels = picture.pixels
      change.apply(to: &pixels, layout: picture.layout)
      return PixelImage(width: picture.width, height: picture.height, layout: picture.layout, trusted: pixels)
    }

    /// Every pixel alone, by the table, from its shifted place; black where there is none.
    private func writeValues(
      _ picture: PixelImage, rows: Int, columns: Int, isMirrored: Bool, into target: UnsafeMutableBufferPointer<Float>
    ) {
      let channels = preprocessing.channels.count
      let (width, area) = (extent.width, extent.area)
      let first = min(max(0, -columns), width)
      let inside = first..<max(first, min(width, width - columns))
      let step = isMirrored ? -1 : 1
      picture.pixels.withUnsafeBufferPointer { pixels in
        values.withUnsafeBufferPointer { values in
          for channel in 0..<channels {
            let table = UnsafeBufferPointer(rebasing: values[256 * channel..<256 * (channel + 1)])
            let source = preprocessing.channels == .bgr ? 2 - channel : channel
            let black = table[0]
            for row in 0..<extent.height {
              let line = UnsafeMutableBufferPointer(
                rebasing: target[channel * area + row * width..<channel * area + (row + 1) * width])
              guard (0..<extent.height).contains(row + rows), inside.count == width || !inside.isEmpty else {
                line.update(repeating: black)
                continue
              }
              if inside.count < width { line.update(repeating: black) }
              var from = ((row + rows) * width + inside.lowerBound + columns) * channels + source
              var to = isMirrored ? width - 1 - inside.lowerBound : inside.lowerBound
              for _ in inside {
                line[to] = table[Int(pixels[from])]
                from += channels
                to += step
              }
            }
          }
        }
      }
    }

    /// Zeros: the mean.
    private func erase(_ part: PixelRegion, in target: UnsafeMutableBufferPointer<Float>) {
      for channel in 0..<preprocessing.channels.count {
        for row in part.row..<part.row + part.extent.height {
          let start = channel * extent.area + row * extent.width + part.column
          UnsafeMutableBufferPointer(rebasing: target[start..<start + part.extent.width]).update(repeating: 0)
        }
      }
    }
  }
}

extension PixelImage {
  /// The picture whose pixels come from so many rows further down and columns further to the right, black where there are
  /// none.
  package func shifted(rows: Int, columns: Int) -> PixelImage {
    if rows == 0, columns == 0 { return self }
    let channels = layout.channelCount
    var shifted = [UInt8](repeating: 0, count: pixels.count)
    let first = min(max(0, -columns), width)
    let inside = first..<max(first, min(width, width - columns))
    for row in max(0, -rows)..<max(max(0, -rows), min(height, height - rows)) where !inside.isEmpty {
      let from = ((row + rows) * width + inside.lowerBound + columns) * channels
      let to = (row * width + inside.lowerBound) * channels
      let count = inside.count * channels
      shifted.replaceSubrange(to..<to + count, with: pixels[from..<from + count])
    }
    return PixelImage(width: width, height: height, layout: layout, trusted: shifted)
  }
}
