import ZooTensor
import ZooWeights

/// The configuration of a layer, read with Keras' defaults.
struct KerasAttributes {
  let type: String
  let json: JSONValue

  /// The longest side or the largest number of channels that zoo has.
  private static let maximum = 1 << 20

  func bool(_ key: String, or standard: Bool) -> Bool { json[key]?.bool ?? standard }

  func number(_ key: String, or standard: Double) throws(KerasRefusal) -> Double {
    guard let value = json[key], !value.isNull else { return standard }
    guard let number = Self.scalar(value), number.isFinite else {
      throw KerasRefusal("\(type) whose \(key) is no number")
    }
    return number
  }

  /// A number, or one that Keras wrote as a NumPy scalar or a list of one.
  private static func scalar(_ value: JSONValue) -> Double? {
    value.number ?? value["config"]?["value"]?.number ?? (value.array?.count == 1 ? value[0]?.number : nil)
  }

  func optionalNumber(_ key: String) throws(KerasRefusal) -> Double? {
    guard let value = json[key], !value.isNull else { return nil }
    return try number(key, or: 0)
  }

  /// One number, or a list of them.
  func numbers(_ key: String) -> [Double]? {
    guard let value = json[key], !value.isNull else { return nil }
    if let number = Self.scalar(value) { return [number] }
    guard let elements = (value["config"]?["value"] ?? value).array else { return nil }
    // Lists of one, as arrays with sides of 1 are written.
    if elements.count == 1, elements[0].array != nil {
      return KerasAttributes(type: type, json: .object([.init(key: key, value: elements[0])])).numbers(key)
    }
    let numbers = elements.compactMap(\.number)
    return numbers.count == elements.count ? numbers : nil
  }

  func integer(_ key: String) throws(KerasRefusal) -> Int {
    guard let value = json[key]?.integer, (1...Self.maximum).contains(value) else {
      throw KerasRefusal("\(type) whose \(key) is not a number from 1 to \(Self.maximum)")
    }
    return value
  }

  /// A number for both sides, or one for each; `nil` where there is none.
  func optionalExtent(_ key: String) throws(KerasRefusal) -> Extent? {
    guard let value = json[key], !value.isNull else { return nil }
    let sides = value.integer.map { [$0, $0] } ?? value.array?.compactMap(\.integer) ?? []
    guard sides.count == 2, sides.allSatisfy({ (1...ConvolutionGeometry.maximumSide).contains($0) }) else {
      throw KerasRefusal("\(type) whose \(key) is not two numbers from 1 to \(ConvolutionGeometry.maximumSide)")
    }
    return Extent(height: sides[0], width: sides[1])
  }

  func extent(_ key: String, or standard: Int? = nil) throws(KerasRefusal) -> Extent {
    if let extent = try optionalExtent(key) { return extent }
    guard let standard else { throw KerasRefusal("\(type) without \(key)") }
    return Extent(standard)
  }

  func text(_ key: String, or standard: String) -> String { json[key]?.string ?? standard }

  /// Whether padding is TensorFlow's `same`, and not none.
  func isSame() throws(KerasRefusal) -> Bool {
    switch text("padding", or: "valid") {
    case "same": return true
    case "valid": return false
    case let other: throw KerasRefusal("\(type) with padding '\(other)'")
    }
  }
}
