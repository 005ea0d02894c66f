import ZooImages
import ZooTensor

extension Inversion {
  /// What the network saw, what was made of its code, and the relative code error of each step.
  ///
  /// Of a model without preprocessing each channel is a map of numbers.
  ///
  /// - Parameter notes: what to say of model, weights and command.
  /// - Returns: A figure.
  public func figure(notes: [String]) -> Figure {
    var panels: [Figure.Panel] = []
    if let original { panels.append(.init(caption: "what the network saw", content: .picture(original))) }
    let words = "code error \(Figure.short(pictureCodeError ?? codeError))"
    if let picture {
      panels.append(.init(caption: "made of the code of \(layer): \(words)", content: .picture(picture)))
    } else {
      panels += values.maps.enumerated().map { channel, map in
        .init(caption: "channel \(channel) made of the code of \(layer)", content: .map(map))
      }
    }
    let curve = PictureSearchCurve(curve: curve, isLogarithmic: true, title: "relative code error", marked: iteration)
    panels.append(.init(caption: "dot: the picture shown", content: .picture(curve.image())))
    return Figure(
      title: "inversion of \(layer)", panels: panels, columns: panels.count <= 4 ? panels.count : nil, notes: notes)
  }
}

extension Tensor {
  /// The channels of `[C, H, W]`, at most 16.
  var maps: [GridMap] {
    let (extent, numbers) = (shape.extent, floats)
    return (0..<min(shape.channels, 16)).map { channel in
      GridMap(
        rows: extent.height, columns: extent.width,
        values: Array(numbers[channel * extent.area..<(channel + 1) * extent.area]))
    }
  }
}
