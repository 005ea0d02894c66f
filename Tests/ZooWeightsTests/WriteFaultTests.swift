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

/// Each system call of each writer fails once, and the process ends before each of them once: a reader then finds the old
/// file or the new one, whole.
@Suite struct WriteFaultTests {
  /// What is written, under a name that says how.
  static let targets = ["a.zoow", "a.safetensors", "a.npz", "a.npy", "a.onnx", "folder"]

  private static func checkpoint(_ value: Float) throws -> Checkpoint {
    try Checkpoint([
      ("w", Tensor(shape: [2, 3], floats: [value, 1, 2, 3, 4, 5])), ("b", Tensor(shape: [], floats: [value])),
    ])
  }

  private static func onnx(_ value: Float) throws -> ONNXGraph {
    let checkpoint = try checkpoint(value)
    var graph = ONNXGraph(name: "a")
    graph.initializers = checkpoint.entries.map { entry in
      ONNXGraph.Initializer(name: entry.name, shape: entry.shape) { body in
        try checkpoint.tensor(named: entry.name, threads: 1).withFloats { try body($0) }
      }
    }
    return graph
  }

  private static func write(_ value: Float, to path: String, overwrite: Bool) throws {
    if path.hasSuffix(".zoow") {
      try checkpoint(value).pack(to: path, overwrite: overwrite, threads: 1)
    } else if path.hasSuffix(".onnx") {
      try ONNXFile.write(onnx(value), metadata: [:], producerVersion: "", to: path, overwrite: overwrite)
    } else if path.hasSuffix(".npy") {
      try NumPyFile.write(Tensor(shape: [1], floats: [value]), to: path, overwrite: overwrite)
    } else {
      try checkpoint(value).unpack(to: path, overwrite: overwrite)
    }
  }

  /// The number that was written; `nil` when there is nothing. What is there must be whole.
  private static func value(_ path: String) throws -> Float? {
    do {
      let checkpoint = try Checkpoint.open(path)
      let tensors = try readAll(checkpoint)
      #expect(tensors.count == (path.hasSuffix(".npy") ? 1 : 2))
      if let archive = checkpoint.archive { _ = try archive.verify(threads: 1) }
      return tensors[0].floats[0]
    } catch let error as WeightsError {
      guard case .file(.missing) = error.problem else { throw error }
      return nil
    }
  }

  @Test("A call that fails", arguments: targets, [EIO, ENOSPC])
  func error(target: String, number: CInt) throws {
    for overwrite in target == "folder" ? [false] : [false, true] {
      var position = 0
      while true {
        let scratch = try Scratch()
        let path = scratch.path(target)
        if overwrite { try Self.write(1, to: path, overwrite: false) }
        let faulty = FaultyCalls(.error(number), at: position)
        let found = FileCalls.$current.withValue(faulty.calls) {
          do {
            try Self.write(2, to: path, overwrite: overwrite)
            return nil as WeightsProblem?
          } catch {
            return (error as? WeightsError)?.problem ?? .outOfMemory
          }
        }
        guard faulty.wasReached else {
          #expect(found == nil)
          break
        }
        let value = try Self.value(path)
        switch found {
        // Closing the directory may fail: the file is on the disk by then.
        case nil where value == 2: break
        case .file(.cannotCreate(_, SystemError(number))), .file(.cannotWrite(SystemError(number))): break
        default: Issue.record("call \(position): \(String(describing: found))")
        }
        #expect(value == 2 || value == (overwrite ? 1 : nil), "call \(position)")
        #expect(try scratch.contents == (value == nil ? [] : [target]), "call \(position)")
        position += 1
      }
      #expect(position >= 6, "\(target) makes fewer calls than it needs")
    }
  }

  @Test("A process that ends before a call, and the next attempt", arguments: targets)
  func crash(target: String) throws {
    for overwrite in target == "folder" ? [false] : [false, true] {
      var position = 0
      var leftovers = 0
      while true {
        let scratch = try Scratch()
        let path = scratch.path(target)
        if overwrite { try Self.write(1, to: path, overwrite: false) }
        let faulty = FaultyCalls(.crash, at: position)
        FileCalls.$current.withValue(faulty.calls) { try? Self.write(2, to: path, overwrite: overwrite) }
        guard faulty.wasReached else { break }
        let value = try Self.value(path)
        #expect(value == 2 || value == (overwrite ? 1 : nil), "call \(position)")
        let others = try scratch.contents.filter { $0 != target }
        #expect(others.allSatisfy { $0 == "\(target).tmp.\(FaultyCalls.goneProcess)" }, "call \(position): \(others)")
        leftovers += others.count
        if value == nil || overwrite {
          try Self.write(3, to: path, overwrite: overwrite)
          #expect(try Self.value(path) == 3, "call \(position)")
          #expect(try scratch.contents == [target], "call \(position)")
        }
        position += 1
      }
      #expect(leftovers > 0)
    }
  }

  @Test("Short writes and interrupted calls", arguments: targets)
  func hesitant(target: String) throws {
    let scratch = try Scratch()
    let path = scratch.path(target)
    try FileCalls.$current.withValue(FaultyCalls.hesitant) { try Self.write(2, to: path, overwrite: false) }
    #expect(try Self.value(path) == 2)
    try Self.write(2, to: scratch.path("again-\(target)"), overwrite: false)
    if target != "folder" { #expect(try scratch.read(target) == scratch.read("again-\(target)")) }
  }

  // MARK: What others left

  @Test("What a dead process left is removed, and nothing else")
  func abandoned() throws {
    let scratch = try Scratch()
    let gone = FaultyCalls.goneProcess
    let kept = ["a.npy.tmp", "a.npy.tmp.", "a.npy.tmp.12b", "a.npy.tmp.1", "b.npy.tmp.\(gone)", "xa.npy.tmp.\(gone)"]
    for name in kept + ["a.npy.tmp.\(gone)", "a.npy.tmp.\(getpid())"] { try scratch.write([1], to: name) }
    try Self.write(2, to: scratch.path("a.npy"), overwrite: false)
    #expect(try scratch.contents == (kept + ["a.npy"]).sorted())
  }

  @Test("A folder that a dead process left is removed")
  func abandonedFolder() throws {
    let scratch = try Scratch()
    try Self.write(1, to: scratch.path("folder.tmp.\(FaultyCalls.goneProcess)"), overwrite: false)
    try Self.write(2, to: scratch.path("folder/"), overwrite: false)
    #expect(try scratch.contents == ["folder"])
    #expect(try Self.value(scratch.path("folder")) == 2)
  }

  @Test("A file that a process elsewhere is writing is left alone")
  func locked() throws {
    let scratch = try Scratch()
    let name = "a.npy.tmp.\(FaultyCalls.goneProcess)"
    let descriptor = open(try scratch.write([1], to: name), O_RDONLY)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX) == 0)
    try Self.write(2, to: scratch.path("a.npy"), overwrite: false)
    #expect(try scratch.contents == ["a.npy", name])
  }

  @Test("Two writers of one file in one process: the second is refused and the first finishes")
  func twoWriters() throws {
    let scratch = try Scratch()
    let path = scratch.path("a.zoow")
    let first = try ArchiveWriter(path: path)
    let expected = WeightsProblem.file(.cannotCreate("\(path).tmp.\(getpid())", SystemError(EEXIST)))
    #expect(problem { _ = try ArchiveWriter(path: path) } == expected)
    try first.append("w", Tensor(shape: [1], floats: [2]))
    try first.finish()
    #expect(try Checkpoint.open(path).tensor(named: "w").floats == [2])
    #expect(try scratch.contents == ["a.zoow"])
  }
}
