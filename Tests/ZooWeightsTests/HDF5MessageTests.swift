import Testing
import ZooWeights

/// The words about HDF5 files and Keras' models.
@Suite struct HDF5MessageTests {
  static let hdf5: [(problem: HDF5Problem, text: String)] = [
    (
      .fileCutShort(expected: 900, found: 800),
      "the HDF5 file says that it has 900 bytes, but it has 800; it is cut short: fetch it again"
    ),
    (
      .pastEnd(.objectHeader, offset: 7),
      "the object header at byte 7 of the HDF5 file reaches past the end; the file is damaged: fetch it again"
    ),
    (
      .signature(.chunkTree, offset: 7, found: [0x54, 0x52, 0, 0xFF]),
      "at byte 7 of the HDF5 file there is no B-tree of chunks (found 54 52 00 FF); the file is damaged"
    ),
    (
      .value(.layout, offset: 7, expected: "1 to 4", found: 5),
      "in the data layout at byte 7 of the HDF5 file there must be 1 to 4, found 5"
    ),
    (.notUTF8(.attribute, offset: 7), "the text in the attribute at byte 7 of the HDF5 file is not UTF-8"),
    (
      .reachedTwice(.objectHeader, offset: 7),
      "two references of the HDF5 file lead to the object header at byte 7; zoo reads files in which each object has one "
        + "name: copy it instead of linking it"
    ),
    (.overlappingStructures, "the structures of the HDF5 file overlap; the file is damaged or was forged"),
    (.tooDeep(group: "a/b"), "the groups of the HDF5 file lie in each other more than 64 deep, at 'a/b'"),
    (.tooManyObjects, "the HDF5 file has more than 1000000 objects"),
    (.noTensors, "there are no tensors in the HDF5 file; give the one that Keras' model.save or save_weights wrote"),
    (.duplicateName("a"), "two objects of the HDF5 file are called 'a'"),
    (.linkName("a/b"), "a link of the HDF5 file is called 'a/b', which cannot be a part of a path"),
    (.missing(path: "a", .datatype), "the dataset 'a' has no datatype; the HDF5 file is damaged"),
    (
      .tooManyElements(tensor: "a", [1 << 40, 1 << 40]),
      "tensor 'a' has more elements than can be counted or held: 1099511627776×1099511627776"
    ),
    (
      .dataLength(tensor: "a", expected: 8, found: 4),
      "tensor 'a' must have 8 bytes, but 4 are there; fetch the file again"
    ),
    (.neverWritten(tensor: "a"), "the elements of tensor 'a' were never written into the HDF5 file"),
    (
      .overlappingData("a", "b"),
      "the elements of 'a' and 'b' share bytes; the HDF5 file is damaged or was forged"
    ),
  ]

  static let features: [(feature: HDF5Feature, words: String)] = [
    (.sizes(offsets: 16, lengths: 8), "has offsets of 16 bytes and lengths of 8"),
    (.denseLinks, "keeps its links in a fractal heap"), (.denseAttributes, "keeps its attributes in a fractal heap"),
    (.externalData, "has its elements in other files"), (.virtualData, "is put together from other datasets"),
    (.sharedMessage, "shares its type or shape with other objects"),
    (.chunkIndex(4), "has an index of chunks of type 4, from HDF5 1.10"),
    (.filter(32001), "is stored with filter 32001"),
    (.severalCompressions, "is compressed twice"),
  ]

  static let chunks: [(problem: HDF5ChunkProblem, words: String)] = [
    (.missing, "it was never written"), (.duplicate, "it is there twice"),
    (.outOfPlace, "it does not fit into the tensor"),
    (.pastEnd, "it reaches past the end of the file; fetch it again"),
    (.length(expected: 8, found: 4), "it must have 8 bytes, found 4"),
    (.impossibleSize(4096, compressed: 2), "no 2 bytes of deflate hold 4096"),
    (.checksum, "it does not have the checksum that follows it; fetch the file again"),
  ]

  static let keras: [(problem: KerasProblem, text: String)] = [
    (.otherFile, "not a model of Keras': neither an HDF5 file nor a .keras archive"),
    (
      .noConfiguration,
      "the HDF5 file has tensors and no network (the attribute 'model_config' is missing); save it with model.save, not "
        + "with save_weights"
    ),
    (.configurationTooLarge(limit: 64 << 20), "the description of the network is larger than 64 MiB"),
    (
      .noLayerNames,
      "the HDF5 file does not say which layers have weights (the attribute 'layer_names' of 'model_weights' is missing)"
    ),
    (.noWeights, "the Keras archive has no model.weights.h5; save the model again with Keras 3's model.save"),
    (.duplicateLayer("a"), "two layers of the model are called 'a'"),
    (.missingTensor("a"), "the model lists a tensor 'a', which the file does not have"),
  ]

  @Test("Messages about files of HDF5", arguments: hdf5.indices)
  func files(position: Int) {
    let (problem, text) = Self.hdf5[position]
    #expect("\(WeightsError(path: "w", .hdf5(problem)))" == "w: \(text)")
  }

  @Test("Messages about what HDF5 has and zoo does not read", arguments: features.indices)
  func unsupported(position: Int) {
    let (feature, words) = Self.features[position]
    let advice = "which zoo does not read; write the file again with Keras, or with h5py in its default form"
    #expect(
      "\(WeightsError(path: "w", .hdf5(.unsupported(path: "a", feature))))"
        == "w: 'a' of the HDF5 file \(words), \(advice)")
    #expect("\(HDF5Problem.unsupported(path: "", feature))".hasPrefix("'/' of the HDF5 file "))
  }

  @Test("Messages about chunks", arguments: chunks.indices)
  func chunk(position: Int) {
    let (problem, words) = Self.chunks[position]
    let error = WeightsError(path: "w", .hdf5(.chunk(tensor: "a", index: [2, 0], problem)))
    #expect("\(error)" == "w: tensor 'a', chunk at [2, 0]: \(words)")
  }

  @Test("Messages about models of Keras'", arguments: keras.indices)
  func models(position: Int) {
    let (problem, text) = Self.keras[position]
    #expect("\(WeightsError(path: "w", .keras(problem)))" == "w: \(text)")
  }
}
