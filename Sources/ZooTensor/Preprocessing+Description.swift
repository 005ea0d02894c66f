extension Preprocessing.Channels {
  /// In words.
  package var name: String {
    switch self {
    case .rgb: "RGB"
    case .bgr: "BGR"
    case .grey: "grey"
    }
  }
}

extension Preprocessing: CustomStringConvertible {
  /// One line: `shorter side to 256 (bilinear), centre crop 224×224, RGB, ÷255, mean 0.485 0.456 0.406, std …`.
  /// Steps that do nothing are left out; sizes are width × height.
  public var description: String {
    var steps: [String] = []
    switch resize {
    case .none: break
    case .shorterSide(let side, let filter): steps.append("shorter side to \(side) (\(filter.rawValue))")
    case .exact(let extent, let filter): steps.append("stretch to \(size(extent)) (\(filter.rawValue))")
    }
    switch crop {
    case .none: break
    case .centre(let extent): steps.append("centre crop \(size(extent))")
    }
    steps.append(channels.name)
    switch meanImage {
    case .image(let image)?: steps.append("mean image \(size(image.extent))")
    case .file(let path, _)?: steps.append("mean image \(path)")
    case .embedded?: steps.append("mean image")
    case nil: break
    }
    switch scale {
    case .none, .divided(by: 1), .multiplied(by: 1): steps.append("0 to 255")
    case .divided(let divisor): steps.append("÷\(short(divisor))")
    case .multiplied(let factor): steps.append("×\(short(factor))")
    }
    if mean.contains(where: { $0 != 0 }) { steps.append("mean " + mean.map(short).joined(separator: " ")) }
    if standardDeviation.contains(where: { $0 != 1 }) {
      steps.append("std " + standardDeviation.map(short).joined(separator: " "))
    }
    return steps.joined(separator: ", ")
  }
}

private func size(_ extent: Extent) -> String {
  "\(extent.width)×\(extent.height)"
}

/// `255` rather than `255.0`.
private func short(_ number: Double) -> String {
  let words = "\(number)"
  return words.hasSuffix(".0") ? String(words.dropLast(2)) : words
}
