// One `import ZooKit` is enough: the modules below it belong to its interface, which names their types. A model takes a
// `PixelImage` and answers with a `Tensor`; a network has a `Graph` and a definition; weights are a `Checkpoint`; options name
// the kernels' `InstructionSet` and the runtime's `Numerics`; what is thrown may be an error of any of them.
@_exported import ZooGraph
@_exported import ZooImages
@_exported import ZooImport
@_exported import ZooKernels
@_exported import ZooRuntime
@_exported import ZooSpec
@_exported import ZooTensor
@_exported import ZooWeights
