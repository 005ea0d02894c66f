/// What is wrong with a file or a folder of a data set.
public enum DataSetError: Error, Hashable, Sendable {
  case notIDX(path: String)
  case damagedGzip(path: String)
  case truncated(path: String, expected: Int, found: Int)
  case tooLarge(path: String, limit: Int)
  case labelOutOfRange(path: String, index: Int, label: Int)
  /// An IDX file of images has another shape than `[count, height, width]`.
  case notImages(path: String, dimensions: [Int])
  /// The images and the labels differ in number.
  case countsDiffer(images: Int, labels: Int, path: String)
}

extension DataSetError: CustomStringConvertible {
  /// The message for a person, with the file and what was found in it.
  public var description: String {
    switch self {
    case .notIDX(let path):
      "\(path): not an IDX file of unsigned bytes; it should start with the bytes 00 00 08 and the number of dimensions"
    case .damagedGzip(let path):
      "\(path): the gzip data is damaged or cut short; download it again"
    case .truncated(let path, let expected, let found):
      "\(path): expected \(expected) bytes, found \(found); the file is cut short or is something else"
    case .tooLarge(let path, let limit):
      "\(path): holds more than \(limit >> 20) MiB, the limit for one file of a data set"
    case .labelOutOfRange(let path, let index, let label):
      "\(path): record \(index) has the label \(label); CIFAR-10 has labels 0 to 9"
    case .notImages(let path, let dimensions):
      "\(path): expected images [count, height, width], found dimensions \(dimensions)"
    case .countsDiffer(let images, let labels, let path):
      "\(path): \(images) images but \(labels) labels; the two files do not belong together"
    }
  }
}
