import Testing
import ZooImages
import ZooSpec
import ZooTestSupport
import ZooTraining

struct RecipeTests {
  @Test func `a recipe that is written and read is the same`() throws {
    var random = SplitMix64(seed: 1)
    for _ in 0..<500 {
      let recipe = random.recipe()
      try recipe.check()
      let copy = try Recipe.read(recipe.text, base: random.recipe())
      #expect(copy == recipe, "\(copy.differences(from: recipe))\n\(recipe.text)")
    }
  }

  @Test func `what is not written is standard`() throws {
    #expect(try Recipe.read("") == Recipe())
    #expect(try Recipe.read("# nothing\n") == Recipe())
    let recipe = try Recipe.read("train:\n  epochs: 3\n  freeze: [0, layer1.*]\n  rates: {fc: 10}\n")
    #expect(recipe == Recipe(rates: [Recipe.Rate(pattern: "fc", factor: 10)], epochs: 3, freeze: ["0", "layer1.*"]))
    #expect(try Recipe.read("epochs: 7", base: recipe).freeze == ["0", "layer1.*"])
  }

  @Test func `another optimiser brings its own rate and decay`() throws {
    #expect(try Recipe.read("optimizer: adam") == Recipe(optimizer: .adam()))
    #expect(Recipe(optimizer: .adam()).learningRate == 0.001)
    let recipe = try Recipe.read("weight_decay: 0.5\nlr: 0.3\noptimizer: adamw")
    #expect(recipe == Recipe(optimizer: .adamW(), learningRate: 0.3, weightDecay: 0.5))
    var same = recipe
    try same.set("optimizer", "adamw")
    #expect(same == recipe)
    try same.set("optimizer", "sgd")
    #expect((same.learningRate, same.weightDecay) == (0.01, 1e-4))
  }

  @Test func `faults are shown with their places, all at once`() throws {
    let text = """
      optimiser: adam
      learning_rate: 0.1
      epochs: many
      lr: 0
      loss: softmx
      nesterov: yes
      beta1: 0.9
      schedule: steps
      step_at: [3, 3]
      power: 2
      crop: true
      crop_area_min: 0.5
      crop_area_max: 0.4
      rates: {"a b": 1, fc: -1}
      freeze: layer1
      """
    let error = #expect(throws: DefinitionErrors.self) { try Recipe.read(text, path: "r.yaml") }
    #expect(
      error?.description == """
        r.yaml:1:1: error: unknown key 'optimiser' in 'recipe' (did you mean 'optimizer'?)
            1 | optimiser: adam
              | ^~~~~~~~~
        r.yaml:2:1: error: unknown key 'learning_rate' in 'recipe' (did you mean 'lr'?)
            2 | learning_rate: 0.1
              | ^~~~~~~~~~~~~
        r.yaml:3:9: error: 'epochs' must be an integer from 1 to 1,000,000; found 'many'
            3 | epochs: many
              |         ^~~~
        r.yaml:4:5: error: 'lr' must be a number above 0 and at most 1000; found 0
            4 | lr: 0
              |     ^
        r.yaml:5:7: error: 'loss' must be one of softmax, svm, svm-squared, one-against-all; found 'softmx' (did you mean 'softmax'?)
            5 | loss: softmx
              |       ^~~~~~
        r.yaml:6:11: error: 'nesterov' must be true or false; found 'yes'
            6 | nesterov: yes
              |           ^~~  write true
        r.yaml:7:1: error: unknown key 'beta1' in 'optimizer: sgd'; it has momentum, nesterov
            7 | beta1: 0.9
              | ^~~~~
        r.yaml:9:14: error: each item of 'step_at' must be an integer from 4 to 1,000,000; found 3
            9 | step_at: [3, 3]
              |              ^
        r.yaml:10:1: error: unknown key 'power' in 'schedule: steps'; it has step_at, step_factor, warmup
           10 | power: 2
              | ^~~~~
        r.yaml:13:16: error: 'crop_area_max' must be a number from 0.5 to 1; found 0.4
           13 | crop_area_max: 0.4
              |                ^~~
        r.yaml:14:9: error: each item of 'rates' must be a pattern of layers' names: letters, digits and any of _-/., '*' for any characters, '?' for one; found 'a b'
           14 | rates: {"a b": 1, fc: -1}
              |         ^~~~~
        r.yaml:14:23: error: 'fc' must be a number from 0 to 1,000,000; found -1
           14 | rates: {"a b": 1, fc: -1}
              |                       ^~
        r.yaml:15:9: error: 'freeze' must be a list with at least one item; found 'layer1'
           15 | freeze: layer1
              |         ^~~~~~
        13 errors

        """)
  }

  @Test func `hostile files are refused`() {
    for text in [
      "[1]", "3", "a: &x [*x]", "lr: 0.1\nlr: 0.2", "{", "lr: .nan", "seed: -1", "schedule: steps",
      "seed: 18446744073709551616",
    ] {
      #expect(throws: DefinitionErrors.self, "\(text)") { try Recipe.read(text) }
    }
  }

  @Test func `fields are set by name, in any order`() throws {
    var recipe = Recipe()
    try recipe.set([
      ("beta1", "0.8"), ("optimizer", "adam"), ("weight-decay", "5e-4"), ("rates", "layer1=0.1,fc=10"),
      ("freeze", "conv1,bn1"), ("step_at", "3,6"), ("schedule", "steps"), ("seed", "18446744073709551615"),
      ("crop", "true"), ("crop_area_min", "0.5"), ("initialization", "gaussian"), ("initialization_std", "0.5"),
    ])
    #expect(
      recipe
        == Recipe(
          optimizer: .adam(Optimizer.Moments(beta1: 0.8)), weightDecay: 5e-4,
          rates: [Recipe.Rate(pattern: "layer1", factor: 0.1), Recipe.Rate(pattern: "fc", factor: 10)],
          schedule: .steps(at: [3, 6]), seed: .max, augmentation: Augmentation(crop: Augmentation.Crop(scale: 0.5...1)),
          initialization: .gaussian(0.5), freeze: ["conv1", "bn1"]))
    try recipe.set("freeze", "")
    #expect(recipe.freeze.isEmpty)
  }

  @Test(arguments: [
    ("epocs", "3", "a recipe has no 'epocs' (did you mean 'epochs'?)"),
    ("zzz", "3", "a recipe has no 'zzz'"),
    ("lr", "fast", "'lr' must be a number above 0 and at most 1000; found 'fast'"),
    ("lr", "", "'lr' must be a number above 0 and at most 1000; found nothing"),
    ("beta1", "0.5", "unknown key 'beta1' in 'optimizer: sgd'; it has momentum, nesterov"),
    ("rates", "fc", "'fc' must be a number from 0 to 1,000,000; found nothing"),
    ("schedule", "steps", "'schedule: steps' needs 'step_at'"),
    ("step_at", "", "unknown key 'step_at' in 'schedule: cosine'; it has warmup"),
  ])
  func `what cannot be set is said, and nothing is set`(field: String, text: String, message: String) {
    var recipe = Recipe()
    let error = #expect(throws: RecipeError.self) { try recipe.set([("epochs", "99"), (field, text)]) }
    #expect(error?.message == message)
    #expect(recipe == Recipe())
  }

  @Test func `a short list of augmentations replaces what was there`() throws {
    var recipe = Recipe(augmentation: Augmentation(shift: 9, erase: 1), mixing: Mixing(cutmix: 1))
    try recipe.augment("crop,flip,color,mixup=0.5,crop_area_min=0.3")
    #expect(
      recipe.augmentation
        == Augmentation(
          crop: Augmentation.Crop(scale: 0.3...1), flip: 0.5,
          color: Augmentation.Color(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1)))
    #expect(recipe.mixing == Mixing(mixup: 0.5))
    for (name, _) in Recipe.augmentations {
      var one = Recipe()
      try one.augment(name)
      #expect(one.augmentation.isNone != one.mixing.isNone, "\(name)")
    }
    try recipe.augment("none")
    #expect(recipe == Recipe())
    let messages = [
      ("flipp", "'flipp' is no augmentation (did you mean 'flip'?)"),
      ("flip,,shift", "'' is no augmentation; there are crop, flip, shift, color, erase, mixup, cutmix"),
      ("color=1", "'color=1' is no augmentation (did you mean 'color'?)"),
      ("lr=1", "'lr=1' is no augmentation; there are crop, flip, shift, color, erase, mixup, cutmix"),
      ("flip=2", "'flip' must be a number from 0 to 1; found 2"),
    ]
    for (list, message) in messages {
      let error = #expect(throws: RecipeError.self) { try recipe.augment(list) }
      #expect(error?.message == message)
    }
    #expect(recipe == Recipe())
  }

  @Test func `recipes of programs are checked too`() {
    func message(_ recipe: Recipe) -> String? {
      do throws(RecipeError) {
        try recipe.check()
        return nil
      } catch {
        return error.message
      }
    }
    #expect(message(Recipe()) == nil)
    #expect(message(Recipe(learningRate: .nan)) == "'lr' is nan; it must be a number above 0 and at most 1000")
    #expect(message(Recipe(batch: 0)) == "'batch' is 0; it must be an integer from 1 to 65536")
    #expect(
      message(Recipe(schedule: .steps(at: [4, 2])))
        == "'step_at' is [4, 2]; it must be a list of ascending integers from 1 to 1000000")
    #expect(
      message(Recipe(rates: [Recipe.Rate(pattern: "a", factor: 1), Recipe.Rate(pattern: "a", factor: 2)]))
        == "'rates' is {\"a\": 1, \"a\": 2}; it must be a mapping of different patterns of layers' names, of letters, "
        + "digits and any of _-/.*?, each to a number from 0 to 1000000")
    #expect(
      message(Recipe(freeze: ["\""]))
        == "'freeze' is [\"\"\"]; it must be a list of patterns of layers' names, of letters, digits and any of _-/.*?")
  }

  @Test func `differences name the fields`() throws {
    let other = Recipe(optimizer: .adam(), learningRate: 0.01, epochs: 20)
    #expect(
      Recipe().differences(from: other).map { "\($0.field) \($0.value ?? "-") \($0.other ?? "-")" } == [
        "optimizer sgd adam", "momentum 0.9 -", "nesterov false -", "beta1 - 0.9", "beta2 - 0.999",
        "epsilon - 1e-08", "epochs 10 20",
      ])
    var random = SplitMix64(seed: 5)
    for _ in 0..<100 {
      let (one, two) = (random.recipe(), random.recipe())
      #expect(one.differences(from: one).isEmpty)
      #expect(one.differences(from: two).isEmpty == (one == two))
    }
  }

  @Test(arguments: [
    ("layer1", "layer1", true), ("layer1", "layer1.0.conv1", true), ("layer1", "layer10", false),
    ("layer1", "layer10.0", false), ("features.?", "features.0", true), ("features.?", "features.10", false),
    ("*.bn?", "layer1.0.bn2", true), ("*.bn?", "bn1", false), ("*", "anything.at.all", true), ("**", "x", true),
    ("a*c", "abcbc", true), ("a*c", "abcbd", false), ("a*c", "abc.d", true), ("", "x", false),
    ("conv", "x.conv", false),
  ])
  func `a pattern fits a layer and what is within it`(pattern: String, layer: String, fits: Bool) {
    #expect(LayerPattern(pattern).fits(layer) == fits)
  }

  @Test func `the first rate that fits decides`() {
    let recipe = Recipe(
      rates: [Recipe.Rate(pattern: "layer4.1", factor: 0.5), Recipe.Rate(pattern: "layer?", factor: 0.1)],
      freeze: ["conv1", "layer9"])
    #expect(
      ["layer4.1.conv1", "layer4.0.conv1", "fc"].map { recipe.rateFactor(of: $0) } == [0.5, 0.1, 1])
    #expect(recipe.isFrozen("conv1"))
    #expect(!recipe.isFrozen("layer1.0.conv1"))
    #expect(recipe.patternsWithoutLayer(among: ["conv1", "layer4.1.x", "fc"]) == ["layer9"])
  }
}
