import ZooImages
import ZooKit

/// Pictures whose classes are known, in a fixed order.
public protocol LabelledPictures: Sendable {
  var count: Int { get }
  /// The class of a picture, as the data numbers them; nothing is decoded to know it.
  func label(at index: Int) -> Int
  /// What a picture is called in messages, such as its file.
  func name(at index: Int) -> String
  /// A picture, decoded; the same each time.
  func picture(at index: Int) throws -> PixelImage
}

extension DataSet: LabelledPictures {}
