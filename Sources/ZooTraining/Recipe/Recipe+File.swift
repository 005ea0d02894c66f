import ZooKit
import ZooSpec
import ZooWeights

extension Recipe {
  /// Reads a recipe from a file.
  ///
  /// - Throws: `ZooError` when the file cannot be read, `DefinitionErrors` with everything that is wrong with it.
  public static func read(path: String, base: Recipe = Recipe()) throws -> Recipe {
    try read(SourceFile(path: path, bytes: try FileSystem.read(path, limit: 1 << 20)), base: base)
  }
}
