import ZooKernels

/// A range of channels of a buffer: where a value lies.
struct Place: Hashable, Sendable {
  var buffer: Int
  var channels: Range<Int>
}

/// Memory for one value, or for several that lie side by side or one after the other.
struct Buffer: Hashable, Sendable {
  enum Form: Hashable, Sendable {
    case blocked(BlockedLayout)
    case planar(PlanarLayout)
    /// What a kernel needs for the time that it runs.
    case scratch(WinogradSchedule)
    /// The same, of so many floats for any number of images.
    case workspace(floats: Int)
  }

  let form: Form
  /// The first and last step that touches it.
  var uses: ClosedRange<Int>?

  /// What threads share out alike: maps with planes of as many floats, the planes of images, or scratch memory.
  enum Kind: Hashable, Sendable {
    case blocked(plane: Int)
    case planar
    case scratch
  }

  var kind: Kind {
    switch form {
    case .blocked(let layout): .blocked(plane: layout.blockStride)
    case .planar: .planar
    case .scratch, .workspace: .scratch
    }
  }

  init(_ form: Form) {
    self.form = form
  }

  /// The memory for a batch; `Int.max` when it is more than there can be.
  func floats(images: Int) -> Int {
    let perImage: Int
    switch form {
    case .blocked(let layout): perImage = layout.floatsPerImage
    case .planar(let layout): perImage = layout.floatsPerImage
    case .scratch(let schedule): return schedule.scratchFloats(images: images)
    case .workspace(let floats): return floats
    }
    let (floats, overflow) = perImage.multipliedReportingOverflow(by: images)
    return overflow ? .max : floats
  }

  mutating func touch(_ step: Int) {
    uses = min(uses?.lowerBound ?? step, step)...max(uses?.upperBound ?? step, step)
  }
}
