import ZooImages
import ZooKit
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Adversary {
  /// What the model says of a picture that was written.
  public struct Reading: Sendable {
    /// Whether it is taken for the target, or, without one, for something else than it is.
    public let isAdversarial: Bool
    /// The three likeliest classes.
    public let top: [Classification]
    /// The classes' scores.
    public let scores: [Float]
  }

  /// The file as it was read again, and what becomes of it as a JPEG.
  public struct ReadBack: Sendable {
    /// From the file as it was written.
    public let png: Reading
    /// After JPEG of quality 90.
    public let jpeg: Reading
  }

  /// The quality of the JPEG that a picture is tried as, of libjpeg's 1 to 100.
  public static let jpegQuality = 90

  /// Classifies the file that an adversarial picture was written to, through the model's whole preprocessing, and the same
  /// after JPEG compression.
  ///
  /// - Throws: `ImageError`, `ZooError`, `RuntimeError`.
  public func readBack(_ made: AdversarialPicture, from path: String) throws -> ReadBack {
    let file = try PixelImage(path: path)
    // A grey picture is read as RGB; as grey, it is a grey JPEG.
    let grey = made.picture.layout == .grey ? file.convertedToGrey() : file
    let jpeg = try PixelImage(bytes: grey.encodedAsJPEG(quality: Self.jpegQuality))
    let scores = try scores(of: [file, jpeg])
    return ReadBack(
      png: reading(scores[0], start: made.start), jpeg: reading(scores[1], start: made.start))
  }

  /// As above, by way of a file in the folder for temporary files, which is removed.
  ///
  /// - Throws: as `readBack(_:from:)`, and when the file cannot be written.
  public func readBack(_ made: AdversarialPicture) throws -> ReadBack {
    let folder = SearchPath.variable("TMPDIR") ?? "/tmp"
    let path = "\(folder)/zoo-adversarial-\(getpid())-\(UInt64.random(in: 0 ... .max)).png"
    try FileSystem.write(made.picture.encodedAsPNG(), to: path, overwrite: false)
    defer { try? AppendedFile.remove(path) }
    return try readBack(made, from: path)
  }

  private func reading(_ scores: [Float], start: Int) -> Reading {
    Reading(
      isAdversarial: isAdversarial(scores, start: start),
      top: Classification.top(3, logits: scores, by: model.answer.function, labels: model.labels), scores: scores)
  }

  /// The probability of each class.
  public func probabilities(_ scores: [Float]) -> [Double] {
    model.answer.function.probabilities(scores.map(Double.init))
  }
}
