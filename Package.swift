// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "zoo",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "ZooTensor", targets: ["ZooTensor"])
  ],
  targets: [
    .target(name: "ZooTensor"),
    .target(name: "ZooGraph", dependencies: ["ZooTensor"]),
    .testTarget(name: "ZooTensorTests", dependencies: ["ZooTensor"]),
  ],
  swiftLanguageModes: [.v6]
)
