import ZooGraph
import ZooImages
import ZooKit
import ZooTensor

/// A part of a picture that excites a unit: what the unit sees at the position of its largest value. In the network's input
/// nothing outside the box changes the value. Where the picture was resized, its own pixels next to the box may, as far as
/// the filter of the resize reaches.
public struct TopPatch: Sendable {
  /// The unit that it excites.
  public let unit: Int
  /// The picture's name.
  public let picture: String
  /// The position in the unit's map.
  public let row: Int
  /// Of the layer's map, from 0.
  public let column: Int
  /// Of the unit there.
  public let value: Float
  /// The receptive box in the network's input, clipped to it; all of it where the unit sees all. `nil` when the position sees
  /// only padding.
  public let inputBox: PixelBox?
  /// The same in the picture's own pixels, before it was resized and cropped.
  public let pictureBox: PixelBox?
  /// Those pixels.
  public let crop: PixelImage?
}

extension TopIndex {
  /// The patches of a unit, the best first.
  ///
  /// - Parameters:
  ///   - unit: the unit, from 0.
  ///   - model: whose index this is.
  ///   - pictures: that the index was made of, or more.
  /// - Throws: `InsightError.unitNotFound`, `TopIndexError.pictureMissing`, `ImageError`.
  /// - Returns: At most as many as the index keeps for a unit.
  public func patches(of unit: Int, model: Model, pictures: PictureSet) throws -> [TopPatch] {
    let network = model.network
    let layer = try network.layer(named: source.layer)
    try network.checkUnit(unit, of: layer)
    guard let preprocessing = model.preprocessing else { throw ZooError.noPreprocessing(model: network.name) }
    let field = network.graph.receptiveFields()[layer.index]
    let input = network.input.extent
    return try units[unit].entries.map { entry in
      let wanted = self.pictures[entry.picture]
      guard let place = pictures.index(of: wanted.name), pictures.identity(at: place) == wanted.identity else {
        throw TopIndexError.pictureMissing(wanted.name, folder: pictures.path)
      }
      let picture = try pictures.picture(at: place)
      let box =
        field.map { $0.box(row: entry.row, column: entry.column, in: input) }
        ?? PixelBox(rows: 0..<input.height, columns: 0..<input.width)
      let own = box.flatMap { InputPlacement(preprocessing, of: picture.extent).box(of: $0) }
      return TopPatch(
        unit: unit, picture: wanted.name, row: entry.row, column: entry.column, value: entry.value, inputBox: box,
        pictureBox: own, crop: own.map { picture.cropped(to: $0.extent, row: $0.row, column: $0.column) })
    }
  }
}
