// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "zoo",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "ZooKit", targets: ["ZooKit"]),
    .library(name: "ZooTraining", targets: ["ZooTraining"]),
    .library(name: "ZooInsight", targets: ["ZooInsight"]),
    .executable(name: "zoo", targets: ["ZooCLI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
    .target(name: "CPNGShim", dependencies: ["CPNG"]),
    .target(name: "CZooKernels"),
    .target(name: "CZooCodec"),
    .target(name: "CZooCatalogue"),

    .target(name: "ZooTensor"),
    .target(name: "ZooGraph", dependencies: ["ZooTensor"]),
    .target(name: "ZooSpec", dependencies: ["ZooTensor", "ZooGraph", "CLibYAML"]),
    .target(name: "ZooKernels", dependencies: ["ZooTensor", "CZooKernels"]),
    .target(name: "ZooRuntime", dependencies: ["ZooTensor", "ZooGraph", "ZooKernels"]),
    .target(name: "ZooWeights", dependencies: ["ZooTensor", "CZlib", "CZooCodec", "CCrypto"]),
    .target(name: "ZooImages", dependencies: ["ZooTensor", "CZlib", "CPNGShim", "CTurboJPEG"]),
    .target(name: "ZooImport", dependencies: ["ZooTensor", "ZooGraph", "ZooSpec", "ZooWeights"]),
    .target(
      name: "ZooKit",
      dependencies: [
        "ZooTensor", "ZooGraph", "ZooSpec", "ZooKernels", "ZooRuntime", "ZooWeights", "ZooImages", "ZooImport",
        "CZooCatalogue",
      ]),
    .target(
      name: "ZooTraining",
      dependencies: [
        "ZooKit", "ZooTensor", "ZooGraph", "ZooSpec", "ZooKernels", "ZooRuntime", "ZooWeights", "ZooImages",
      ]),
    .target(
      name: "ZooInsight",
      dependencies: [
        "ZooKit", "ZooTensor", "ZooGraph", "ZooKernels", "ZooRuntime", "ZooWeights", "ZooImages",
      ]),
    .executableTarget(
      name: "ZooCLI",
      dependencies: [
        "ZooKit", "ZooTraining", "ZooInsight",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(name: "ZooTestSupport", path: "Tests/ZooTestSupport"),
    .testTarget(name: "ZooTensorTests", dependencies: ["ZooTensor"]),
    .testTarget(name: "ZooGraphTests", dependencies: ["ZooGraph", "ZooTensor", "ZooTestSupport"]),
    .testTarget(
      name: "ZooSpecTests", dependencies: ["ZooSpec", "ZooGraph", "ZooTensor", "ZooTestSupport"], exclude: ["Fixtures"]),
    .testTarget(name: "ZooKernelsTests", dependencies: ["ZooKernels", "CZooKernels", "ZooTensor", "ZooTestSupport"]),
    .testTarget(
      name: "ZooRuntimeTests", dependencies: ["ZooRuntime", "ZooKernels", "ZooGraph", "ZooTensor", "ZooTestSupport"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ZooWeightsTests", dependencies: ["ZooWeights", "CZooCodec", "ZooTensor", "CZlib", "ZooTestSupport"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ZooImagesTests", dependencies: ["ZooImages", "ZooTensor", "CCrypto", "ZooTestSupport"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ZooImportTests",
      dependencies: [
        "ZooImport", "ZooKit", "ZooSpec", "ZooGraph", "ZooRuntime", "ZooWeights", "ZooTensor", "ZooTestSupport",
      ],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ZooKitTests",
      dependencies: [
        "ZooKit", "ZooSpec", "ZooGraph", "ZooKernels", "ZooRuntime", "ZooWeights", "ZooImages", "ZooTensor",
        "ZooTestSupport",
      ],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ZooTrainingTests",
      dependencies: [
        "ZooTraining", "ZooKit", "ZooSpec", "ZooGraph", "ZooKernels", "ZooRuntime", "ZooWeights", "ZooImages",
        "ZooTensor", "ZooTestSupport",
      ],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ZooInsightTests",
      dependencies: [
        "ZooInsight", "ZooKit", "ZooSpec", "ZooGraph", "ZooKernels", "ZooRuntime", "ZooWeights", "ZooImages",
        "ZooTensor", "ZooTestSupport",
      ],
      exclude: ["Fixtures"]),
    .testTarget(name: "ZooCLITests", dependencies: ["ZooCLI"], exclude: ["Fixtures"]),
  ],
  swiftLanguageModes: [.v6]
)
