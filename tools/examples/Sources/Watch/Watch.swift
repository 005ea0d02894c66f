import FoundationEssentials
import ZooKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Classifies the pictures that arrive in a folder, until it is stopped.
@main
struct Watch {
  static func main() async {
    guard CommandLine.arguments.count == 2 else {
      print("usage: Watch FOLDER")
      return
    }
    do {
      let model = try Model("lenet-digits")
      for try await path in Arrivals(folder: CommandLine.arguments[1]) {
        do {
          let best = try await model.classify(path: path)[0]
          print("\(path): \(best.label), \(best.probability)")
        } catch {
          print("\(path): \(error)")
        }
        // Who reads this through a pipe sees each line at once.
        fflush(nil)
      }
    } catch {
      print("Watch: \(error)")
    }
  }
}
