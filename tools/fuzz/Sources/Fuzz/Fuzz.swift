import CLibFuzzer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Hands libFuzzer its arguments and what it calls with each input. One program holds all targets, so that they are built
/// once; the environment variable `FUZZ_TARGET` says which of them it is.
@main
enum Fuzz {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(
      LLVMFuzzerRunDriver(&count, &arguments) { start, count in
        target.run(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
      })
  }
}

private let target: FuzzTarget = {
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = FuzzTarget(rawValue: name) else {
    fatalError("FUZZ_TARGET is '\(name)', not one of: \(FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))")
  }
  return target
}()

/// The readers that strangers' bytes reach.
enum FuzzTarget: String, CaseIterable {
  case archive, codec, safetensors, npy, npz, torch, pickle, zip, caffemodel, onnx, darknet, hdf5, keras, yaml, image,
    dataset, tar
  case importONNX = "import-onnx"
  case importCaffe = "import-caffe"
  case importDarknet = "import-darknet"
  case importKeras = "import-keras"
  case importConvNetJS = "import-convnetjs"

  func run(_ bytes: [UInt8]) {
    switch self {
    case .archive: Repairs.archive(bytes).forEach { checkWeights($0, name: "input.zoow") }
    case .codec: checkCodec(bytes)
    case .safetensors: checkWeights(bytes, name: "input.safetensors")
    case .npy: checkWeights(bytes, name: "input.npy")
    case .npz: Repairs.zip(bytes).forEach { checkWeights($0, name: "input.npz") }
    case .torch: checkWeights(bytes, name: "input.pth")
    case .pickle: checkPickle(bytes)
    case .zip: Repairs.zip(bytes).forEach { checkWeights($0, name: "input.pth") }
    case .caffemodel: ["input.caffemodel", "input.binaryproto"].forEach { checkWeights(bytes, name: $0) }
    case .onnx: checkWeights(bytes, name: "input.onnx")
    case .darknet: checkDarknet(bytes)
    case .hdf5: checkWeights(bytes, name: "input.h5")
    case .keras: Repairs.zip(bytes).forEach { checkWeights($0, name: "input.keras") }
    case .yaml: checkDefinition(bytes)
    case .image: Repairs.png(bytes).forEach(checkImage)
    case .dataset: checkDataSet(bytes)
    case .tar: Repairs.tar(bytes).forEach(checkTar)
    case .importONNX, .importCaffe, .importDarknet, .importKeras, .importConvNetJS: checkImport(self, bytes)
    }
  }
}

/// Ends the process, which libFuzzer reports as a crash together with the input.
func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
  guard condition else { fatalError(message()) }
}
