import ZooTensor

/// Why a network is not what its `SlidingRecord` says.
public enum RestorationError: Error, Hashable, Sendable {
  /// No layer has the name of the last shared one.
  case lastSharedMissing(name: String)
  /// A recorded layer reads one that comes neither before it in the record nor among the shared ones.
  case inputMissing(layer: String, input: String)
  /// A recorded output shows a layer that is not there.
  case outputMissing(output: String, value: String)
  /// A recorded layer does not fit what it reads.
  case shape(LocatedShapeError)
  /// The recorded network cannot slide.
  case conversion(ConversionError)
  /// Another layer stands where the recorded network has `expected`; `nil` stands for none.
  case layersDiffer(expected: NodePlace?, found: NodePlace?)
  /// The layer computes something else than the recorded one would.
  case operationsDiffer(node: NodePlace, expected: Operation, found: Operation)
  case inputsDiffer(node: NodePlace, expected: [String], found: [String])
  case outputsDiffer(expected: [String], found: [String])
  case strideDiffers(expected: Extent, found: Extent)
  case receptiveFieldDiffers(expected: ReceptiveField, found: ReceptiveField)
}

extension RestorationError {
  /// The layer that it is about, as it is now or as it was recorded.
  public var node: NodePlace? {
    switch self {
    case .shape(let error): error.node
    case .conversion(let error): error.node
    case .layersDiffer(let expected, let found): found ?? expected
    case .operationsDiffer(let node, _, _), .inputsDiffer(let node, _, _): node
    case .inputMissing(let layer, _): NodePlace(name: layer)
    case .lastSharedMissing, .outputMissing, .outputsDiffer, .strideDiffers, .receptiveFieldDiffers: nil
    }
  }
}
