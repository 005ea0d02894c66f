// swift-tools-version: 6.3
import PackageDescription

let zoo = Target.Dependency.product(name: "ZooKit", package: "zoo")
let package = Package(
  name: "examples",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "zoo", path: "../..")],
  targets: [
    .executableTarget(name: "Classify", dependencies: [zoo]),
    .executableTarget(name: "Features", dependencies: [zoo]),
    .executableTarget(name: "Watch", dependencies: [zoo]),
  ],
  swiftLanguageModes: [.v6]
)
