// swift-tools-version: 6.3
import PackageDescription

// The readers of strangers' bytes, built from zoo's own sources (`run` makes `Library`, a link to them) with libFuzzer's coverage
// and AddressSanitizer. A package of its own because its flags are unsafe ones, which zoo's package does without.

let swift: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer,address"])]
let c: [CSetting] = [.unsafeFlags(["-fsanitize=address,fuzzer-no-link"])]

let package = Package(
  name: "zoo-fuzz",
  platforms: [.macOS(.v15)],
  targets: [
    .systemLibrary(name: "CLibYAML", path: "Library/CLibYAML", pkgConfig: "yaml-0.1"),
    .systemLibrary(name: "CCrypto", path: "Library/CCrypto", pkgConfig: "libcrypto"),
    .systemLibrary(name: "CZlib", path: "Library/CZlib", pkgConfig: "zlib"),
    .systemLibrary(name: "CPNG", path: "Library/CPNG", pkgConfig: "libpng"),
    .systemLibrary(name: "CTurboJPEG", path: "Library/CTurboJPEG", pkgConfig: "libturbojpeg"),
    .target(name: "CPNGShim", dependencies: ["CPNG"], path: "Library/CPNGShim", cSettings: c),
    .target(name: "CZooCodec", path: "Library/CZooCodec", cSettings: c),
    .target(name: "ZooTensor", path: "Library/ZooTensor", swiftSettings: swift),
    .target(name: "ZooGraph", dependencies: ["ZooTensor"], path: "Library/ZooGraph", swiftSettings: swift),
    .target(
      name: "ZooSpec", dependencies: ["ZooTensor", "ZooGraph", "CLibYAML"], path: "Library/ZooSpec",
      swiftSettings: swift),
    .target(
      name: "ZooWeights", dependencies: ["ZooTensor", "CZlib", "CZooCodec", "CCrypto"], path: "Library/ZooWeights",
      swiftSettings: swift),
    .target(
      name: "ZooImages", dependencies: ["ZooTensor", "CZlib", "CPNGShim", "CTurboJPEG"], path: "Library/ZooImages",
      swiftSettings: swift),
    .target(
      name: "ZooImport", dependencies: ["ZooTensor", "ZooGraph", "ZooSpec", "ZooWeights"], path: "Library/ZooImport",
      swiftSettings: swift),
    .systemLibrary(name: "CLibFuzzer"),
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "ZooTensor", "ZooGraph", "ZooSpec", "ZooWeights", "ZooImages", "ZooImport", "CLibFuzzer", "CZlib", "CZooCodec",
      ],
      swiftSettings: swift,
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
  ],
  swiftLanguageModes: [.v6]
)
