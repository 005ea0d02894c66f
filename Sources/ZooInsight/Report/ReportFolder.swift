import ZooKit

extension ReportBuilder {
  /// Other pictures, which a report's picture is seen among.
  public struct Folder: Sendable {
    /// The pictures, in the order of their names.
    public let pictures: PictureSet
    /// The class of each picture; `nil` where the data has none.
    public let labels: [Int]?
    /// The names of their folders, where each is a class.
    public let classes: [String]

    /// Opens a folder of pictures or a data set.
    ///
    /// - Parameters:
    ///   - path: a folder, or the files of a data set.
    ///   - model: names the classes of a data set that has numbers only, where there are as many.
    /// - Throws: as `PictureSet`.
    public init(_ path: String, model: Model) throws {
      pictures = try PictureSet(path)
      let data: DataSet
      do {
        data = try DataSet.open(path)
      } catch ZooError.dataSetNotRecognised {
        (labels, classes) = (nil, [])
        return
      }
      let known = Dictionary(
        (0..<data.count).map { (data.name(at: $0), data.label(at: $0)) }, uniquingKeysWith: { first, _ in first })
      var classes = data.namesOfClasses
      if data.classNames == nil, let labels = model.labels, labels.count == classes.count {
        classes = labels.labels.map(\.name)
      }
      let none = classes.count
      let found = pictures.names.map { known[$0] ?? none }
      labels = found
      self.classes = found.contains(none) ? classes + ["in no class"] : classes
    }
  }
}
