import ZooKernels
import ZooTensor

extension Plan: CustomStringConvertible {
  /// One line per step, then the buffers and where the outputs lie.
  ///
  ///     %4 conv2 = winograd 4×4, 3×3 relu(%3) → buffer 2, channels 0..<64, scratch buffer 5
  ///     buffer 2 : 64×56×56, halo 1, 861248 bytes, from %2 to %4
  ///     logits scores = buffer 9, channels 0..<1000 : 1000
  ///
  /// In parentheses are the steps that wrote what a step reads. The bytes are those for one image.
  public var description: String {
    var writers = Writers()
    let lines = steps.enumerated().map { index, step in
      let sources = step.reads.map { writers.last(of: $0) }.joined(separator: ", ")
      if let writes = step.writes { writers.write(writes, by: index) }
      let scratch = step.scratch.map { ", scratch buffer \($0)" } ?? ""
      return "%\(index) \(step.name) = \(step.kernel)(\(sources))\(step.writes.map { " → \($0)" } ?? "")\(scratch)"
    }
    let memory = buffers.enumerated().map { index, buffer in
      let bytes = buffer.floats(images: 1) * MemoryLayout<Float>.stride
      return "buffer \(index) : \(buffer.form), \(bytes) bytes" + (buffer.uses.map { ", \(words($0))" } ?? "")
    }
    let answers = outputs.indices.map { index in
      "\(outputs[index].role.rawValue) \(outputs[index].name) = \(outputPlaces[index]) : \(outputShapes[index])"
    }
    return (lines + memory + answers).joined(separator: "\n")
  }

  /// `at %3`, `from %3 to %5`, or `from %3 to the end` for outputs.
  private func words(_ uses: ClosedRange<Int>) -> String {
    if uses.count == 1 { return "at %\(uses.lowerBound)" }
    return "from %\(uses.lowerBound) to \(uses.upperBound < steps.count ? "%\(uses.upperBound)" : "the end")"
  }
}

/// The steps that wrote last to the channels of each buffer.
private struct Writers {
  private var writes: [Int: [(channels: Range<Int>, step: Int)]] = [:]

  mutating func write(_ place: Place, by step: Int) {
    writes[place.buffer, default: []].removeAll { place.channels.clamped(to: $0.channels) == $0.channels }
    writes[place.buffer, default: []].append((place.channels, step))
  }

  /// `%3`, or `%3 %5` for a value of which several wrote a share.
  func last(of place: Place) -> String {
    (writes[place.buffer] ?? []).filter { $0.channels.overlaps(place.channels) }.map { "%\($0.step)" }
      .joined(separator: " ")
  }
}

extension Place: CustomStringConvertible {
  /// `buffer 2, channels 0..<64`
  var description: String { "buffer \(buffer), channels \(channels)" }
}

extension Buffer.Form: CustomStringConvertible {
  /// `64×56×56, halo 1`, `3×224×224 in planes, padding 3` or `scratch`.
  var description: String {
    switch self {
    case .blocked(let layout):
      "\(layout.channels)×\(layout.extent)" + (layout.halo.isNone ? "" : ", halo \(layout.halo)")
    case .planar(let layout):
      "\(layout.channels)×\(layout.extent) in planes" + (layout.padding.isNone ? "" : ", padding \(layout.padding)")
    case .scratch, .workspace: "scratch"
    }
  }
}
