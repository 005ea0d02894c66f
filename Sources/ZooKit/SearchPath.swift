import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The folders in which models and weights are looked for.
public enum SearchPath {
  /// `$ZOO_PATH` (folders separated by colons), then `$XDG_DATA_HOME/zoo` or `~/.local/share/zoo`.
  public static var folders: [String] {
    named + [data].compactMap(\.self)
  }

  /// Those of `$ZOO_PATH`.
  private static var named: [String] { (variable("ZOO_PATH") ?? "").split(separator: ":").map(String.init) }

  /// `$XDG_DATA_HOME/zoo` or `~/.local/share/zoo`; `nil` where none of the variables is set.
  private static var data: String? {
    if let data = variable("XDG_DATA_HOME"), data.hasPrefix("/") { return "\(data)/zoo" }
    return variable("HOME").flatMap { $0.hasPrefix("/") ? "\($0)/.local/share/zoo" : nil }
  }

  /// Where what is fetched is kept: the first folder of `$ZOO_PATH` that is there and can be written, else
  /// `$XDG_DATA_HOME/zoo` or `~/.local/share/zoo`, which may have to be made; `nil` where none of the variables is set.
  public static var destination: String? {
    named.first { folder in
      FileSystem.isDirectory(folder) && folder.withPath { access($0, W_OK | X_OK) } == 0
    } ?? data
  }

  /// The folder for what can be made anew: `$ZOO_CACHE`, else `$XDG_CACHE_HOME/zoo` or `~/.cache/zoo`; `nil` where none of
  /// the variables is set.
  public static var cache: String? {
    if let folder = variable("ZOO_CACHE") { return folder }
    if let cache = variable("XDG_CACHE_HOME"), cache.hasPrefix("/") { return "\(cache)/zoo" }
    return variable("HOME").flatMap { $0.hasPrefix("/") ? "\($0)/.cache/zoo" : nil }
  }

  /// An environment variable that holds paths, as their text; `nil` when it is not set or empty.
  package static func variable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(path: UnsafeRawBufferPointer(start: value, count: strlen(value)))
    return text.isEmpty ? nil : text
  }

  /// The first file of one of the names in one of the folders.
  static func find(_ names: [String]) -> String? {
    for folder in folders {
      for name in names where FileSystem.exists("\(folder)/\(name)") { return "\(folder)/\(name)" }
    }
    return nil
  }
}
