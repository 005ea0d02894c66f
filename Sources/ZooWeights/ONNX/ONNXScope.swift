/// Where a node comes from in the program that was exported: the way to the names that its weights had there.
struct ONNXScope {
  /// `['', 'layer1', 'layer1.0', 'layer1.0.conv1', 'conv2d']`, the paths of modules and last of the call.
  private var paths: [String]?
  /// The classes of the same modules.
  private var classes: [String]?
  /// `: Net/layer1: Sequential/…/conv2d: aten.conv2d.default`, both in one.
  private var namespace: [(path: String, type: String)] = []

  /// Reads a `StringStringEntryProto` of a node.
  mutating func read(_ reader: ProtobufReader) throws(WeightsProblem) {
    var reader = reader
    var key = ""
    var value = ""
    while let field = try reader.next() {
      // Only remarks: what is too long, as the trace of a stack may be, is no reason to refuse the weights.
      guard field.type == .bytes, field.payload.count <= 4096 else { continue }
      switch field.number {
      case 1: key = try reader.text(field)
      case 2: value = try reader.text(field)
      default: break
      }
    }
    switch key {
    case "pkg.torch.onnx.name_scopes": paths = Self.list(value)
    case "pkg.torch.onnx.class_hierarchy": classes = Self.list(value)
    case "namespace":
      namespace = value.split(separator: "/").map { part in
        let colon = part.firstIndex(of: ":") ?? part.endIndex
        return (String(part[..<colon]), part[colon...].dropFirst().drop { $0 == " " }.description)
      }
    default: break
    }
  }

  /// The texts of a list in Python's notation; `nil` when it is none of plain ones.
  private static func list(_ text: String) -> [String]? {
    guard text.hasPrefix("["), text.hasSuffix("]"), !text.contains("\\") else { return nil }
    let items = text.dropFirst().dropLast().split(separator: ",")
    var texts: [String] = []
    for item in items {
      let trimmed = item.drop { $0 == " " }
      guard let quote = trimmed.first, quote == "'" || quote == "\"", trimmed.count >= 2, trimmed.last == quote else {
        return nil
      }
      texts.append(String(trimmed.dropFirst().dropLast()))
    }
    return texts
  }

  /// Whether the file says where the node comes from, be it no module but the network itself.
  var isKnown: Bool { paths != nil || !namespace.isEmpty }

  /// The path of the innermost module, and its class where that is known.
  var module: (path: String, type: String?)? {
    if let paths, paths.count >= 2 {
      let type = classes.flatMap { $0.count == paths.count ? $0[$0.count - 2] : nil }
      return (paths[paths.count - 2], type)
    }
    guard namespace.count >= 2 else { return nil }
    return namespace[namespace.count - 2]
  }

  /// The path of the layer that a node belongs to, such as `layer1.0.conv1`; `nil` when the file does not tell.
  ///
  /// A convolution that took in a batch norm goes by the norm's place, which is not its own.
  func path(of kind: StoredLayer.Kind, nodeName: String) -> String? {
    if let module, !module.path.isEmpty {
      let isNorm = module.type?.contains("BatchNorm") ?? false
      return isNorm == (kind == .batchNorm) || module.type == nil ? module.path : nil
    }
    return Self.path(inName: nodeName)
  }

  /// The path in a name like `/layer1/layer1.0/conv1/Conv`: a module in a list or a sequence has the list's name before its
  /// own, and so stands for both.
  static func path(inName name: String) -> String? {
    let components = name.split(separator: "/", omittingEmptySubsequences: false)
    guard components.count >= 3, components[0].isEmpty else { return nil }
    var path: [Substring] = []
    for component in components.dropFirst().dropLast() {
      guard !component.isEmpty else { return nil }
      if let last = path.last, component.hasPrefix(last + ".") { path.removeLast() }
      path.append(component)
    }
    return path.joined(separator: ".")
  }
}
