import ArgumentParser
import ZooKit

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Recheck every byte of an archive or a package.",
    discussion: "Exit status 1 when it is damaged, 65 when it is no archive, 66 when there is no such file.")

  @Argument(help: ArgumentHelp("The archive or package.", valueName: "ARCHIVE"), completion: .file())
  var archive: String
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    do {
      let result = try Archive(path: archive).verify()
      if json {
        try Console.json(
          Answer(archive: archive, ok: true, tensors: result.tensors, content: "\(result.contentIdentifier)"))
      } else {
        Console.result(
          "\(archive): ok, \(result.tensors) tensors in \(result.chunks) chunks, \(NumberFormat.bytes(result.byteCount)); every checksum and SHA-256 agrees"
        )
        Console.result("content \(result.contentIdentifier)")
      }
    } catch let error where FailureCategory(of: error) == .badData {
      guard Archive.isOne(archive) else {
        throw ZooError.notAnArchive(path: archive, format: "\(try Checkpoint.open(archive).format)")
      }
      if json { try Console.json(Answer(archive: archive, ok: false, error: Remedies.words(error))) }
      Console.message("error: \(Remedies.words(error))")
      throw Reported(status: .negative)
    }
  }

  private struct Answer: Encodable {
    var schema = "zoo.verify/1"
    var archive: String
    var ok: Bool
    var tensors: Int?
    var content: String?
    var error: String?
  }
}
