import Testing
import ZooKit

/// Parameters and multiply-accumulates as the papers' networks have them, written down independently of the catalogue.
@Suite struct CountTests {
  struct Count: Sendable, CustomTestStringConvertible {
    var name: String
    var parameters: Int
    var macs: Int
    var testDescription: String { name }

    init(_ name: String, _ parameters: Int, _ macs: Int) {
      self.name = name
      self.parameters = parameters
      self.macs = macs
    }
  }

  static let counts = [
    Count("lenet5", 61_706, 416_520),
    Count("lenet", 431_080, 2_293_000),
    Count("lenet-digits", 431_080, 2_293_000),
    Count("alexnet-caffe", 60_965_224, 724_406_816),
    Count("alexnet", 61_100_840, 714_188_480),
    Count("zfnet", 62_357_608, 1_168_032_896),
    Count("zfnet-wide", 107_627_624, 2_476_704_896),
    Count("vgg11", 132_863_336, 7_609_090_048),
    Count("vgg11-bn", 132_868_840, 7_609_090_048),
    Count("vgg13", 133_047_848, 11_308_466_176),
    Count("vgg13-bn", 133_053_736, 11_308_466_176),
    Count("vgg16", 138_357_544, 15_470_264_320),
    Count("vgg16-bn", 138_365_992, 15_470_264_320),
    Count("vgg19", 143_667_240, 19_632_062_464),
    Count("vgg19-bn", 143_678_248, 19_632_062_464),
    Count("googlenet-caffe", 6_998_552, 1_582_671_872),
    Count("googlenet", 6_624_904, 1_498_376_192),
    Count("resnet18", 11_689_512, 1_814_073_344),
    Count("resnet34", 21_797_672, 3_663_761_408),
    Count("resnet50", 25_557_032, 4_089_184_256),
    Count("resnet50-v1", 25_557_032, 3_857_973_248),
    Count("resnet101", 44_549_160, 7_801_405_440),
    Count("resnet152", 60_192_808, 11_513_626_624),
    Count("resnet20", 269_722, 40_551_040),
    Count("resnet32", 464_154, 68_862_592),
    Count("resnet44", 658_586, 97_174_144),
    Count("resnet56", 853_018, 125_485_696),
    Count("resnet110", 1_727_962, 252_887_680),
    Count("mobilenet_v2", 3_504_872, 300_774_272),
    Count("resnext50_32x4d", 25_028_904, 4_230_479_872),
    Count("resnext101_32x8d", 88_791_336, 16_414_015_488),
    Count("resnext101_64x4d", 83_455_272, 15_460_270_080),
    Count("wide_resnet50_2", 68_883_240, 11_398_021_120),
    Count("wide_resnet101_2", 126_886_696, 22_753_050_624),
    Count("squeezenet1_0", 1_248_424, 818_924_576),
    Count("squeezenet1_1", 1_235_496, 349_151_936),
    Count("mnasnet0_5", 2_218_512, 104_455_968),
    Count("mnasnet0_75", 3_170_208, 215_493_104),
    Count("mnasnet1_0", 4_383_312, 314_415_872),
    Count("mnasnet1_3", 6_282_256, 526_362_432),
    Count("regnet_y_400mf", 4_344_144, 401_842_848),
    Count("regnet_y_800mf", 6_432_512, 833_856_256),
    Count("regnet_y_1_6gf", 11_202_430, 1_612_076_160),
    Count("regnet_y_3_2gf", 19_436_338, 3_176_482_752),
    Count("regnet_y_8gf", 39_381_472, 8_473_070_592),
    Count("regnet_y_16gf", 83_590_140, 15_911_510_272),
    Count("regnet_y_32gf", 145_046_770, 32_279_552_832),
    Count("regnet_y_128gf", 644_812_894, 127_517_815_680),
    Count("regnet_x_400mf", 5_495_976, 413_812_608),
    Count("regnet_x_800mf", 7_259_656, 799_699_712),
    Count("regnet_x_1_6gf", 9_190_136, 1_602_849_792),
    Count("regnet_x_3_2gf", 15_296_552, 3_176_621_952),
    Count("regnet_x_8gf", 39_572_648, 7_995_132_416),
    Count("regnet_x_16gf", 54_278_536, 15_940_755_456),
    Count("regnet_x_32gf", 107_811_560, 31_735_929_792),
    Count("inception_v3", 23_834_568, 5_713_216_096),
    Count("regnet_y_16gf-swag", 83_590_140, 46_734_897_152),
    Count("regnet_y_32gf-swag", 145_046_770, 94_826_458_432),
    Count("regnet_y_128gf-swag", 644_812_894, 374_570_006_400),
    Count("densenet121", 7_978_856, 2_834_161_664),
    Count("densenet161", 28_681_000, 7_727_907_072),
    Count("densenet169", 14_149_480, 3_359_843_328),
    Count("densenet201", 20_013_928, 4_291_365_888),
    Count("mobilenet_v3_large", 5_483_032, 216_589_760),
    Count("mobilenet_v3_small", 2_542_856, 56_510_400),
    Count("efficientnet_b0", 5_288_548, 385_814_752),
    Count("efficientnet_b1", 7_794_184, 686_802_832),
    Count("efficientnet_b2", 9_109_994, 1_087_529_456),
    Count("efficientnet_b3", 12_233_232, 1_827_141_392),
    Count("efficientnet_b4", 19_341_616, 4_393_771_024),
    Count("efficientnet_b5", 30_389_784, 10_266_384_752),
    Count("efficientnet_b6", 43_040_704, 19_067_593_536),
    Count("efficientnet_b7", 66_347_960, 37_745_884_192),
    Count("efficientnet_v2_s", 21_458_488, 8_365_617_152),
    Count("efficientnet_v2_m", 54_139_356, 24_582_460_384),
    Count("efficientnet_v2_l", 118_515_272, 56_079_699_008),
    Count("darknet-reference", 7_319_416, 402_571_264),
    Count("darknet-tiny", 1_042_104, 491_524_096),
    Count("darknet19", 20_842_376, 3_645_374_464),
    Count("darknet53", 41_609_928, 9_285_115_904),
    Count("squeezenet1_0-caffe", 1_248_424, 861_339_936),
    Count("mtcnn-pnet", 6_632, 44_760),
    Count("mtcnn-rnet", 100_178, 1_530_768),
    Count("mtcnn-onet", 389_040, 12_909_952),
    Count("crepe", 22_239_976, 1_410_023_424),
    Count("crepe-tiny", 486_552, 36_792_320),
    Count("shufflenet_v2_x0_5", 1_366_792, 40_476_448),
    Count("shufflenet_v2_x1_0", 2_278_604, 144_907_992),
    Count("shufflenet_v2_x1_5", 3_503_624, 295_759_392),
    Count("shufflenet_v2_x2_0", 7_393_996, 583_253_464),
    Count("convnext_tiny", 28_589_128, 4_455_531_264),
    Count("convnext_small", 50_223_688, 8_683_712_256),
    Count("convnext_base", 88_591_464, 15_354_729_472),
    Count("convnext_large", 197_767_336, 34_361_433_600),
    // Six 3×3 convolutions of 32, 32, 64, 64, 96, 96 maps on 32, 16 and 8 pixels, then 1536 → 256 → 10.
    Count("cifar-small", 600_042, 33_720_832),
    Count("linear-classifier", 30_730, 30_720),
  ]

  @Test("exact", arguments: counts)
  func count(_ count: Count) throws {
    let network = try Network.find(count.name)
    #expect(network.totals.parameters == count.parameters)
    #expect(network.totals.multiplyAccumulates == count.macs)
  }

  @Test("every network of the catalogue is in the list")
  func complete() {
    #expect(Set(Catalogue.modelNames) == Set(Self.counts.map(\.name)))
  }

  @Test("auxiliary classifiers and running statistics are counted apart")
  func apart() throws {
    #expect(try Network.find("googlenet-caffe").cost().training.parameters == 13_378_280)
    #expect(try Network.find("googlenet").cost().training.parameters == 13_004_888)
    for (name, buffers) in [
      ("vgg11-bn", 5_504), ("vgg13-bn", 5_888), ("vgg16-bn", 8_448), ("vgg19-bn", 11_008), ("googlenet", 14_560),
      ("resnet18", 9_600), ("resnet34", 17_024), ("resnet50", 53_120), ("resnet101", 105_344), ("resnet152", 151_424),
    ] {
      #expect(try Network.find(name).totals.buffers == buffers, "\(name)")
    }
  }

  @Test("VGG16's rows are those of the cs231n notes")
  func notes() throws {
    let network = try Network.find("vgg16")
    let rows = try LayerTable(graph: network.graph, cost: network.cost()).rows.filter { $0.path != "avgpool" }
    let weights = [
      0, 1_728, 36_864, 0, 73_728, 147_456, 0, 294_912, 589_824, 589_824, 0, 1_179_648, 2_359_296, 2_359_296, 0,
      2_359_296, 2_359_296, 2_359_296, 0, 102_760_448, 16_777_216, 4_096_000,
    ]
    #expect(rows.map(\.weights) == weights)
    let sides = [224, 224, 224, 112, 112, 112, 56, 56, 56, 56, 28, 28, 28, 28, 14, 14, 14, 14, 7]
    #expect(rows.prefix(sides.count).map { $0.output.extent.height } == sides)
    #expect(rows.suffix(3).map(\.output) == [[4096], [4096], [1000]])
  }
}
