import ZooSpec
import ZooTensor

/// A published file of weights, and the way to where it is looked for.
///
/// ```swift
/// let download = try WeightDownload(for: .find("resnet18"))
/// let file = try download.run()
/// let model = try Model("resnet18")  // finds it
/// ```
///
/// Files are fetched by the `curl` command over `http` or `https`. What came of an attempt that ended early lies beside the
/// file's place as `NAME.part`, and the next attempt goes on from there; the name itself is only ever that of a whole file
/// whose SHA-256 is right, where that is known.
public struct WeightDownload: Sendable {
  /// The name of the network.
  public let model: String
  /// The name of the file.
  public let file: String
  /// Where it is fetched from, without a password.
  public var address: String { Self.withoutUser(requested) }
  /// The beginning of the SHA-256 that the file must have, in 8 to 64 hexadecimal digits: as the definition says, or as
  /// PyTorch puts it into names (`resnet18-f37072fd.pth`). `nil` when there is neither.
  public let digest: String?
  /// What the definition says that the weights may be used for.
  public let license: String?
  /// The folder that it is put into.
  public let folder: String
  /// The other published files of the network.
  public let others: [String]
  /// The largest size, in bytes, that a file of weights for the network may have.
  public let limit: Int

  let requested: String
  /// Where a file of the name may be already.
  let places: [String]

  /// Where the file will be.
  public var path: String { "\(folder)/\(file)" }

  /// Finds out what is to be fetched, and from where. Nothing is fetched yet.
  ///
  /// - Parameters:
  ///   - network: whose weights are wanted.
  ///   - name: one of the files that the definition names under `weights:`; by default the first that does not come with zoo.
  ///   - folder: where to put it, by default `SearchPath.destination`.
  ///   - mirror: the address of a folder that is to have the file, in place of the definition's; by default what the
  ///     environment variable `ZOO_MIRROR` says.
  /// - Throws: `DownloadError`.
  public init(
    for network: Network, named name: String? = nil, into folder: String? = nil, mirror: String? = nil
  ) throws(DownloadError) {
    model = network.name
    let sources = network.card.weights.filter { !$0.isShipped }
    guard let first = sources.first else { throw .nothingPublished(model: model) }
    let source = name.map { name in sources.first { $0.file == name } } ?? first
    guard let source else {
      throw .notPublished(name ?? "", model: model, published: sources.map(\.file))
    }
    file = source.file
    guard Self.isFileName(file) else { throw .fileName(file, model: model) }
    guard let target = folder ?? SearchPath.destination else { throw .noFolder }
    self.folder = target.count > 1 && target.hasSuffix("/") ? String(target.dropLast()) : target
    places = folder == nil ? SearchPath.folders : []
    others = sources.map(\.file).filter { $0 != source.file }
    digest = source.sha256 ?? Self.digest(inName: file)
    license = source.license ?? network.card.license
    limit = (16 << 20) + 16 * min(network.totals.parameters, 1 << 50)
    if let mirror = mirror ?? SearchPath.variable("ZOO_MIRROR") {
      guard Self.isAddress(mirror) else { throw .mirror(Self.withoutUser(mirror)) }
      requested = (mirror.hasSuffix("/") ? mirror : mirror + "/") + Self.percentEncoded(file)
    } else {
      guard let url = source.url, url.hasSuffix("/\(file)") || url.hasSuffix("/\(Self.percentEncoded(file))") else {
        throw .noAddress(file: file, model: model, page: source.url, folder: self.folder)
      }
      requested = url
    }
    guard Self.isAddress(requested) else { throw .address(Self.withoutUser(requested)) }
  }

  /// The names of the published files that the network's definition gives, the default first; those that come with zoo are
  /// not among them.
  public static func files(for network: Network) -> [String] {
    network.card.weights.filter { !$0.isShipped }.map(\.file)
  }

  /// Whether a file of the definition has an address, or a mirror is set that may have it.
  static func isPossible(for network: Network) -> Bool {
    do throws(DownloadError) {
      _ = try WeightDownload(for: network)
      return true
    } catch {
      return false
    }
  }

  /// PyTorch's convention: the hexadecimal digits between the last `-` and the last `.`, if there are at least 8.
  package static func digest(inName name: String) -> String? {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")),
      let dash = name.utf8[..<dot].lastIndex(of: UInt8(ascii: "-"))
    else { return nil }
    let digits = name.utf8[name.utf8.index(after: dash)..<dot]
    let isDigest = digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    return isDigest && (8...64).contains(digits.count) ? String(digits) : nil
  }

  /// A name that leads nowhere else than into the folder, and that can be printed.
  private static func isFileName(_ name: String) -> Bool {
    ![".", ".."].contains(name) && (1...200).contains(name.utf8.count)
      && name.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 >= 0x20 && $0 != 0x7F }
  }

  /// An address of the web that is fit for a line of text.
  private static func isAddress(_ text: String) -> Bool {
    let scheme = text.lowercased()
    guard let length = ["http://", "https://"].first(where: scheme.hasPrefix)?.utf8.count else { return false }
    return text.utf8.count > length && text.utf8.count <= 2000 && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
  }

  private static func percentEncoded(_ name: String) -> String {
    name.utf8.map { byte in
      let character = Character(Unicode.Scalar(byte))
      if byte < 0x80, character.isLetter || character.isNumber || "-._~".contains(character) {
        return String(character)
      }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count < 2 ? "0" : "") + digits
    }.joined()
  }

  /// An address without what stands before an `@` in its first part: a name and a password.
  static func withoutUser(_ address: String) -> String {
    guard let colon = address.firstRange(of: "://") else { return address }
    let rest = address[colon.upperBound...]
    let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let at = host.lastIndex(of: "@") else { return address }
    return String(address[..<colon.upperBound]) + rest[rest.index(after: at)...]
  }
}
