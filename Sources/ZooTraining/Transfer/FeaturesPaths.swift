/// The files that codes are in.
public struct FeaturesPaths: Hashable, Sendable {
  /// The array, `F.npy`.
  public let codes: String
  /// The keys of its rows, `F.keys.txt`.
  public let keys: String
  /// What they were made of, `F.features.json`.
  public let record: String

  /// - Throws: `FeaturesError.notAnArrayName`.
  public init(_ path: String) throws(FeaturesError) {
    guard path.hasSuffix(".npy"), path.split(separator: "/").last != ".npy" else { throw .notAnArrayName(path: path) }
    codes = path
    let stem = String(path.dropLast(4))
    keys = stem + ".keys.txt"
    record = stem + ".features.json"
  }

  /// What a file is called while it is not complete.
  static func partial(_ path: String) -> String { path + ".partial" }
}
