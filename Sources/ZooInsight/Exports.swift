// Whoever looks into a network has one of ZooKit's, with weights and images: one `import ZooInsight` is enough.
@_exported import ZooKit
