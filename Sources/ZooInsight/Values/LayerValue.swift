import ZooGraph
import ZooKit
import ZooTensor

/// What a layer answers to one picture, as the definition has it: before any activation that follows as a layer of its own.
public struct LayerValue: Sendable {
  /// The layer's path.
  public let layer: String
  /// `[channels, height, width]` or `[units]`.
  public let value: Tensor

  /// - Parameters:
  ///   - layer: its path in the definition.
  ///   - model: with the layer among its outputs.
  ///   - input: `[C, H, W]`, preprocessed.
  /// - Throws: `ZooError.layerNotFound`, as `Model.values`.
  public init(_ layer: String, of model: Model, for input: Tensor) throws {
    let id = try model.network.layer(named: layer)
    guard let value = try model.values(for: input)[layer] else {
      preconditionFailure("'\(layer)' is not among the model's outputs")
    }
    self.layer = layer
    self.value = value.reshaped(to: model.network.graph[id].shape)
  }

  /// `value`: in the layer's shape.
  init(layer: String, value: Tensor) { (self.layer, self.value) = (layer, value) }

  /// The number of channels, or of elements of a vector.
  public var units: Int { value.shape.unitCount }
  /// The height and width of a unit's map; 1×1 for a unit of a vector.
  public var extent: Extent { value.shape.unitExtent }
  /// Whether any number is below zero, so that the scale of a picture has to be signed.
  public var isSigned: Bool { value.withFloats { $0.contains { $0 < 0 } } }

  /// The values of a unit, row by row.
  public func map(of unit: Int) -> [Float] {
    value.withFloats { Array($0[unit * extent.area..<(unit + 1) * extent.area]) }
  }

  /// `[height, width]`.
  public func tensor(of unit: Int) -> Tensor { Tensor(shape: [extent.height, extent.width], floats: map(of: unit)) }

  /// The lowest and the highest value; `nil` when none is finite.
  public var range: ClosedRange<Float>? {
    value.withFloats { numbers in
      let finite = numbers.lazy.filter(\.isFinite)
      guard let low = finite.min(), let high = finite.max() else { return nil }
      return low...high
    }
  }

  /// The units to draw: all in their order, or where there are more than `limit` the strongest, strongest first: by the
  /// largest magnitude of their values, and of equals the first.
  public func strongest(_ limit: Int) -> [Int] {
    let all = Array(0..<units)
    guard units > limit else { return all }
    let strengths = all.map { map(of: $0).reduce(0) { max($0, $1.magnitude) } }
    return Array(all.sorted { (strengths[$1], $0) < (strengths[$0], $1) }.prefix(max(0, limit)))
  }
}
