import ArgumentParser

/// What commands that plan take: numbers of workers, and what a network gives.
enum PlanArguments {
  /// - Parameters:
  ///   - text: as `1,4,64`; `nil` where no plan is asked for.
  ///   - allowed: the numbers that there can be.
  /// - Throws: `ValidationError`.
  /// - Returns: `nil` where no plan is asked for.
  static func workers(_ text: String?, allowed: ClosedRange<Int>) throws -> [Int]? {
    try text?.split(separator: ",", omittingEmptySubsequences: false).map { text in
      guard let count = Int(text), allowed.contains(count) else {
        throw ValidationError(
          "--plan has '\(text)'; expected numbers of workers from \(allowed.lowerBound) to \(allowed.upperBound), as 1,4,64"
        )
      }
      return count
    }
  }

  /// - Parameter text: megabytes a second and, after a comma, milliseconds; `nil` where it is not said.
  /// - Throws: `ValidationError`.
  /// - Returns: bytes a second, and seconds.
  static func network(_ text: String?) throws -> (bytesPerSecond: Double, latency: Double)? {
    guard let text else { return nil }
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? -1 }
    guard (1...2).contains(numbers.count), numbers[0] > 0, numbers.allSatisfy({ $0 >= 0 && $0 < 1e9 }) else {
      throw ValidationError(
        "--network is '\(text)'; expected megabytes a second and, after a comma, milliseconds, as 100,0.5")
    }
    return (numbers[0] * 1e6, numbers.count > 1 ? numbers[1] / 1000 : 0)
  }
}
