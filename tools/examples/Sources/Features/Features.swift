import ZooKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a layer computes for pictures, as an array for NumPy: a row for each.
@main
struct Features {
  static func main() {
    do {
      let arguments = CommandLine.arguments.dropFirst()
      guard arguments.count >= 4 else { throw Usage() }
      let (reference, layer, output) = (arguments[1], arguments[2], arguments[3])
      let model = try Model(reference, outputs: [layer])
      let pictures = try arguments.dropFirst(3).map { try PixelImage(path: $0) }
      for (name, values) in try model.values(for: pictures) {
        try NumPyFile.write(values, to: output, overwrite: true)
        print("\(output): \(name) of \(model.network.name), \(values.shape)")
      }
    } catch {
      print("Features: \(error)")
      exit(1)
    }
  }
}

/// The command line is wrong.
struct Usage: Error, CustomStringConvertible {
  let description = "usage: Features MODEL LAYER OUT.npy IMAGE…"
}
