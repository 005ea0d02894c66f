import ZooGraph
import ZooTensor

extension ImportedNetwork {
  /// Refuses a network with numbers that no definition may say.
  ///
  /// - Parameter file: for the error.
  /// - Returns: The network as it is.
  /// - Throws: `ImportError.unsupported` with each number that is outside of what a definition may say.
  func withinRanges(file: String) throws -> ImportedNetwork {
    let parts = graph.nodes.flatMap { node in
      node.operation.numbersOutOfRange.map { ImportError.UnsupportedPart(place: node.name, what: $0) }
    }
    guard parts.isEmpty else { throw ImportError.unsupported(file: file, Array(parts.prefix(1000))) }
    return self
  }
}

extension Operation {
  /// Each attribute that a definition may not say, in words: `batch_norm with epsilon 1.5, where numbers of more than 0.0 and at most 1.0 may stand`.
  fileprivate var numbersOutOfRange: [String] {
    kind.attributes.compactMap { attribute in
      let value = attribute.value(of: self)
      return attribute.form.limit(of: value).map {
        "\(kind.word) with \(attribute.name) \(value), where \($0) may stand"
      }
    }
  }
}

extension OperationAttribute.Form {
  /// What may stand in the place of a value that may not, in words; `nil` for one that may.
  fileprivate func limit(of value: OperationAttribute.Value) -> String? {
    func words(_ range: ClosedRange<Int>, _ numbers: [Int]) -> String? {
      numbers.allSatisfy(range.contains) ? nil : "numbers from \(range.lowerBound) to \(range.upperBound)"
    }
    switch (self, value) {
    case (.integer(let range), .integer(let number)): return words(range, [number])
    case (.extent(let range), .extent(let extent)): return words(range, [extent.height, extent.width])
    case (.padding(let range), .padding(.fixed(let padding))):
      return words(range, [padding.top, padding.left, padding.bottom, padding.right])
    case (.number(let range), .number(let number)): return range.contains(number) ? nil : range.words
    case (.integer, _), (.extent, _), (.padding, _), (.number, _), (.boolean, _), (.choice, _): return nil
    }
  }
}

extension NumberRange {
  fileprivate var words: String {
    let least = lower.isFinite ? "\(includesLower ? "at least" : "more than") \(lower)" : nil
    let most = upper.isFinite ? "\(includesUpper ? "at most" : "less than") \(upper)" : nil
    let ends = [least, most].compactMap(\.self)
    return ends.isEmpty ? "finite numbers" : "numbers of \(ends.joined(separator: " and "))"
  }
}
