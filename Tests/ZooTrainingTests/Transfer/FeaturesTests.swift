import Synchronization
import Testing
import ZooKit
import ZooTensor
import ZooTraining
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct FeaturesTests {
  private let folder: FeaturesFolder

  init() throws { folder = try FeaturesFolder() }

  @Test("codes are the layer's values, whatever the batch, with keys and a record")
  func values() throws {
    let data = try FeaturesFolder.digits(.test).subset(Array(0..<37))
    let features = try FeaturesFolder.features()
    #expect(features.layers.map(\.name) == ["relu1"])
    let written = try features.write(data, split: .test, to: folder("a.npy"))
    #expect(folder.names == ["a.features.json", "a.keys.txt", "a.npy"])
    #expect((written.record.rows, written.record.width, written.continuedFrom) == (37, 500, 0))
    let codes = try NumPyFile.read(folder("a.npy"))
    #expect(codes.shape == [37, 500])
    let inputs = try Model.stacked((0..<37).map { try features.model.input(for: data.picture(at: $0)) })
    let expected = try #require(try features.model.values(for: inputs)["relu1"])
    #expect(codes.floats == expected.floats)
    let lines = String(decoding: try folder.bytes("a.keys.txt"), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 37 && lines[5] == "t10k-images-idx3-ubyte[5]\t\(data.labels[5])")
    for batch in [1, 5, 64] {
      _ = try features.write(data, split: .test, to: folder("b.npy"), options: .init(batch: batch, overwrite: true))
      let other = try folder.bytes("b.npy")
      #expect(try other == folder.bytes("a.npy"), "batch \(batch)")
    }
  }

  @Test("maps are flattened in their order, or averaged")
  func maps() throws {
    let data = try FeaturesFolder.digits(.test).subset([3, 4])
    _ = try FeaturesFolder.features(layers: ["pool2"]).write(data, to: folder("a.npy"))
    _ = try FeaturesFolder.features(layers: ["pool2"], pools: true).write(data, to: folder("b.npy"))
    let (flat, pooled) = (try NumPyFile.read(folder("a.npy")), try NumPyFile.read(folder("b.npy")))
    #expect(flat.shape == [2, 800] && pooled.shape == [2, 50])
    for map in 0..<100 {
      let mean = flat.floats[map * 16..<map * 16 + 16].reduce(0.0) { $0 + Double($1) } / 16
      #expect(pooled.floats[map] == Float(mean), "map \(map)")
    }
  }

  @Test("goes on after what an earlier run has left, whole rows or not", arguments: [0, 1, 7, 11])
  func continues(rows: Int) throws {
    let data = try FeaturesFolder.digits(.test).subset(Array(0..<12))
    let features = try FeaturesFolder.features()
    _ = try features.write(data, to: folder("a.npy"))
    let (codes, keys) = (try folder.bytes("a.npy"), try folder.bytes("a.keys.txt"))
    try folder.write(codes.prefix(128 + rows * 2000 + 777), to: "b.npy.partial")
    let lines = keys.split(separator: UInt8(ascii: "\n")).prefix(rows + 1).joined(separator: [UInt8(ascii: "\n")])
    try folder.write(lines, to: "b.keys.txt.partial")
    try folder.write(folder.bytes("a.features.json"), to: "b.features.json.partial")
    let written = try features.write(data, to: folder("b.npy"), options: .init(batch: 5))
    #expect(written.continuedFrom == rows)
    for (name, expected) in [("b.npy", codes), ("b.keys.txt", keys)] {
      let found = try folder.bytes(name)
      #expect(found == expected, "\(name) after \(rows) rows")
    }
    #expect(folder.names.allSatisfy { !$0.hasSuffix(".partial") }, "\(folder.names)")
  }

  @Test("a disk that is full at any write, and then is not", arguments: [0, 1, 2, 3, 4, 5])
  func faults(writes: Int) throws {
    let data = try FeaturesFolder.digits(.test).subset(Array(0..<12))
    let features = try FeaturesFolder.features()
    _ = try features.write(data, to: folder("a.npy"))
    let counter = CallCounter(allowed: writes)
    var calls = FileCalls()
    let (write, flush) = (calls.writeAt, calls.flush)
    calls.writeAt = { counter.take() ? write($0, $1, $2) : counter.fail() }
    calls.flush = { counter.isSpent ? Int32(counter.fail()) : flush($0) }
    do {
      _ = try FileCalls.$current.withValue(calls) {
        try features.write(data, to: folder("b.npy"), options: .init(batch: 4))
      }
      #expect(writes >= 5, "succeeded with \(writes) writes")
    } catch let error as WeightsError {
      #expect("\(error)".contains("No space left on device"), "\(error)")
      #expect(!folder.names.contains("b.npy"))
    } catch let error as ZooError {
      #expect("\(error)".contains("No space left on device"), "\(error)")
    }
    _ = try features.write(data, to: folder("b.npy"), options: .init(batch: 4, overwrite: writes >= 5))
    for ending in [".npy", ".keys.txt"] {
      let (found, expected) = (try folder.bytes("b\(ending)"), try folder.bytes("a\(ending)"))
      #expect(found == expected, "\(ending) after \(writes) writes")
    }
  }

  @Test("an end that is interrupted between the names of the files", arguments: [0, 1, 2])
  func ending(renames: Int) throws {
    let data = try FeaturesFolder.digits(.test).subset(Array(0..<5))
    let features = try FeaturesFolder.features()
    _ = try features.write(data, to: folder("a.npy"))
    let counter = CallCounter(allowed: renames)
    var calls = FileCalls()
    let rename = calls.rename
    // The record of what is begun is not the end.
    calls.rename = { $1.hasSuffix(".partial") || counter.take() ? rename($0, $1) : Int32(counter.fail()) }
    #expect(throws: (any Error).self) {
      _ = try FileCalls.$current.withValue(calls) { try features.write(data, to: folder("b.npy")) }
    }
    #expect(!folder.names.contains("b.npy"), "\(folder.names)")
    let written = try features.write(data, to: folder("b.npy"))
    #expect(written.continuedFrom == 5, "after \(renames) names")
    for ending in [".npy", ".keys.txt", ".features.json"] {
      let (found, expected) = (try folder.bytes("b\(ending)"), try folder.bytes("a\(ending)"))
      #expect(found == expected, "\(ending) after \(renames) names")
    }
  }

  @Test("refuses to go on with codes of something else, and begins anew when told to")
  func others() throws {
    let data = try FeaturesFolder.digits(.test).subset(Array(0..<6))
    let features = try FeaturesFolder.features()
    _ = try FeaturesFolder.features(layers: ["ip1"]).write(data, to: folder("a.npy"))
    for name in ["npy", "keys.txt", "features.json"] {
      try folder.write(folder.bytes("a.\(name)"), to: "b.\(name).partial")
    }
    let path = folder("b.features.json.partial")
    #expect {
      _ = try features.write(data, to: folder("b.npy"))
    } throws: {
      "\($0)" == "\(path): codes were begun of something else: layer ip1, now relu1"
    }
    #expect {
      _ = try FeaturesFolder.features(layers: ["ip1"]).write(data, split: .test, to: folder("b.npy"))
    } throws: {
      "\($0)" == "\(path): codes were begun of something else: split train, now test"
    }
    let written = try features.write(data, to: folder("b.npy"), options: .init(overwrite: true))
    #expect((written.continuedFrom, written.record.layer) == (0, "relu1"))
  }

  @Test("pictures that cannot be read end the run, or are left out and counted")
  func bad() throws {
    let pictures = try folder.pictures([1, 2], count: 4)
    let file = "digit 1/zzz.png"
    try FileSystem.write(Array("no picture".utf8), to: "\(pictures)/\(file)")
    let (data, features) = (try DataSet.open(pictures, split: .train), try FeaturesFolder.features())
    #expect {
      _ = try features.write(data, to: folder("a.npy"), options: .init(batch: 3))
    } throws: {
      ($0 as? ImageError)?.name == "\(pictures)/\(file)"
    }
    // The first batch is there; the bad picture is found again.
    let written = try features.write(data, to: folder("a.npy"), options: .init(batch: 3, skipsBad: true))
    #expect(written.continuedFrom == 3 && written.skipped.map(\.name) == [file])
    #expect((written.record.rows, written.record.skipped) == (8, [file]))
    #expect(try FeaturesFile(folder("a.npy")).keys.keys.count == 8)
    #expect(written.record.classes == ["digit 1", "digit 2"])
    for name in ["1", "2"] {
      for index in try FileSystem.list("\(pictures)/digit \(name)") {
        try FileSystem.write(Array("no".utf8), to: "\(pictures)/digit \(name)/\(index)")
      }
    }
    #expect {
      _ = try features.write(data, to: folder("c.npy"), options: .init(skipsBad: true))
    } throws: {
      "\($0)" == "\(pictures): no picture can be read, so there are no codes"
    }
    #expect(folder.names == ["a.features.json", "a.keys.txt", "a.npy", "pictures"])
  }

  @Test("files that are no codes")
  func notCodes() throws {
    func message(_ tensor: Tensor?, keys: String? = "a\tx\nb\ty\n") throws -> String {
      if let tensor { try NumPyFile.write(tensor, to: folder("f.npy"), overwrite: true) }
      if let keys { try folder.write(keys.utf8, to: "f.keys.txt") }
      do {
        _ = try FeaturesFile(folder("f.npy"))
        return ""
      } catch {
        return "\(error)".replacing("\(folder.path)/", with: "")
      }
    }
    let good = Tensor(shape: [2, 3], floats: [0, 1, 2, 3, 4, 5])
    #expect(
      try message(good, keys: nil)
        == "f.keys.txt: not there; it says for each row of \(folder("f.npy")) which picture and class it is of: a path, a tab, the class"
        .replacing("\(folder.path)/", with: ""))
    #expect(try message(good) == "")
    #expect(
      try message(good, keys: "a\tx\n")
        == "f.keys.txt: there are 2 codes and 1 lines of keys; each code needs the line that was written with it")
    #expect(
      try message(nil, keys: "a x\nb\ty\n")
        == "f.keys.txt: line 1: expected a path, a tab and the name of a class; found 'a x'")
    let doubles = Tensor(shape: [2, 3], elementType: .float64) { _ in }
    #expect(try message(doubles) == "f.npy: codes are float32 numbers; found float64")
    #expect(
      try message(Tensor(shape: [6], floats: [0, 1, 2, 3, 4, 5]))
        == "f.npy: codes have the shape pictures×numbers, both at least 1; found 6")
    let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }"
    let padded = header + String(repeating: " ", count: 117 - header.count) + "\n"
    let array = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(padded.utf8) + [UInt8](repeating: 0, count: 24)
    try folder.write(array, to: "f.npy")
    #expect(
      try message(nil) == "f.npy: column-major ('fortran_order': True); codes are written row by row")
    try folder.write(Array(array.prefix(140)), to: "f.npy")
    #expect(try message(nil).contains("f.npy"))
  }

  @Test("rows of an array with the other order of bytes")
  func bigEndian() throws {
    let header = "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 2), }"
    let padded = header + String(repeating: " ", count: 117 - header.count) + "\n"
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(padded.utf8)
    for number in [1, -2.5, 3e7, 0.1] as [Float] {
      withUnsafeBytes(of: number.bitPattern.bigEndian) { bytes += Array($0) }
    }
    try folder.write(bytes, to: "f.npy")
    try folder.write("a\tx\nb\ty\n".utf8, to: "f.keys.txt")
    try FeaturesFile(folder("f.npy")).withRows(1..<2) { #expect(Array($0) == [3e7, 0.1]) }
  }

  @Test(
    "the layer that the last one reads, and ends of blocks below it",
    arguments: [
      ("resnet32", "avgpool", ["layer2.1.relu_2", "layer3.0.relu_2"]),
      ("lenet", "relu1", ["pool1", "pool2"]),
      ("resnet50", "avgpool", ["layer3.0.relu_3", "layer3.4.relu_3"]),
      ("vgg16", "classifier.4", ["features.16", "features.25"]),
      ("alexnet", "classifier.5", ["features.7", "avgpool"]),
      ("googlenet", "avgpool", ["inception4b.concat", "maxpool4"]),
    ])
  func layers(model: String, top: String, lower: [String]) throws {
    let network = try Network.find(model)
    #expect(try network.codeLayer() == top, "\(model)")
    #expect(network.lowerLayers(below: top) == lower, "\(model)")
  }
}

/// Lets so many calls through, and fails the others as a full disk does.
final class CallCounter: Sendable {
  private let left: Mutex<Int>

  init(allowed: Int) { left = Mutex(allowed) }

  var isSpent: Bool { left.withLock { $0 < 0 } }

  func take() -> Bool {
    left.withLock {
      $0 -= 1
      return $0 >= 0
    }
  }

  func fail() -> Int {
    errno = ENOSPC
    return -1
  }
}
