import FoundationEssentials

/// The folders in which models and weights are looked for.
public enum SearchPath {
  /// `$ZOO_PATH` (folders separated by colons), then `$XDG_DATA_HOME/zoo` or `~/.local/share/zoo`.
  public static var folders: [String] {
    let environment = ProcessInfo.processInfo.environment
    var folders = (environment["ZOO_PATH"] ?? "").split(separator: ":").map(String.init)
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
      folders.append("\(data)/zoo")
    } else if let home = environment["HOME"], home.hasPrefix("/") {
      folders.append("\(home)/.local/share/zoo")
    }
    return folders
  }

  /// The folder for what can be made anew: `$ZOO_CACHE`, else `$XDG_CACHE_HOME/zoo` or `~/.cache/zoo`; `nil` where none of
  /// the variables is set.
  public static var cache: String? {
    let environment = ProcessInfo.processInfo.environment
    if let folder = environment["ZOO_CACHE"], !folder.isEmpty { return folder }
    if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return "\(cache)/zoo" }
    return environment["HOME"].flatMap { $0.hasPrefix("/") ? "\($0)/.cache/zoo" : nil }
  }

  /// The first file of one of the names in one of the folders.
  static func find(_ names: [String]) -> String? {
    for folder in folders {
      for name in names where FileSystem.exists("\(folder)/\(name)") { return "\(folder)/\(name)" }
    }
    return nil
  }
}
