import ZooTensor
import ZooWeights

/// Tells layers by the names and shapes of their tensors.
struct LayerReader {
  typealias Layer = WeightsGuess.Layer
  typealias Kind = WeightsGuess.Kind

  /// Keras's order of axes: height, width, inputs, outputs.
  let hasChannelsLast: Bool
  /// Of the layers that read channels, how many read what one before them makes.
  private(set) var linked = (count: 0, of: 0)
  /// What the layers so far make, the last one last.
  private var made: [Int] = []

  init(hasChannelsLast: Bool) {
    self.hasChannelsLast = hasChannelsLast
  }

  /// What a tensor's name may end with, and what that is.
  private enum Role {
    case weight, bias, mean, variance, other
  }

  private static let roles: [String: Role] = [
    "weight": .weight, "weights": .weight, "kernel": .weight, "w": .weight, "gamma": .weight, "scale": .weight,
    "filters": .weight, "bias": .bias, "biases": .bias, "b": .bias, "beta": .bias, "shift": .bias,
    "running_mean": .mean, "moving_mean": .mean, "mean": .mean, "running_var": .variance, "moving_variance": .variance,
    "variance": .variance, "var": .variance,
  ]

  /// The layers of some tensors, in the order in which their first tensors come.
  mutating func layers(of tensors: [GuessedTensors.Tensor]) -> [Layer] {
    var order: [String] = []
    var members: [String: [(role: String, meaning: Role, shape: Shape)]] = [:]
    for tensor in tensors {
      let (name, role, meaning) = Self.split(tensor.name)
      if members[name] == nil { order.append(name) }
      members[name, default: []].append((role, meaning, tensor.shape))
    }
    return order.map { name in
      let parts = members[name] ?? []
      func shape(_ meaning: Role) -> Shape? { parts.first { $0.meaning == meaning }?.shape }
      let found = kind(
        name, weight: shape(.weight), bias: shape(.bias), hasStatistics: shape(.mean) != nil && shape(.variance) != nil,
        roles: parts.map(\.role), shapes: parts.map(\.shape))
      let trained = parts.filter { $0.meaning != .mean && $0.meaning != .variance }
      note(found)
      return Layer(
        name: name, kind: found.kind, text: found.text,
        tensors: parts.map { Layer.Tensor(role: $0.role, shape: $0.shape) }, inputs: found.inputs,
        outputs: found.outputs, kernel: found.kernel,
        parameters: trained.reduce(0) { $0 + min($1.shape.elementCount, 1 << 48) })
    }
  }

  /// The layer's part of a tensor's name, and the rest: behind the last dot, or the last underscore where that says what it is.
  private static func split(_ name: String) -> (layer: String, role: String, Role) {
    var plain = name[...]
    if let colon = plain.lastIndex(of: ":"), plain[plain.index(after: colon)...].allSatisfy(\.isNumber) {
      plain = plain[..<colon]
    }
    let dot = plain.lastIndex(of: ".")
    let last = dot.map { plain[plain.index(after: $0)...] } ?? plain
    if let role = roles[last.lowercased()] {
      return (dot.map { String(plain[..<$0]) } ?? "(without a name)", String(last), role)
    }
    for ending in roles.keys.sorted(by: { ($1.utf8.count, $0) < ($0.utf8.count, $1) })
    where last.lowercased().hasSuffix("_\(ending)") {
      let layer = plain.dropLast(ending.count + 1)
      guard !isAttention(last), !layer.isEmpty else { break }
      return (String(layer), ending, roles[ending] ?? .other)
    }
    if isAttention(last), let dot { return (String(plain[..<dot]), String(last), .other) }
    return (String(plain), "", .other)
  }

  private static func isAttention(_ word: Substring) -> Bool {
    word.hasPrefix("in_proj_") || word.hasPrefix("weight_ih_") || word.hasPrefix("weight_hh_")
      || word.hasPrefix("bias_ih_") || word.hasPrefix("bias_hh_")
  }

  private struct Found {
    var kind: Kind
    var text: String
    var inputs: Int?
    var outputs: Int?
    var kernel: Extent?
  }

  private func kind(
    _ name: String, weight: Shape?, bias: Shape?, hasStatistics: Bool, roles: [String], shapes: [Shape]
  ) -> Found {
    if roles.contains(where: { $0.hasPrefix("in_proj_") }) {
      let width = shapes.first { $0.rank == 2 }?.dimensions[1]
      return Found(kind: .attention, text: "attention of \(width.map(String.init) ?? "?") features", outputs: width)
    }
    if roles.contains(where: { $0.hasPrefix("weight_ih") }) {
      return Found(kind: .recurrent, text: "recurrent layer (LSTM or GRU)")
    }
    let sizes = shapes.map { "\($0)" }.joined(separator: ", ")
    guard let weight else {
      if hasStatistics, let channels = shapes.first?.elementCount {
        return Found(kind: .batchNorm, text: "batch norm of \(channels), statistics alone", outputs: channels)
      }
      if let bias, shapes.count == 1 { return Found(kind: .parameter, text: "a bias of \(bias) alone") }
      return Found(kind: .parameter, text: "numbers, \(sizes)")
    }
    switch weight.rank {
    case 4: return convolution(name, weight, hasBias: bias != nil)
    case 2:
      let (outputs, inputs) = hasChannelsLast ? (weight[1], weight[0]) : (weight[0], weight[1])
      let lower = name.lowercased()
      if bias == nil, lower.contains("embed") || lower.hasSuffix("emb") || lower.hasSuffix("wte") {
        return Found(kind: .embedding, text: "embedding of \(weight[0]) in \(weight[1]) features", outputs: weight[1])
      }
      return Found(
        kind: .fullyConnected, text: "fully connected, \(inputs) → \(outputs)\(bias == nil ? ", no bias" : "")",
        inputs: inputs, outputs: outputs)
    case 0, 1:
      let channels = weight.elementCount
      if hasStatistics { return Found(kind: .batchNorm, text: "batch norm of \(channels)", outputs: channels) }
      if bias != nil {
        return Found(
          kind: .norm, text: "norm of \(channels) without statistics (layer norm or group norm, perhaps)",
          outputs: channels)
      }
      return Found(kind: .slopes, text: "\(channels == 1 ? "one number" : "\(channels) numbers") (PReLU or scale)")
    case 3: return Found(kind: .parameter, text: "one-dimensional convolution, perhaps, \(weight)")
    case 5: return Found(kind: .parameter, text: "three-dimensional convolution, perhaps, \(weight)")
    default: return Found(kind: .parameter, text: "numbers, \(sizes)")
    }
  }

  private func convolution(_ name: String, _ weight: Shape, hasBias: Bool) -> Found {
    let sizes = hasChannelsLast ? [weight[3], weight[2], weight[0], weight[1]] : weight.dimensions
    let (outputs, inputs) = (sizes[0], sizes[1])
    let kernel = Extent(height: sizes[2], width: sizes[3])
    let window = "\(sizes[2])×\(sizes[3])"
    let before = made.last
    let lower = name.lowercased()
    if let before, inputs != before, outputs == before, ["up", "deconv", "transpose"].contains(where: lower.contains) {
      return Found(
        kind: .transposed, text: "transposed convolution \(window), \(outputs) → \(inputs), perhaps", inputs: outputs,
        outputs: inputs, kernel: kernel)
    }
    if let before, inputs == 1, outputs > 1, outputs % before == 0 {
      return Found(
        kind: .depthwise, text: "depthwise convolution \(window) of \(before)", inputs: before, outputs: outputs,
        kernel: kernel)
    }
    if let before, inputs < before, outputs == before, before % inputs == 0, sizes[2] * sizes[3] > 1,
      !made.suffix(3).contains(inputs)
    {
      return Found(
        kind: .grouped, text: "convolution \(window), \(before) → \(outputs) in \(before / inputs) groups",
        inputs: before, outputs: outputs, kernel: kernel)
    }
    return Found(
      kind: .convolution, text: "convolution \(window), \(inputs) → \(outputs)\(hasBias ? "" : ", no bias")",
      inputs: inputs, outputs: outputs, kernel: kernel)
  }

  /// Counts whether a layer reads what is there.
  private mutating func note(_ found: Found) {
    if let inputs = found.inputs, !made.isEmpty, found.kind != .embedding {
      linked.of += 1
      let recent = made.suffix(24)
      let isSum = recent.last.map { inputs > $0 && inputs % $0 == 0 } ?? false
      if recent.contains(inputs) || found.kind == .fullyConnected && isSum { linked.count += 1 }
    }
    switch found.kind {
    case .convolution, .depthwise, .grouped, .transposed, .fullyConnected:
      if let outputs = found.outputs { made.append(outputs) }
    default: break
    }
  }
}

extension WeightsGuess {
  /// The layers by the first steps of their names; a step that most layers have is opened.
  static func groups(of layers: [Layer]) -> [Group] {
    groups(of: layers[...], below: [], total: layers.count)
  }

  private static let maximumDepth = 8

  private static func groups(of layers: ArraySlice<Layer>, below path: [Substring], total: Int) -> [Group] {
    var order: [Substring] = []
    var members: [Substring: [Layer]] = [:]
    for layer in layers {
      let steps = layer.name.split(separator: ".")
      let step = steps.count > path.count ? steps[path.count] : ""
      if members[step] == nil { order.append(step) }
      members[step, default: []].append(layer)
    }
    return order.flatMap { step -> [Group] in
      let own = members[step] ?? []
      let name = path + [step]
      let isOpened = own.count > 3 && own.count * 2 > total && path.count < maximumDepth && !step.isEmpty
      if isOpened, Set(own.map { $0.name.split(separator: ".").dropFirst(name.count).first }).count > 1 {
        return groups(of: own[...], below: name, total: total)
      }
      return [group(name.filter { !$0.isEmpty }.joined(separator: "."), own, depth: name.count)]
    }
  }

  private static func group(_ name: String, _ layers: [Layer], depth: Int) -> Group {
    let parameters = layers.reduce(0) { $0 + $1.parameters }
    var order: [Substring] = []
    var parts: [Substring: [Layer]] = [:]
    for layer in layers {
      let step = layer.name.split(separator: ".").dropFirst(depth).first ?? ""
      if parts[step] == nil { order.append(step) }
      parts[step, default: []].append(layer)
    }
    let signatures = order.map { step in (parts[step] ?? []).filter { !$0.isShortcut }.map(\.short) }
    // Parts that have a number in their names, and the same first layers or all.
    let isNumbered = order.allSatisfy { $0.last?.isNumber == true }
    let common = signatures.last ?? []
    let alike = signatures.count { $0.first == common.first && $0.count > 1 }
    if layers.count > 3, order.count > 1 || layers.count > 1 && isNumbered, isNumbered, alike * 2 > order.count,
      common.count > 1
    {
      let channels = layers.last { $0.isConvolution }?.outputs
      return Group(
        name: name, layers: layers.count, parameters: parameters, blocks: order.count,
        text:
          "\(order.count) \(order.count == 1 ? "block" : "blocks") of \(list(common))\(channels.map { ", to \($0) channels" } ?? "")"
      )
    }
    let text = layers.count <= 3 ? layers.map(\.text).joined(separator: "; ") : list(layers.map(\.short))
    return Group(name: name, layers: layers.count, parameters: parameters, blocks: 0, text: text)
  }

  /// `conv 1×1, batch norm, 2 × conv 3×3`; what is long, by counts.
  private static func list(_ words: [String]) -> String {
    if words.count <= 8 { return words.joined(separator: ", ") }
    var order: [String] = []
    var counts: [String: Int] = [:]
    for word in words {
      if counts[word] == nil { order.append(word) }
      counts[word, default: 0] += 1
    }
    let listed = order.prefix(8).map { "\(counts[$0] ?? 0) × \($0)" }.joined(separator: ", ")
    return order.count > 8 ? "\(listed), …" : listed
  }
}

extension WeightsGuess.Layer {
  /// Whether its name says that it is beside the way of a block.
  var isShortcut: Bool {
    ["downsample", "shortcut", "proj", "skip"].contains { word in
      name.split(separator: ".").contains { $0 == word }
    }
  }

  /// Without channels.
  var short: String {
    let window = kernel.map { " \($0.height)×\($0.width)" } ?? ""
    return switch kind {
    case .convolution: "conv\(window)"
    case .depthwise: "depthwise conv\(window)"
    case .grouped: "grouped conv\(window)"
    case .transposed: "transposed conv\(window)"
    case .batchNorm: "batch norm"
    case .norm: "norm"
    case .fullyConnected: "fully connected"
    case .embedding: "embedding"
    case .attention: "attention"
    case .recurrent: "recurrent"
    case .slopes: "slopes"
    case .parameter: "numbers"
    }
  }
}
