// Users of ZooKit pass pictures and tensors around without importing more.
@_exported import ZooImages
@_exported import ZooTensor
