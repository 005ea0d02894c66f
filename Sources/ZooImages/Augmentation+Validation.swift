/// What is wrong with an augmentation or a mixing of pictures. The words are in `Augmentation+Message.swift`.
public enum AugmentationError: Error, Hashable, Sendable {
  /// Which number.
  public enum Field: String, Hashable, Sendable, CaseIterable {
    case flip, brightness, contrast, saturation, hue, erase, mixup, cutmix
  }

  case outOfRange(Field, found: Double, allowed: ClosedRange<Double>)
  /// The share of the area must be above 0 and at most 1.
  case cropScale(ClosedRange<Double>)
  /// Width by height must be positive and finite.
  case cropRatio(ClosedRange<Double>)
  case shift(Int, allowed: ClosedRange<Int>)
}

extension Augmentation {
  /// By how many pixels a picture may be shifted.
  public static let allowedShifts = 0...1024

  /// Everything that is wrong, in the order of the fields; empty when the augmentation can be applied.
  public var problems: [AugmentationError] {
    var problems: [AugmentationError] = []
    func check(_ field: AugmentationError.Field, _ value: Double, _ allowed: ClosedRange<Double>) {
      if !allowed.contains(value) { problems.append(.outOfRange(field, found: value, allowed: allowed)) }
    }
    if let crop {
      if !(crop.scale.lowerBound > 0 && crop.scale.upperBound <= 1) { problems.append(.cropScale(crop.scale)) }
      if !(crop.ratio.lowerBound > 0 && crop.ratio.upperBound.isFinite) { problems.append(.cropRatio(crop.ratio)) }
    }
    check(.flip, flip, 0...1)
    if !Self.allowedShifts.contains(shift) { problems.append(.shift(shift, allowed: Self.allowedShifts)) }
    if let color {
      check(.brightness, color.brightness, 0...16)
      check(.contrast, color.contrast, 0...16)
      check(.saturation, color.saturation, 0...16)
      check(.hue, color.hue, 0...0.5)
    }
    check(.erase, erase, 0...1)
    return problems
  }
}

extension Mixing {
  /// Everything that is wrong, in the order of the fields; empty when pictures can be mixed so.
  public var problems: [AugmentationError] {
    let allowed = 0...1024.0
    return [(AugmentationError.Field.mixup, mixup), (.cutmix, cutmix)].compactMap { field, value in
      allowed.contains(value) ? nil : .outOfRange(field, found: value, allowed: allowed)
    }
  }
}
