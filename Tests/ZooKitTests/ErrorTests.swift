import Testing
import ZooGraph
import ZooImages
import ZooKit
import ZooRuntime
import ZooSpec
import ZooTensor
import ZooWeights

@Suite struct ErrorTests {
  static let messages: [(ZooError, String)] = [
    (
      .modelNotFound("resnet19", suggestions: ["resnet18", "resnet101"]),
      "no model 'resnet19' (did you mean 'resnet18' or 'resnet101'?); a path ending in .yaml or .zoo names a file"
    ),
    (
      .notAModel(path: "a.pth", holdsWeights: true),
      "a.pth: a checkpoint, which holds weights and no model; give it as the weights of a model"
    ),
    (
      .notAModel(path: "a.txt", holdsWeights: false),
      "a.txt: this file is not a model: that is a .yaml definition, a .zoo package, an exported folder or a name of the catalogue"
    ),
    (
      .queueFull(running: 2, waiting: 64),
      "too many classifications at once: 2 at work and 64 waiting, as many as may; try again later, or allow more to wait"
    ),
    (.noThread(code: 11), "the system starts no more threads: Resource temporarily unavailable"),
    (.inputMissing(path: "a.yaml", what: "model"), "a.yaml: no such model"),
    (.cannotRead(path: "a", reason: "it is a folder"), "a: cannot be read: it is a folder"),
    (.fileTooLarge(path: "a", size: 9, limit: 8), "a: 9 bytes, more than the limit of 8"),
    (.cannotWrite(path: "a", reason: "no space"), "a: cannot be written: no space"),
    (.alreadyExists(path: "a"), "a: already exists; choose another name, or allow it to be replaced"),
    (
      .weightsUnavailable(model: "m", searched: ["x", "y"], sources: ["https://a.b/c.pth"]),
      """
      no weights for m on this machine
        searched: x
                  y
        published: https://a.b/c.pth
      Download a checkpoint and give its path, or place it in one of these folders. Synthetic weights run the network with made-up numbers.
      """
    ),
    (
      .weightsOfAnotherModel(
        path: "w.zoow", expected: "resnet50-v1", found: "resnet50", node: "layer2.0.conv1",
        difference: "stride 1×1, here 2×2"),
      "w.zoow: these weights are for 'resnet50', not for 'resnet50-v1': the shapes agree, but 'layer2.0.conv1' has stride 1×1, here 2×2; choose the model resnet50"
    ),
    (
      .channelOrder(path: "w.caffemodel", model: "m"),
      """
      w.caffemodel: Caffe's networks read BGR, and m reads RGB: the weights would fit and answer wrongly
      Say under 'weights:' in the definition what their images are, as {file: NAME, format: caffe, preprocess: {channels: bgr, mean: [104, 117, 123], …}}, or turn the first layer round with the rule {from: FIRST.weight, to: …, transform: [{flip: input_channels}]}.
      """
    ),
    (
      .noHead(model: "m", node: "bn"),
      "m: the class scores do not come from one layer with weights ('bn' is in the way), so there is no head to start anew"
    ),
    (
      .notForDarknet(model: "m", layer: "conv1", .biasBeforeBatchNorm),
      "darknet weights do not fit m: its layer 'conv1' has a bias before its batch norm, where darknet has none; give a definition as darknet has it"
    ),
    (
      .notForDarknet(model: "m", layer: "bn1", .batchNormAlone),
      "darknet weights do not fit m: its layer 'bn1' is a batch norm that does not follow a convolution or fully connected layer of its own; give a definition as darknet has it"
    ),
    (
      .notForDarknet(model: "m", layer: "conv1", .noBias),
      "darknet weights do not fit m: its layer 'conv1' has neither a bias nor a batch norm, where darknet has one of them; give a definition as darknet has it"
    ),
    (
      .notForDarknet(model: "m", layer: "local1", .locallyConnected),
      "darknet weights do not fit m: its layer 'local1' has weights for each position, which zoo does not read from darknet files; give a definition as darknet has it"
    ),
    (.noLogits(model: "m"), "m has no output with the role 'logits' or 'probabilities'; name one under 'outputs:'"),
    (
      .inputShape(expected: "1×28×28", found: "1×27×28", path: "x.npy"),
      "x.npy: the network takes 1×28×28, the tensor is 1×27×28; a network without fully connected layers can be built for another size"
    ),
    (
      .inputLayout(expected: "3×8×8", found: "8×8×3", isChannelsLast: true, path: "x.npy"),
      "x.npy: the network takes 3×8×8, the tensor is 8×8×3; its channels are last: put them first, as NumPy does with numpy.moveaxis(x, -1, -3)"
    ),
    (
      .inputLayout(expected: "3×8×8", found: "8×8", isChannelsLast: false, path: nil),
      "the network takes 3×8×8, the tensor is 8×8; give it the dimensions [channels, height, width], or [images, channels, height, width]"
    ),
    (
      .inputType(found: "float64", path: "x.npy"),
      "x.npy: the tensor is float64, and a network takes float32; convert it, as NumPy does with x.astype('float32')"
    ),
    (
      .notAnArchive(path: "net.pth", format: "PyTorch zip"),
      "net.pth: this holds weights, but not in an archive of zoo's, which alone can be verified (PyTorch zip); pack it into one"
    ),
    (
      .noPreprocessing(model: "m"),
      "m does not say how an image becomes its input; add 'preprocess:' to the definition, or feed an .npy tensor"
    ),
    (
      .notAMeanImage(path: "mean.npy", found: "3×2"),
      "mean.npy: expected a mean image, finite numbers of channels×height×width in an .npy or .binaryproto file; found 3×2"
    ),
    (
      .labelsNotFound("imagenet", suggestions: ["imagenet-1k"]),
      "no labels 'imagenet' (did you mean 'imagenet-1k'?); give a label set of the catalogue, a .tsv or .txt file, or a list"
    ),
    (.labelCount(labels: 9, outputs: 10, name: "m"), "the labels 'm' name 9 classes, but the network has 10 outputs"),
    (
      .dataSetNotRecognised(path: "d", split: "test"),
      "d: no test data found; expected IDX files (t10k-images-idx3-ubyte[.gz] and …-labels-idx1-ubyte[.gz]), CIFAR-10 batches (test_batch.bin), or one folder of JPEG or PNG files per class"
    ),
    (
      .labelOutOfRange(label: 10, outputs: 10, path: "d"),
      "d: the data has class 10, but the network has outputs 0 to 9"
    ),
    (
      .classFolders(path: "d", .unmatched(folders: ["Katze"], matched: 1, suggestions: ["Cat"])),
      "d: the folder 'Katze' means no class of the network (did you mean 'Cat'?), though 1 other does; rename or move it"
    ),
    (
      .classFolders(path: "d", .unmatched(folders: ["a", "b", "c", "d"], matched: 9, suggestions: [])),
      "d: the folders 'a', 'b', 'c' and 1 more mean no class of the network, though 9 others do; rename or move them"
    ),
    (
      .classFolders(path: "d", .unmatched(folders: ["1", "2"], matched: 0, suggestions: [])),
      "d: the folders are numbers that are no labels, and the labels are numbers too: '1' and '2'; name each folder as its class's label"
    ),
    (
      .classFolders(path: "d", .unknown(folders: ["x", "y"], outputs: 3, hasLabels: true, suggestions: [])),
      "d: no folder is called like a class, so they could be told by their order alone, but there are 2 folders ('x' and 'y') for 3 classes; name each folder as its class's label, WordNet identifier or number"
    ),
    (
      .classFolders(path: "d", .unknown(folders: ["x"], outputs: 3, hasLabels: false, suggestions: [])),
      "d: no folder is called like a class, for the model has no labels, so they could be told by their order alone, but there is 1 folder ('x') for 3 classes; name each folder as its class's number, from 0"
    ),
    (
      .classFolders(path: "d", .ambiguous(folder: "crane", classes: [134, 517])),
      "d: the folder 'crane' has the name of classes 134 and 517; rename it to the label as it is written, or to the WordNet identifier"
    ),
    (
      .classFolders(path: "d", .sameClass(folders: ["Cat", "cat"], index: 3, label: "cat")),
      "d: the folders 'Cat' and 'cat' both mean class 3, 'cat'; put their images into one"
    ),
    (
      .classFolders(path: "d", .sameClass(folders: ["07", "7"], index: 7, label: nil)),
      "d: the folders '07' and '7' both mean class 7; put their images into one"
    ),
    (
      .classFolders(path: "d", .numberOutOfRange(folder: "12", outputs: 12)),
      "d: the folders are numbered, and '12' is beyond the network's classes, 0 to 11"
    ),
    (
      .classFolders(path: "d", .numberedFromOne(last: 12, outputs: 12)),
      "d: the folders are numbered from 1 to 12, and the network's classes from 0 to 11: rename the folders so that they count from 0, or, if 1 is the second class, add an empty folder '0'"
    ),
    (.nothingToRank(model: "m"), "m has one class, which is always the likeliest: there is no accuracy to measure"),
    (
      .severalImages(3),
      "the tensor holds 3 images, and one is to be classified; classify them as a batch, or one by one"
    ),
    (.noImages, "there are no images to put into a batch"),
    (.storedType(.int8), "weights cannot be stored as int8; choose float32, float16 or bfloat16"),
    (
      .reservedKey("zoo.x", prefix: "zoo."),
      "the metadata key 'zoo.x' is not free: keys that begin with 'zoo.' are written by zoo alone"
    ),
    (
      .seed("synthetic:x"),
      "'synthetic:x': the seed must be a whole number from 0 to 18446744073709551615, as in synthetic:42"
    ),
    (
      .scoresNotFinite,
      "the class scores are not finite, so they rank nothing: the input holds numbers that are not finite or far too large"
    ),
    (
      .outsideReference(path: "w.zoow", name: "/etc/my.txt"),
      "w.zoow: the definition inside names the file '/etc/my.txt'; what is stored in an archive must be complete in itself"
    ),
    (
      .notAPackage(path: "w.zoow"),
      "w.zoow: an archive of weights without a definition; give it as the weights of a model, or make a package of both"
    ),
    (
      .alreadySliding(model: "net-conv", original: "net"),
      "net-conv slides already: it is net with its fully connected layers as convolutions; restore it to turn it back"
    ),
    (
      .notConverted(model: "net"),
      "net does not say what it was before its fully connected layers became convolutions; give a definition that was converted, which has 'sliding:'"
    ),
    (
      .layerNotFound("layer1.conv1", model: "resnet18", suggestions: ["layer1.0.conv1", "layer1.1.conv1"]),
      "no layer 'layer1.conv1' in resnet18 (did you mean 'layer1.0.conv1' or 'layer1.1.conv1'?); the network's graph lists the layers"
    ),
    (
      .layerForTraining("aux1", model: "googlenet"),
      "the layer 'aux1' of googlenet is for training only and computed for no answer; the network's graph lists the layers"
    ),
    (
      .classNotFound("tabi", count: 1000, suggestions: ["tabby"]),
      "no class 'tabi' (did you mean 'tabby'?); give a class's name, its WordNet identifier or its number, from 0 to 999"
    ),
    (
      .classAmbiguous("crane", indices: [134, 517]),
      "'crane' is the name of classes 134 and 517; give the number of the one that is meant"
    ),
    (
      .conversionDiffers(maximumDifference: 0.5, tolerance: 1e-5),
      "the converted network differs from the original by 0.5, more than 1e-05 of the largest logit"
    ),
  ]

  @Test("the words", arguments: messages)
  func message(error: ZooError, words: String) {
    #expect("\(error)" == words)
  }

  static let slidingMessages: [(SlidingError, String)] = [
    (
      .severalPositions(model: "m", map: Extent(height: 2, width: 4), input: [1, 32, 40]),
      "m gives 2×4 scores per class at its own input of 1×32×40, so that none is about all of it; build it for the input of a single score"
    ),
    (
      .interpreter,
      "the reference interpreter runs images of one size only; slide without it"
    ),
    (
      .stride(3, network: Extent(4), possible: [1, 2, 4]),
      "the scores cannot be 3 pixels apart: the network's own stride is 4×4, which that must divide; choose 1, 2 or 4"
    ),
    (
      .channels(found: [3, 40, 40], expected: 1),
      "the network slides over images of 1 channel, 1×height×width; the tensor is 3×40×40"
    ),
    (
      .imageTooSmall(Extent(height: 200, width: 300), window: Extent(224)),
      "the image is 200×300 pixels (height×width), and the network looks at 224×224: there is no room to slide; enlarge it, for pictures with a scale of 224 (the shorter side), or classify it without sliding"
    ),
    (
      .memory(limit: 1 << 20, needed: (5 << 20) + 1, image: Extent(height: 3000, width: 4000)),
      "sliding over 3000×4000 pixels takes at least 5121K for activations, and 1024K is allowed; allow 5121K or more, or use a smaller image"
    ),
    (
      .mapTooLarge(map: [1000, 99, 99], byteCount: 39_204_000, limit: 1 << 20),
      "1000×99×99 scores (classes×rows×columns) take 38M, and 1024K is allowed; choose a coarser stride or a smaller image, or allow 38M"
    ),
    (
      .tensorNotResized,
      "a tensor is fed as it is, neither resized nor mirrored; give a JPEG or PNG file, or slide over one scale without its mirror image"
    ),
    (
      .meanImage(Extent(height: 32, width: 40)),
      "the model subtracts a mean image of 32×40 pixels (height×width), which fits pictures of one size only; to slide over pictures, give the definition 'mean', one number per channel, in place of 'mean_image'"
    ),
    (.tensorNotCropped, "a tensor is fed as it is; crops are for pictures: give a JPEG or PNG file"),
    (
      .pictureSmallerThanCrop(Extent(height: 30, width: 60), crop: Extent(32)),
      "the picture is 30×60 pixels (height×width) after the model's resize, too small for crops of 32×32; use a larger picture, or one crop, which surrounds it with black"
    ),
  ]

  @Test("the words of sliding", arguments: slidingMessages)
  func slidingMessage(error: SlidingError, words: String) {
    #expect("\(error)" == words)
  }

  @Test("words name no option of a command, and end with the remedy, which another takes the place of")
  func remedies() {
    let failures = Self.messages.map { $0.0 as any ZooFailure } + Self.slidingMessages.map { $0.0 as any ZooFailure }
    var count = 0
    for failure in failures {
      let words = "\(failure)"
      #expect(!words.contains("--") && !words.contains("`zoo"), "\(words)")
      guard let remedy = failure.remedy else {
        #expect(failure.description(remedy: "press it") == words + "; press it")
        continue
      }
      count += 1
      #expect(words.hasSuffix(remedy), "\(words)")
      #expect(failure.description(remedy: "press it") == words.dropLast(remedy.count) + "press it")
    }
    #expect(count >= 18)
  }

  @Test("what kind of failure each is")
  func categories() {
    #expect(FailureCategory(of: ZooError.modelNotFound("x", suggestions: [])) == .inputMissing)
    #expect(
      FailureCategory(of: ZooError.weightsUnavailable(model: "m", searched: [], sources: [])) == .weightsUnavailable)
    #expect(FailureCategory(of: ZooError.alreadyExists(path: "a")) == .cannotCreate)
    #expect(FailureCategory(of: ZooError.seed("x")) == .usage)
    #expect(FailureCategory(of: SlidingError.interpreter) == .usage)
    #expect(FailureCategory(of: SlidingError.meanImage(Extent(1))) == .badData)
    #expect(FailureCategory(of: ZooError.notAMeanImage(path: "a", found: "b")) == .badData)
    #expect(FailureCategory(of: SlidingError.imageTooSmall(Extent(1), window: Extent(2))) == .badData)
    #expect(FailureCategory(of: ZooError.cannotRead(path: "a", reason: "")) == .inputOutput)
    #expect(FailureCategory(of: ImageError(name: "a", fact: .notFound)) == .inputMissing)
    #expect(FailureCategory(of: ImageError(name: "a", fact: .empty)) == .badData)
    #expect(FailureCategory(of: WeightsError(path: "a", .file(.missing))) == .inputMissing)
    #expect(FailureCategory(of: WeightsError(path: "a", .file(.exists))) == .cannotCreate)
    #expect(FailureCategory(of: WeightsError(path: "a", .archive(.badFooter))) == .badData)
    #expect(FailureCategory(of: DefinitionErrors([], sources: [])) == .badData)
    let geometry = GeometryError.countOutOfRange(attribute: "input features", 0)
    #expect(FailureCategory(of: geometry) == .badData)
    #expect(FailureCategory(of: RuntimeError.input("left", .batch(0, expected: 1...2))) == .usage)
    #expect(FailureCategory(of: RuntimeError.input("left", .imageShape(expected: [1], found: [2]))) == .badData)
    #expect(FailureCategory(of: PassError(pass: "p", broken: .duplicateName("a"))) == .internalError)
    #expect(
      FailureCategory(of: ZooError.classFolders(path: "d", .ambiguous(folder: "a", classes: [0, 1]))) == .badData)
    struct Foreign: Error {}
    #expect(FailureCategory(of: Foreign()) == nil)
  }
}
