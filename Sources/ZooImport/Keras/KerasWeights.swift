import ZooWeights

/// Which tensors of the file belong to which layer.
struct KerasWeights {
  private enum Form {
    /// HDF5 lists the tensors of each layer of the outermost model by the layer's name.
    case layers([String: [String]])
    /// The tensors of one layer, a model perhaps.
    case list([String])
    /// A `.keras` archive has a folder for each layer, named by its class.
    case folder(String, [String: [String]])
  }

  private let form: Form

  init(layers: [String: [String]]) {
    form = .layers(layers)
  }

  /// A `.keras` archive, whose tensors are called `FOLDER/vars/0`, `FOLDER/vars/1`, …
  init(archive checkpoint: Checkpoint) {
    var numbered: [String: [(number: Int, name: String)]] = [:]
    for entry in checkpoint.entries {
      let parts = entry.name.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count >= 2, parts[parts.count - 2] == "vars", let number = parts.last.flatMap({ Int($0) }) else {
        continue
      }
      numbered[parts.dropLast(2).joined(separator: "/"), default: []].append((number, entry.name))
    }
    form = .folder("", numbered.mapValues { list in list.sorted { $0.number < $1.number }.map(\.name) })
  }

  private init(_ form: Form) {
    self.form = form
  }

  /// The tensors of a layer, whose these are.
  func tensors(of layer: KerasLayer) -> [String] {
    switch form {
    case .layers(let layers): layers[layer.name] ?? []
    case .list(let names): names
    case .folder(let folder, let tensors): tensors[folder] ?? []
    }
  }

  /// For each layer of a model, whose these are, those of the layer.
  func parts(of model: KerasModel) -> [KerasWeights] {
    switch form {
    case .layers(let layers):
      return model.layers.map { layer in KerasWeights(.list(layers[layer.name] ?? [])) }
    case .list(let names): return Self.divide(names, among: model.layers)
    case .folder(let folder, let tensors):
      // Files of Keras 2.12 to 2.15 call the list of layers otherwise.
      let prefix = folder.isEmpty ? "" : folder + "/"
      let lists = ["layers", "_layer_checkpoint_dependencies"].map { prefix + $0 }
      var counts: [String: Int] = [:]
      return model.layers.map { layer in
        let name = Self.snakeCase(layer.type)
        let number = counts[name, default: 0]
        counts[name] = number + 1
        let candidates = lists.map { "\($0)/\(name)" + (number == 0 ? "" : "_\(number)") }
        let place = candidates.first { candidate in
          tensors[candidate] != nil || layer.model != nil && tensors.keys.contains { $0.hasPrefix(candidate + "/") }
        }
        return KerasWeights(.folder(place ?? candidates[0], tensors))
      }
    }
  }

  /// Divides the tensors of a model that is a layer: those that can be trained come first, in the order of its layers, then
  /// the others.
  private static func divide(_ names: [String], among layers: [KerasLayer]) -> [KerasWeights] {
    let needs = layers.map(\.tensorCounts)
    let trained = needs.reduce(0) { $0 + $1.trained }
    var (first, second) = (0, min(trained, names.count))
    return needs.map { need in
      let own = names[min(first, names.count)..<min(first + need.trained, names.count)]
      let other = names[min(second, names.count)..<min(second + need.fixed, names.count)]
      first += need.trained
      second += need.fixed
      return KerasWeights(.list(Array(own) + Array(other)))
    }
  }

  /// `SeparableConv2D` → `separable_conv2d`, as Keras' `to_snake_case` has it.
  static func snakeCase(_ name: String) -> String {
    let letters = Array(name).filter { $0.isLetter || $0.isNumber || $0 == "_" }
    func isUpper(_ index: Int) -> Bool { letters.indices.contains(index) && letters[index].isUppercase }
    func isLower(_ index: Int) -> Bool { letters.indices.contains(index) && letters[index].isLowercase }
    var text = ""
    for index in letters.indices {
      if index > 0, isUpper(index), isLower(index + 1) || isLower(index - 1), text.last != "_" { text.append("_") }
      text += letters[index].lowercased()
    }
    return text
  }
}

extension KerasLayer {
  /// How many tensors a layer has that training changes, and that it does not.
  var tensorCounts: (trained: Int, fixed: Int) {
    let attributes = KerasAttributes(type: type, json: configuration)
    let counts =
      KerasClass.all[type]?.tensorCounts(attributes)
      ?? (model?.layers ?? []).reduce((trained: 0, fixed: 0)) { sum, layer in
        let inner = layer.tensorCounts
        return (sum.trained + inner.trained, sum.fixed + inner.fixed)
      }
    return attributes.bool("trainable", or: true) ? counts : (0, counts.trained + counts.fixed)
  }
}
