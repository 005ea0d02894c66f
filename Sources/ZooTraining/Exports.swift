// Whoever trains has a network, weights and images of ZooKit's: one `import ZooTraining` is enough.
@_exported import ZooKit
