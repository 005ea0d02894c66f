import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

private let limits = WeightsLimits(maximumBytes: 16 << 20)

/// Opens a checkpoint and reads every tensor. Whether the bytes are in memory or in a file must make no difference, nor
/// whether the tensors of an archive are read or verified.
func checkWeights(_ bytes: [UInt8], name: String) {
  let path = scratch + name
  let inMemory = outcome { () throws(WeightsError) in
    try Checkpoint.open(bytes: bytes, name: path, limits: limits)
  }
  // A file costs more than all the rest: one input in eight, the same ones in every run.
  guard bytes.reduce(0, { $0 &* 31 &+ $1 }) % 8 == 0 else { return }
  write(bytes, to: path)
  // A model in memory has no directory in which its other files could lie.
  if case .refused(.onnx(.externalInMemory)) = inMemory { return }
  let inFile = outcome { () throws(WeightsError) in try Checkpoint.open(path, limits: limits) }
  expect(inMemory == inFile, "in memory: \(inMemory)\nin a file: \(inFile)")
}

/// What a checkpoint holds, or what is wrong with it.
private enum Outcome: Equatable {
  case refused(WeightsProblem)
  case read([Checkpoint.Entry], bytes: [[UInt8]])
}

private func outcome(_ open: () throws(WeightsError) -> Checkpoint) -> Outcome {
  do throws(WeightsError) {
    let checkpoint = try open()
    let tensors: [Tensor]
    do throws(WeightsError) {
      tensors = try checkpoint.tensors(named: checkpoint.entries.map(\.name), threads: 1)
    } catch {
      if let archive = checkpoint.archive { expect(!isIntact(archive), "verified, but cannot be read: \(error)") }
      throw error
    }
    for (entry, tensor) in zip(checkpoint.entries, tensors) {
      expect(tensor.shape == entry.shape && tensor.elementType == entry.elementType, "not as announced: \(entry)")
    }
    expect(checkpoint.byteCount <= limits.maximumBytes, "\(checkpoint.byteCount) bytes are more than the limit")
    if let archive = checkpoint.archive { checkVerification(of: archive) }
    return .read(checkpoint.entries, bytes: tensors.map { $0.withUnsafeBytes { Array($0) } })
  } catch {
    expect(!error.description.isEmpty, "no words for \(error.problem)")
    return .refused(error.problem)
  }
}

private func isIntact(_ archive: Archive) -> Bool {
  (try? archive.verify(threads: 1)) != nil
}

/// All tensors could be read, so nothing but their digests can be wrong.
private func checkVerification(of archive: Archive) {
  do throws(WeightsError) {
    _ = try archive.verify(threads: 1)
  } catch {
    guard case .archive(.tensorDigest) = error.problem else { fatalError("read, but not verified: \(error)") }
  }
}

/// Runs the bytes as pickles, one after the other, and once more as the pickle of a PyTorch file with two storages.
func checkPickle(_ bytes: [UInt8]) {
  var machine = PickleMachine(bytes)
  do throws(WeightsProblem) {
    while true { _ = try machine.run() }
  } catch {
    guard case .pickle = error else { fatalError("not about the pickle: \(error)") }
  }
  let zip = StoredZip([
    ("model/data.pkl", bytes), ("model/data/0", [UInt8](0..<24)), ("model/data/1", [UInt8](repeating: 7, count: 64)),
  ])
  checkWeights(zip.bytes, name: "input.pth")
}

/// Finds the pictures of a tar file. Whether the bytes are in memory or in a file must make no difference, nor may a picture lie
/// outside them.
func checkTar(_ bytes: [UInt8]) {
  let inMemory = pictures { () throws(WeightsProblem) in InputFile(bytes: bytes, name: "input.tar") }
  if case .success(let found) = inMemory {
    for picture in found {
      guard let place = picture.place else { continue }
      expect(place.lowerBound >= 512 && place.upperBound <= bytes.count, "outside the file: \(picture)")
      expect(picture.label.map { $0 >= 0 } ?? true, "a negative class: \(picture)")
    }
    expect(Set(found.map { $0.name.pathBytes }).count == found.count, "two pictures of one name")
  }
  guard bytes.reduce(0, { $0 &* 31 &+ $1 }) % 8 == 0 else { return }
  write(bytes, to: scratch + "input.tar")
  let inFile = pictures { () throws(WeightsProblem) in try InputFile(scratch + "input.tar") }
  expect(inMemory == inFile, "in memory: \(inMemory)\nin a file: \(inFile)")
}

private struct FoundPicture: Equatable {
  var name: String
  var place: Range<Int>?
  var label: Int?
}

private func pictures(
  _ open: () throws(WeightsProblem) -> InputFile
) -> Result<[FoundPicture], WeightsProblem> {
  do throws(WeightsProblem) {
    let pictures = try TarPictures(open(), withLabels: true)
    return .success(
      (0..<pictures.count).map {
        FoundPicture(name: pictures.name(at: $0), place: pictures.place(at: $0), label: pictures.label(at: $0))
      })
  } catch {
    expect(!error.description.isEmpty, "no words for \(error)")
    return .failure(error)
  }
}

/// Reads a file of darknet's, which has no names, as the weights of a small network, and without one.
func checkDarknet(_ bytes: [UInt8]) {
  checkWeights(bytes, name: "input.weights")
  write(bytes, to: scratch + "input.weights")
  _ = outcome { () throws(WeightsError) in
    try Checkpoint.openDarknet(
      scratch + "input.weights",
      layers: [
        .convolution("conv1", outputs: 2, inputsPerGroup: 1, kernelHeight: 2, kernelWidth: 3, batchNorm: "bn1"),
        .convolution("conv2", outputs: 1, inputsPerGroup: 2, kernelHeight: 1, kernelWidth: 2),
        .fullyConnected("fc1", outputs: 3, inputs: 2, batchNorm: "bn2"),
        .fullyConnected("fc2", outputs: 2, inputs: 3),
      ], limits: limits)
  }
}

// MARK: - Files

/// Where inputs become files; in memory where the system has such a directory.
private let scratch: String = {
  let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
  let path = "\(parent)/zoo-fuzz-\(getpid())"
  expect(mkdir(path, 0o700) == 0, "cannot create \(path)")
  atexit { removeScratch() }
  return path + "/"
}()

private func removeScratch() {
  for name in [
    "zoow", "safetensors", "npy", "npz", "pth", "caffemodel", "binaryproto", "onnx", "weights", "h5", "keras", "tar",
  ] {
    unlink("\(scratch)input.\(name)")
  }
  rmdir(scratch)
}

private func write(_ bytes: [UInt8], to path: String) {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  expect(descriptor >= 0, "cannot create \(path)")
  bytes.withUnsafeBytes { buffer in
    var rest = buffer[...]
    while !rest.isEmpty {
      let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      expect(count > 0, "cannot write \(path)")
      rest = rest.dropFirst(count)
    }
  }
  close(descriptor)
}
