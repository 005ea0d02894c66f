import Testing
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Each read of each format fails once, comes up short, is interrupted, or finds the file shorter than it was.
@Suite struct ReadFaultTests {
  static let files = [
    "a.zoow", "types.pth", "legacy.pth", "types.safetensors", "a.npz", "compressed.npz", "fortran.npy", "folder",
  ]

  /// A file of `Fixtures`, or one written here.
  private static func path(_ file: String, _ scratch: Scratch) throws -> String {
    let types = try Checkpoint.open(fixture("types.safetensors"))
    switch file {
    case "a.zoow": try types.pack(to: scratch.path(file))
    case "a.npz", "folder": try types.unpack(to: scratch.path(file))
    default: return fixture(file)
    }
    return scratch.path(file)
  }

  @Test("A read that fails", arguments: files)
  func error(file: String) throws {
    let scratch = try Scratch()
    let path = try Self.path(file, scratch)
    var position = 0
    while true {
      let faulty = FaultyCalls(.error(EIO), at: position)
      let found = FileCalls.$current.withValue(faulty.calls) {
        do {
          _ = try readAll(Checkpoint.open(path))
          return nil as WeightsProblem?
        } catch {
          return (error as? WeightsError)?.problem ?? .outOfMemory
        }
      }
      guard faulty.wasReached else {
        #expect(found == nil)
        break
      }
      var inner = found
      while case .numpy(.inFile(_, let problem)) = inner { inner = problem }
      if case .file(.cannotRead(_, SystemError(EIO))) = inner {
      } else {
        Issue.record("read \(position): \(String(describing: found))")
      }
      position += 1
    }
    #expect(position >= 3)
  }

  @Test("Short and interrupted reads", arguments: files)
  func hesitant(file: String) throws {
    let scratch = try Scratch()
    let path = try Self.path(file, scratch)
    let expected = try readAll(Checkpoint.open(path))
    let found = try FileCalls.$current.withValue(FaultyCalls.hesitant) { try readAll(Checkpoint.open(path)) }
    #expect(found.map(\.bytes) == expected.map(\.bytes))
  }

  @Test(
    "A file that becomes shorter after it was opened", arguments: ["a.zoow", "types.pth", "types.safetensors", "a.npz"])
  func shrinks(file: String) throws {
    let scratch = try Scratch()
    let bytes = try fileBytes(Self.path(file, scratch))
    let path = try scratch.write(bytes, to: "b-\(file)")
    let checkpoint = try Checkpoint.open(path)
    #expect(truncate(path, 70) == 0)
    #expect(problem { _ = try readAll(checkpoint) } == .file(.shrank(expected: bytes.count, found: 70)))
  }

  @Test("What a failing disk is called")
  func words() throws {
    let scratch = try Scratch()
    let path = try scratch.write(fileBytes(fixture("fortran.npy")), to: "a.npy")
    let text = FileCalls.$current.withValue(FaultyCalls(.error(EIO), at: 0).calls) {
      do {
        _ = try Checkpoint.open(path)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(text == "\(path): cannot be read at byte 0: Input/output error")
  }
}
