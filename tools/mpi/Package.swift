// swift-tools-version: 6.3
import PackageDescription

// Training by processes that share the steps, over the system's MPI. A package of its own, so that nobody else needs MPI; it is
// made of zoo's own sources (`build` makes `Library` and `Sources/ZooMPI/Command`, links to them), since what processes share is
// no part of zoo's public interface.
//
// $ZOO_MPI names what pkg-config calls the MPI, if it is not mpi-c.

let package = Package(
  name: "zoo-mpi",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "zoo-mpi", targets: ["ZooMPI"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "CMPI", pkgConfig: Context.environment["ZOO_MPI"] ?? "mpi-c",
      providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
    .target(name: "CZooMPI", dependencies: ["CMPI"]),
    .executableTarget(
      name: "ZooMPI",
      dependencies: [
        "CZooMPI", "ZooKit", "ZooTraining", "ZooInsight",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], exclude: ["Command/Main.swift"]),

    .systemLibrary(name: "CLibYAML", path: "Library/CLibYAML", pkgConfig: "yaml-0.1"),
    .systemLibrary(name: "CCrypto", path: "Library/CCrypto", pkgConfig: "libcrypto"),
    .systemLibrary(name: "CZlib", path: "Library/CZlib", pkgConfig: "zlib"),
    .systemLibrary(name: "CPNG", path: "Library/CPNG", pkgConfig: "libpng"),
    .systemLibrary(name: "CTurboJPEG", path: "Library/CTurboJPEG", pkgConfig: "libturbojpeg"),
    .target(name: "CPNGShim", dependencies: ["CPNG"], path: "Library/CPNGShim"),
    .target(name: "CZooKernels", path: "Library/CZooKernels"),
    .target(name: "CZooCodec", path: "Library/CZooCodec"),
    .target(name: "CZooCatalogue", path: "Library/CZooCatalogue"),
    .target(name: "ZooTensor", path: "Library/ZooTensor"),
    .target(name: "ZooGraph", dependencies: ["ZooTensor"], path: "Library/ZooGraph"),
    .target(name: "ZooSpec", dependencies: ["ZooTensor", "ZooGraph", "CLibYAML"], path: "Library/ZooSpec"),
    .target(name: "ZooKernels", dependencies: ["ZooTensor", "CZooKernels"], path: "Library/ZooKernels"),
    .target(name: "ZooRuntime", dependencies: ["ZooTensor", "ZooGraph", "ZooKernels"], path: "Library/ZooRuntime"),
    .target(
      name: "ZooWeights", dependencies: ["ZooTensor", "CZlib", "CZooCodec", "CCrypto"], path: "Library/ZooWeights"),
    .target(
      name: "ZooImages", dependencies: ["ZooTensor", "CZlib", "CPNGShim", "CTurboJPEG"], path: "Library/ZooImages"),
    .target(
      name: "ZooImport", dependencies: ["ZooTensor", "ZooGraph", "ZooSpec", "ZooWeights"], path: "Library/ZooImport"),
    .target(
      name: "ZooKit",
      dependencies: [
        "ZooTensor", "ZooGraph", "ZooSpec", "ZooKernels", "ZooRuntime", "ZooWeights", "ZooImages", "ZooImport",
        "CZooCatalogue",
      ], path: "Library/ZooKit"),
    .target(
      name: "ZooTraining",
      dependencies: [
        "ZooKit", "ZooTensor", "ZooGraph", "ZooSpec", "ZooKernels", "ZooRuntime", "ZooWeights", "ZooImages",
      ], path: "Library/ZooTraining"),
    .target(
      name: "ZooInsight",
      dependencies: ["ZooKit", "ZooTensor", "ZooGraph", "ZooKernels", "ZooRuntime", "ZooWeights", "ZooImages"],
      path: "Library/ZooInsight"),
  ],
  swiftLanguageModes: [.v6]
)
