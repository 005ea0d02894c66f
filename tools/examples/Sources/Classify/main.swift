import ZooKit

let model = try Model("lenet-digits")
for path in CommandLine.arguments.dropFirst() {
  do {
    let best = try model.classify(path: path)[0]
    print("\(path): \(best.label), \(best.probability)")
  } catch {
    print("\(path): \(error)")
  }
}
