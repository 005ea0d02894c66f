import ArgumentParser
import ZooKit

/// `--sliding` and what goes with it, and `--crops`: how a picture larger than the network's input is looked at.
struct AnsweringOptions: ParsableArguments {
  @Flag(help: "Slide the classifier over the whole picture, at its own size, and average; the best places are listed.")
  var sliding = false
  @Option(
    help: ArgumentHelp(
      "With --sliding: pixels between windows, a divisor of the network's own stride, which is the default.",
      valueName: "PX"))
  var stride: Int?
  @Option(
    help: ArgumentHelp(
      "With --sliding: resize the shorter side to each of these, and average.", valueName: "S,S"),
    transform: AnsweringOptions.parseScales)
  var scales: [Int]?
  @Flag(help: "With --sliding: also the mirror image.") var flip = false
  @Option(
    help: ArgumentHelp(
      "With --sliding: memory for activations, such as 512M or 2G; larger pictures are computed piece by piece. Default: half of this machine's.",
      valueName: "SIZE"), transform: AnsweringOptions.parseSize)
  var memory: Int?
  @Option(
    help: ArgumentHelp(
      "Average over 1 (the centre), 5 (the corners and the centre) or 10 (their mirror images too) crops.",
      valueName: "N"))
  var crops: Crops?

  var isPlain: Bool { !sliding && crops == nil }

  func validate() throws {
    if sliding, crops != nil {
      throw ValidationError("--crops and --sliding exclude each other; leave one of them out")
    }
    if !sliding {
      for (option, isGiven) in [
        ("--stride", stride != nil), ("--scales", scales != nil), ("--flip", flip), ("--memory", memory != nil),
      ] where isGiven {
        throw ValidationError("\(option) is for --sliding; add that, or leave \(option) out")
      }
    }
    if let stride, stride < 1 { throw ValidationError("--stride is \(stride); expected at least 1") }
  }

  /// How pictures are looked at, as the options say.
  func view(_ engine: EngineOptions) throws -> Inference.View {
    if sliding, engine.cache {
      throw ValidationError("--cache is for images of the network's own size; leave it out, or --sliding")
    }
    if sliding {
      return .sliding(SlidingOptions(stride: stride, scales: scales ?? [], flips: flip, memory: memory))
    }
    return crops.map(Inference.View.crops) ?? .whole
  }

  static func parseScales(_ text: String) throws -> [Int] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    let sides = parts.compactMap { $0 }
    guard sides.count == parts.count, sides.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("'\(text)' is not a list of shorter sides in pixels, such as 256,384,512")
    }
    return sides
  }

  static func parseSize(_ text: String) throws -> Int {
    let units: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
    let shift = text.last.flatMap { units[Character($0.uppercased())] }
    let digits = shift == nil ? text[...] : text.dropLast()
    guard let number = Int(digits), number > 0 else {
      throw ValidationError("'\(text)' is not a size in bytes, such as 512M or 2G")
    }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
    guard !overflow else { throw ValidationError("'\(text)' is more memory than any machine has") }
    return bytes
  }
}

extension Crops: ExpressibleByArgument {}
