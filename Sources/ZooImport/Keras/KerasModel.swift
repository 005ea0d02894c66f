import ZooWeights

/// A model of Keras' as its file describes it: layers, and what each call of them reads.
struct KerasModel {
  /// A value: which output of which call of which layer.
  struct Reference: Hashable {
    var layer: String
    var call: Int
    var output: Int
  }

  let name: String
  let isSequential: Bool
  /// In the order of the file.
  private(set) var layers: [KerasLayer] = []
  let inputs: [Reference]
  let outputs: [Reference]
  /// What a sequential model without a layer for its input was built for, the batch first.
  let builtShape: [Int?]?

  private static let maximumLayers = 20_000

  /// - Throws: `ImportError.invalid` when the description is not one of a model.
  init(_ json: JSONValue, file: String) throws(ImportError) {
    func invalid(_ place: String, _ reason: String) -> ImportError {
      .invalid(file: file, place: place, reason: reason)
    }
    guard let type = json["class_name"]?.string, let configuration = json["config"] else {
      throw invalid("the model", "its description has no class_name and config")
    }
    guard ["Sequential", "Functional", "Model"].contains(type) else {
      throw .unsupported(file: file, [.init(place: "the model", what: "\(type), a class that only its program knows")])
    }
    isSequential = type == "Sequential"
    name = configuration["name"]?.string ?? json["name"]?.string ?? ""
    // Until Keras 2.2 a sequential model was described by the list of its layers.
    guard let list = (configuration["layers"] ?? configuration).array else {
      throw invalid(name.isEmpty ? "the model" : name, "its description has no layers")
    }
    guard list.count <= Self.maximumLayers else { throw invalid(name, "it has more than \(Self.maximumLayers) layers") }
    builtShape = KerasLayer.shape(configuration["build_input_shape"])
    var names: Set<String> = []
    for item in list {
      let layer = try KerasLayer(item, file: file)
      guard names.insert(layer.name).inserted else { throw invalid(layer.name, "two layers have this name") }
      layers.append(layer)
    }
    guard !layers.isEmpty else { throw invalid(name.isEmpty ? "the model" : name, "it has no layers") }
    if isSequential {
      (inputs, outputs) = ([], [])
    } else {
      inputs = try Self.references(configuration["input_layers"], "input_layers", name, file)
      outputs = try Self.references(configuration["output_layers"], "output_layers", name, file)
    }
  }

  /// One reference, a list of them, or a dictionary of either.
  private static func references(
    _ json: JSONValue?, _ key: String, _ name: String, _ file: String
  ) throws(ImportError) -> [Reference] {
    var found: [Reference] = []
    if let json { collect(json, into: &found) }
    guard !found.isEmpty else { throw .invalid(file: file, place: name, reason: "\(key) is missing") }
    return found
  }

  private static func collect(_ json: JSONValue, into found: inout [Reference]) {
    if let reference = Reference(json) {
      found.append(reference)
    } else if let elements = json.array {
      for element in elements { collect(element, into: &found) }
    } else if let members = json.object {
      for member in members { collect(member.value, into: &found) }
    }
  }
}

extension KerasModel {
  /// A use of a layer in a functional model.
  struct OrderedCall {
    /// Its place in `layers`.
    var layer: Int
    /// Its place in the layer's `calls`.
    var number: Int
    /// What references add to the number: Keras 2 counts the uses of a model that is a layer from 1, its own making being the
    /// first.
    var offset: Int
  }

  /// The calls, each after what it reads, and otherwise in the order of the file. What is fed in is read without a call; calls
  /// that read what nothing makes are left out.
  var order: [OrderedCall] {
    let fed = Set(inputs)
    let fedLayers = Set(inputs.map(\.layer))
    var last: [String: Int] = [:]
    for reference in outputs + layers.flatMap({ $0.calls.flatMap(\.inputs) }) {
      last[reference.layer] = max(last[reference.layer] ?? 0, reference.call)
    }
    var calls: [OrderedCall] = []
    var makers: [Reference: Int] = [:]
    for (index, layer) in layers.enumerated() where !fedLayers.contains(layer.name) {
      let offset = layer.model != nil && last[layer.name] ?? 0 >= layer.calls.count ? 1 : 0
      for number in layer.calls.indices {
        makers[.init(layer: layer.name, call: number + offset, output: 0)] = calls.count
        calls.append(OrderedCall(layer: index, number: number, offset: offset))
      }
    }
    var missing = [Int](repeating: 0, count: calls.count)
    var readers = [[Int]](repeating: [], count: calls.count)
    for (index, call) in calls.enumerated() {
      for reference in layers[call.layer].calls[call.number].inputs where !fed.contains(reference) {
        missing[index] += 1
        if let maker = makers[.init(layer: reference.layer, call: reference.call, output: 0)] {
          readers[maker].append(index)
        }
      }
    }
    var order: [OrderedCall] = []
    for start in calls.indices where missing[start] == 0 {
      // What waited for this one and stands before it in the file comes right after it.
      var ready = [start]
      missing[start] = -1
      while let index = ready.popLast() {
        order.append(calls[index])
        for reader in readers[index] {
          missing[reader] -= 1
          if missing[reader] == 0, reader < start {
            missing[reader] = -1
            ready.append(reader)
          }
        }
      }
    }
    return order
  }
}

extension KerasModel.Reference {
  /// `["conv1", 0, 0]`, with more behind it or not; `nil` for anything else.
  init?(_ json: JSONValue) {
    guard let layer = json[0]?.string, let call = json[1]?.integer, let output = json[2]?.integer else { return nil }
    self.init(layer: layer, call: call, output: output)
  }
}

/// A layer of a model.
struct KerasLayer {
  /// What a call of it reads, in order.
  struct Call {
    var inputs: [KerasModel.Reference] = []
    /// What is given beside values, as to an operator.
    var constants: [Constant] = []
  }

  /// Something that is given to a call and is no value of a layer's.
  struct Constant {
    /// How many values are given before it.
    var place: Int
    /// `nil`: no single number.
    var number: Double?
  }

  let name: String
  let type: String
  let configuration: JSONValue
  /// In functional models; each is a use of the layer.
  let calls: [Call]
  /// A model that is a layer.
  let model: KerasModel?

  init(_ json: JSONValue, file: String) throws(ImportError) {
    guard let type = json["class_name"]?.string, let configuration = json["config"] else {
      throw .invalid(file: file, place: "the layers", reason: "one of them has no class_name and config")
    }
    self.type = type
    self.configuration = configuration
    name = configuration["name"]?.string ?? json["name"]?.string ?? type
    calls = (json["inbound_nodes"]?.array ?? []).map(Self.call)
    model = ["Sequential", "Functional", "Model"].contains(type) ? try KerasModel(json, file: file) : nil
  }

  /// Keras 2 lists references, Keras 3 the arguments of the call with values among them.
  private static func call(_ json: JSONValue) -> Call {
    var call = Call()
    collect(json["args"] ?? json, into: &call)
    if let named = json["kwargs"] { collectNamed(named, into: &call) }
    return call
  }

  private static func collect(_ json: JSONValue, into call: inout Call) {
    if let reference = KerasModel.Reference(json) {
      call.inputs.append(reference)
      // What Keras 2 gives to an operator of TensorFlow's by name.
      if let named = json[3] { collectNamed(named, into: &call) }
    } else if let history = json["config"]?["keras_history"], let reference = KerasModel.Reference(history) {
      call.inputs.append(reference)
    } else if let elements = json.array {
      for element in elements { collect(element, into: &call) }
    } else if !json.isNull, json.bool == nil {
      call.constants.append(Constant(place: call.inputs.count, number: json.number))
    }
  }

  private static func collectNamed(_ json: JSONValue, into call: inout Call) {
    for member in json.object ?? [] where !["training", "mask", "name"].contains(member.key) {
      collect(member.value, into: &call)
    }
  }

  /// A shape whose sides may be left open; `nil` when `json` is none.
  static func shape(_ json: JSONValue?) -> [Int?]? {
    // Several inputs, or one in a list.
    let sides = json?[0]?.array == nil ? json?.array : json?[0]?.array
    guard let sides, !sides.isEmpty, sides.allSatisfy({ $0.isNull || $0.integer != nil }) else { return nil }
    return sides.map(\.integer)
  }

  /// The shape of what is fed in, the batch first, where the layer says it.
  var inputShape: [Int?]? {
    Self.shape(configuration["batch_shape"]) ?? Self.shape(configuration["batch_input_shape"])
  }
}
