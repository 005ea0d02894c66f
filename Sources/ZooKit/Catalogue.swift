import CZooCatalogue

/// The models, labels and weights that travel inside the library.
public enum Catalogue {
  /// The names of the models, sorted by family and depth: `resnet20` before `resnet110`.
  public static let modelNames: [String] = files.keys
    .compactMap { $0.hasPrefix("zoo/") && $0.hasSuffix(".yaml") ? String($0.dropFirst(4).dropLast(5)) : nil }
    .map { (name: $0, key: naturalOrderKey($0)) }
    .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    .map(\.name)

  /// The model that a name means: its own, or one that differs in `_` for `-`, as torchvision's `vgg16_bn` for `vgg16-bn`.
  ///
  /// - Returns: `nil` when there is none.
  public static func modelName(for name: String) -> String? {
    if contains("zoo/\(name).yaml") { return name }
    let plain = joined(name)
    return modelNames.first { joined($0) == plain }
  }

  private static func joined(_ name: String) -> String { String(name.map { $0 == "_" ? "-" : $0 }) }

  /// The model that comes with weights.
  public static let defaultModel = "lenet-digits"

  /// The model that is meant where none is named: what the environment variable `ZOO_MODEL` names, else `defaultModel`.
  public static var currentDefault: String { SearchPath.variable("ZOO_MODEL") ?? defaultModel }

  /// Whether there is an embedded file of the path.
  static func contains(_ path: String) -> Bool { files[path] != nil }

  /// The bytes of an embedded file, such as `zoo/resnet18.yaml`, or `nil` when there is none of that path.
  public static func file(_ path: String) -> [UInt8]? {
    files[path].map { Array(UnsafeBufferPointer(start: $0.bytes, count: $0.count)) }
  }

  /// The JSON Schema (draft-07) of the definition language.
  public static var modelSchema: String {
    String(decoding: file("Schemas/model.schema.json") ?? [], as: UTF8.self)
  }

  /// All embedded paths, unsorted.
  package static var paths: [String] { Array(files.keys) }

  /// Constants of the program, which never change or move.
  private struct Embedded: @unchecked Sendable {
    let bytes: UnsafePointer<UInt8>
    let count: Int
  }

  private static let files: [String: Embedded] = {
    var count = 0
    guard let first = zoo_catalogue_files(&count) else { return [:] }
    var files: [String: Embedded] = [:]
    for file in UnsafeBufferPointer(start: first, count: count) {
      files[String(cString: file.path)] = Embedded(bytes: file.bytes, count: file.count)
    }
    return files
  }()

  /// Text and numbers in turn, numbers padded so that they compare by value.
  private static func naturalOrderKey(_ name: String) -> [String] {
    let digits: ClosedRange<Character> = "0"..."9"
    var parts: [String] = []
    for character in name {
      if let last = parts.last?.last, digits.contains(last) == digits.contains(character) {
        parts[parts.count - 1].append(character)
      } else {
        parts.append(String(character))
      }
    }
    return parts.map { part in
      part.first.map(digits.contains) == true ? String(repeating: "0", count: max(0, 8 - part.count)) + part : part
    }
  }
}
