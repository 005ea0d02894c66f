#include "CZooCatalogue.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char schemas_model_schema_json[] = {
#embed "../../Schemas/model.schema.json"
};
static const unsigned char zoo_alexnet_caffe_yaml[] = {
#embed "../../zoo/alexnet-caffe.yaml"
};
static const unsigned char zoo_alexnet_yaml[] = {
#embed "../../zoo/alexnet.yaml"
};
static const unsigned char zoo_cifar_small_yaml[] = {
#embed "../../zoo/cifar-small.yaml"
};
static const unsigned char zoo_convnext_base_yaml[] = {
#embed "../../zoo/convnext_base.yaml"
};
static const unsigned char zoo_convnext_large_yaml[] = {
#embed "../../zoo/convnext_large.yaml"
};
static const unsigned char zoo_convnext_small_yaml[] = {
#embed "../../zoo/convnext_small.yaml"
};
static const unsigned char zoo_convnext_tiny_yaml[] = {
#embed "../../zoo/convnext_tiny.yaml"
};
static const unsigned char zoo_crepe_tiny_yaml[] = {
#embed "../../zoo/crepe-tiny.yaml"
};
static const unsigned char zoo_crepe_yaml[] = {
#embed "../../zoo/crepe.yaml"
};
static const unsigned char zoo_darknet_reference_yaml[] = {
#embed "../../zoo/darknet-reference.yaml"
};
static const unsigned char zoo_darknet_tiny_yaml[] = {
#embed "../../zoo/darknet-tiny.yaml"
};
static const unsigned char zoo_darknet19_yaml[] = {
#embed "../../zoo/darknet19.yaml"
};
static const unsigned char zoo_darknet53_yaml[] = {
#embed "../../zoo/darknet53.yaml"
};
static const unsigned char zoo_densenet121_yaml[] = {
#embed "../../zoo/densenet121.yaml"
};
static const unsigned char zoo_densenet161_yaml[] = {
#embed "../../zoo/densenet161.yaml"
};
static const unsigned char zoo_densenet169_yaml[] = {
#embed "../../zoo/densenet169.yaml"
};
static const unsigned char zoo_densenet201_yaml[] = {
#embed "../../zoo/densenet201.yaml"
};
static const unsigned char zoo_efficientnet_b0_yaml[] = {
#embed "../../zoo/efficientnet_b0.yaml"
};
static const unsigned char zoo_efficientnet_b1_yaml[] = {
#embed "../../zoo/efficientnet_b1.yaml"
};
static const unsigned char zoo_efficientnet_b2_yaml[] = {
#embed "../../zoo/efficientnet_b2.yaml"
};
static const unsigned char zoo_efficientnet_b3_yaml[] = {
#embed "../../zoo/efficientnet_b3.yaml"
};
static const unsigned char zoo_efficientnet_b4_yaml[] = {
#embed "../../zoo/efficientnet_b4.yaml"
};
static const unsigned char zoo_efficientnet_b5_yaml[] = {
#embed "../../zoo/efficientnet_b5.yaml"
};
static const unsigned char zoo_efficientnet_b6_yaml[] = {
#embed "../../zoo/efficientnet_b6.yaml"
};
static const unsigned char zoo_efficientnet_b7_yaml[] = {
#embed "../../zoo/efficientnet_b7.yaml"
};
static const unsigned char zoo_efficientnet_v2_l_yaml[] = {
#embed "../../zoo/efficientnet_v2_l.yaml"
};
static const unsigned char zoo_efficientnet_v2_m_yaml[] = {
#embed "../../zoo/efficientnet_v2_m.yaml"
};
static const unsigned char zoo_efficientnet_v2_s_yaml[] = {
#embed "../../zoo/efficientnet_v2_s.yaml"
};
static const unsigned char zoo_googlenet_caffe_yaml[] = {
#embed "../../zoo/googlenet-caffe.yaml"
};
static const unsigned char zoo_googlenet_yaml[] = {
#embed "../../zoo/googlenet.yaml"
};
static const unsigned char zoo_inception_v3_yaml[] = {
#embed "../../zoo/inception_v3.yaml"
};
static const unsigned char zoo_labels_cifar_10_tsv[] = {
#embed "../../zoo/labels/cifar-10.tsv"
};
static const unsigned char zoo_labels_digits_tsv[] = {
#embed "../../zoo/labels/digits.tsv"
};
static const unsigned char zoo_labels_imagenet_1k_tsv[] = {
#embed "../../zoo/labels/imagenet-1k.tsv"
};
static const unsigned char zoo_lenet_digits_yaml[] = {
#embed "../../zoo/lenet-digits.yaml"
};
static const unsigned char zoo_lenet_yaml[] = {
#embed "../../zoo/lenet.yaml"
};
static const unsigned char zoo_lenet5_yaml[] = {
#embed "../../zoo/lenet5.yaml"
};
static const unsigned char zoo_linear_classifier_yaml[] = {
#embed "../../zoo/linear-classifier.yaml"
};
static const unsigned char zoo_mnasnet0_5_yaml[] = {
#embed "../../zoo/mnasnet0_5.yaml"
};
static const unsigned char zoo_mnasnet0_75_yaml[] = {
#embed "../../zoo/mnasnet0_75.yaml"
};
static const unsigned char zoo_mnasnet1_0_yaml[] = {
#embed "../../zoo/mnasnet1_0.yaml"
};
static const unsigned char zoo_mnasnet1_3_yaml[] = {
#embed "../../zoo/mnasnet1_3.yaml"
};
static const unsigned char zoo_mobilenet_v2_yaml[] = {
#embed "../../zoo/mobilenet_v2.yaml"
};
static const unsigned char zoo_mobilenet_v3_large_yaml[] = {
#embed "../../zoo/mobilenet_v3_large.yaml"
};
static const unsigned char zoo_mobilenet_v3_small_yaml[] = {
#embed "../../zoo/mobilenet_v3_small.yaml"
};
static const unsigned char zoo_mtcnn_onet_yaml[] = {
#embed "../../zoo/mtcnn-onet.yaml"
};
static const unsigned char zoo_mtcnn_pnet_yaml[] = {
#embed "../../zoo/mtcnn-pnet.yaml"
};
static const unsigned char zoo_mtcnn_rnet_yaml[] = {
#embed "../../zoo/mtcnn-rnet.yaml"
};
static const unsigned char zoo_regnet_x_16gf_yaml[] = {
#embed "../../zoo/regnet_x_16gf.yaml"
};
static const unsigned char zoo_regnet_x_1_6gf_yaml[] = {
#embed "../../zoo/regnet_x_1_6gf.yaml"
};
static const unsigned char zoo_regnet_x_32gf_yaml[] = {
#embed "../../zoo/regnet_x_32gf.yaml"
};
static const unsigned char zoo_regnet_x_3_2gf_yaml[] = {
#embed "../../zoo/regnet_x_3_2gf.yaml"
};
static const unsigned char zoo_regnet_x_400mf_yaml[] = {
#embed "../../zoo/regnet_x_400mf.yaml"
};
static const unsigned char zoo_regnet_x_800mf_yaml[] = {
#embed "../../zoo/regnet_x_800mf.yaml"
};
static const unsigned char zoo_regnet_x_8gf_yaml[] = {
#embed "../../zoo/regnet_x_8gf.yaml"
};
static const unsigned char zoo_regnet_y_128gf_swag_yaml[] = {
#embed "../../zoo/regnet_y_128gf-swag.yaml"
};
static const unsigned char zoo_regnet_y_128gf_yaml[] = {
#embed "../../zoo/regnet_y_128gf.yaml"
};
static const unsigned char zoo_regnet_y_16gf_swag_yaml[] = {
#embed "../../zoo/regnet_y_16gf-swag.yaml"
};
static const unsigned char zoo_regnet_y_16gf_yaml[] = {
#embed "../../zoo/regnet_y_16gf.yaml"
};
static const unsigned char zoo_regnet_y_1_6gf_yaml[] = {
#embed "../../zoo/regnet_y_1_6gf.yaml"
};
static const unsigned char zoo_regnet_y_32gf_swag_yaml[] = {
#embed "../../zoo/regnet_y_32gf-swag.yaml"
};
static const unsigned char zoo_regnet_y_32gf_yaml[] = {
#embed "../../zoo/regnet_y_32gf.yaml"
};
static const unsigned char zoo_regnet_y_3_2gf_yaml[] = {
#embed "../../zoo/regnet_y_3_2gf.yaml"
};
static const unsigned char zoo_regnet_y_400mf_yaml[] = {
#embed "../../zoo/regnet_y_400mf.yaml"
};
static const unsigned char zoo_regnet_y_800mf_yaml[] = {
#embed "../../zoo/regnet_y_800mf.yaml"
};
static const unsigned char zoo_regnet_y_8gf_yaml[] = {
#embed "../../zoo/regnet_y_8gf.yaml"
};
static const unsigned char zoo_resnet101_yaml[] = {
#embed "../../zoo/resnet101.yaml"
};
static const unsigned char zoo_resnet110_yaml[] = {
#embed "../../zoo/resnet110.yaml"
};
static const unsigned char zoo_resnet152_yaml[] = {
#embed "../../zoo/resnet152.yaml"
};
static const unsigned char zoo_resnet18_yaml[] = {
#embed "../../zoo/resnet18.yaml"
};
static const unsigned char zoo_resnet20_yaml[] = {
#embed "../../zoo/resnet20.yaml"
};
static const unsigned char zoo_resnet32_yaml[] = {
#embed "../../zoo/resnet32.yaml"
};
static const unsigned char zoo_resnet34_yaml[] = {
#embed "../../zoo/resnet34.yaml"
};
static const unsigned char zoo_resnet44_yaml[] = {
#embed "../../zoo/resnet44.yaml"
};
static const unsigned char zoo_resnet50_v1_yaml[] = {
#embed "../../zoo/resnet50-v1.yaml"
};
static const unsigned char zoo_resnet50_yaml[] = {
#embed "../../zoo/resnet50.yaml"
};
static const unsigned char zoo_resnet56_yaml[] = {
#embed "../../zoo/resnet56.yaml"
};
static const unsigned char zoo_resnext101_32x8d_yaml[] = {
#embed "../../zoo/resnext101_32x8d.yaml"
};
static const unsigned char zoo_resnext101_64x4d_yaml[] = {
#embed "../../zoo/resnext101_64x4d.yaml"
};
static const unsigned char zoo_resnext50_32x4d_yaml[] = {
#embed "../../zoo/resnext50_32x4d.yaml"
};
static const unsigned char zoo_shufflenet_v2_x0_5_yaml[] = {
#embed "../../zoo/shufflenet_v2_x0_5.yaml"
};
static const unsigned char zoo_shufflenet_v2_x1_0_yaml[] = {
#embed "../../zoo/shufflenet_v2_x1_0.yaml"
};
static const unsigned char zoo_shufflenet_v2_x1_5_yaml[] = {
#embed "../../zoo/shufflenet_v2_x1_5.yaml"
};
static const unsigned char zoo_shufflenet_v2_x2_0_yaml[] = {
#embed "../../zoo/shufflenet_v2_x2_0.yaml"
};
static const unsigned char zoo_squeezenet1_0_caffe_yaml[] = {
#embed "../../zoo/squeezenet1_0-caffe.yaml"
};
static const unsigned char zoo_squeezenet1_0_yaml[] = {
#embed "../../zoo/squeezenet1_0.yaml"
};
static const unsigned char zoo_squeezenet1_1_yaml[] = {
#embed "../../zoo/squeezenet1_1.yaml"
};
static const unsigned char zoo_vgg11_bn_yaml[] = {
#embed "../../zoo/vgg11-bn.yaml"
};
static const unsigned char zoo_vgg11_yaml[] = {
#embed "../../zoo/vgg11.yaml"
};
static const unsigned char zoo_vgg13_bn_yaml[] = {
#embed "../../zoo/vgg13-bn.yaml"
};
static const unsigned char zoo_vgg13_yaml[] = {
#embed "../../zoo/vgg13.yaml"
};
static const unsigned char zoo_vgg16_bn_yaml[] = {
#embed "../../zoo/vgg16-bn.yaml"
};
static const unsigned char zoo_vgg16_yaml[] = {
#embed "../../zoo/vgg16.yaml"
};
static const unsigned char zoo_vgg19_bn_yaml[] = {
#embed "../../zoo/vgg19-bn.yaml"
};
static const unsigned char zoo_vgg19_yaml[] = {
#embed "../../zoo/vgg19.yaml"
};
static const unsigned char zoo_weights_lenet_digits_zoow[] = {
#embed "../../zoo/weights/lenet-digits.zoow"
};
static const unsigned char zoo_wide_resnet101_2_yaml[] = {
#embed "../../zoo/wide_resnet101_2.yaml"
};
static const unsigned char zoo_wide_resnet50_2_yaml[] = {
#embed "../../zoo/wide_resnet50_2.yaml"
};
static const unsigned char zoo_zfnet_wide_yaml[] = {
#embed "../../zoo/zfnet-wide.yaml"
};
static const unsigned char zoo_zfnet_yaml[] = {
#embed "../../zoo/zfnet.yaml"
};

#define FILE(path, bytes) {path, bytes, sizeof(bytes)}

static const zoo_catalogue_file files[] = {
  FILE("Schemas/model.schema.json", schemas_model_schema_json),
  FILE("zoo/alexnet-caffe.yaml", zoo_alexnet_caffe_yaml),
  FILE("zoo/alexnet.yaml", zoo_alexnet_yaml),
  FILE("zoo/cifar-small.yaml", zoo_cifar_small_yaml),
  FILE("zoo/convnext_base.yaml", zoo_convnext_base_yaml),
  FILE("zoo/convnext_large.yaml", zoo_convnext_large_yaml),
  FILE("zoo/convnext_small.yaml", zoo_convnext_small_yaml),
  FILE("zoo/convnext_tiny.yaml", zoo_convnext_tiny_yaml),
  FILE("zoo/crepe-tiny.yaml", zoo_crepe_tiny_yaml),
  FILE("zoo/crepe.yaml", zoo_crepe_yaml),
  FILE("zoo/darknet-reference.yaml", zoo_darknet_reference_yaml),
  FILE("zoo/darknet-tiny.yaml", zoo_darknet_tiny_yaml),
  FILE("zoo/darknet19.yaml", zoo_darknet19_yaml),
  FILE("zoo/darknet53.yaml", zoo_darknet53_yaml),
  FILE("zoo/densenet121.yaml", zoo_densenet121_yaml),
  FILE("zoo/densenet161.yaml", zoo_densenet161_yaml),
  FILE("zoo/densenet169.yaml", zoo_densenet169_yaml),
  FILE("zoo/densenet201.yaml", zoo_densenet201_yaml),
  FILE("zoo/efficientnet_b0.yaml", zoo_efficientnet_b0_yaml),
  FILE("zoo/efficientnet_b1.yaml", zoo_efficientnet_b1_yaml),
  FILE("zoo/efficientnet_b2.yaml", zoo_efficientnet_b2_yaml),
  FILE("zoo/efficientnet_b3.yaml", zoo_efficientnet_b3_yaml),
  FILE("zoo/efficientnet_b4.yaml", zoo_efficientnet_b4_yaml),
  FILE("zoo/efficientnet_b5.yaml", zoo_efficientnet_b5_yaml),
  FILE("zoo/efficientnet_b6.yaml", zoo_efficientnet_b6_yaml),
  FILE("zoo/efficientnet_b7.yaml", zoo_efficientnet_b7_yaml),
  FILE("zoo/efficientnet_v2_l.yaml", zoo_efficientnet_v2_l_yaml),
  FILE("zoo/efficientnet_v2_m.yaml", zoo_efficientnet_v2_m_yaml),
  FILE("zoo/efficientnet_v2_s.yaml", zoo_efficientnet_v2_s_yaml),
  FILE("zoo/googlenet-caffe.yaml", zoo_googlenet_caffe_yaml),
  FILE("zoo/googlenet.yaml", zoo_googlenet_yaml),
  FILE("zoo/inception_v3.yaml", zoo_inception_v3_yaml),
  FILE("zoo/labels/cifar-10.tsv", zoo_labels_cifar_10_tsv),
  FILE("zoo/labels/digits.tsv", zoo_labels_digits_tsv),
  FILE("zoo/labels/imagenet-1k.tsv", zoo_labels_imagenet_1k_tsv),
  FILE("zoo/lenet-digits.yaml", zoo_lenet_digits_yaml),
  FILE("zoo/lenet.yaml", zoo_lenet_yaml),
  FILE("zoo/lenet5.yaml", zoo_lenet5_yaml),
  FILE("zoo/linear-classifier.yaml", zoo_linear_classifier_yaml),
  FILE("zoo/mnasnet0_5.yaml", zoo_mnasnet0_5_yaml),
  FILE("zoo/mnasnet0_75.yaml", zoo_mnasnet0_75_yaml),
  FILE("zoo/mnasnet1_0.yaml", zoo_mnasnet1_0_yaml),
  FILE("zoo/mnasnet1_3.yaml", zoo_mnasnet1_3_yaml),
  FILE("zoo/mobilenet_v2.yaml", zoo_mobilenet_v2_yaml),
  FILE("zoo/mobilenet_v3_large.yaml", zoo_mobilenet_v3_large_yaml),
  FILE("zoo/mobilenet_v3_small.yaml", zoo_mobilenet_v3_small_yaml),
  FILE("zoo/mtcnn-onet.yaml", zoo_mtcnn_onet_yaml),
  FILE("zoo/mtcnn-pnet.yaml", zoo_mtcnn_pnet_yaml),
  FILE("zoo/mtcnn-rnet.yaml", zoo_mtcnn_rnet_yaml),
  FILE("zoo/regnet_x_16gf.yaml", zoo_regnet_x_16gf_yaml),
  FILE("zoo/regnet_x_1_6gf.yaml", zoo_regnet_x_1_6gf_yaml),
  FILE("zoo/regnet_x_32gf.yaml", zoo_regnet_x_32gf_yaml),
  FILE("zoo/regnet_x_3_2gf.yaml", zoo_regnet_x_3_2gf_yaml),
  FILE("zoo/regnet_x_400mf.yaml", zoo_regnet_x_400mf_yaml),
  FILE("zoo/regnet_x_800mf.yaml", zoo_regnet_x_800mf_yaml),
  FILE("zoo/regnet_x_8gf.yaml", zoo_regnet_x_8gf_yaml),
  FILE("zoo/regnet_y_128gf-swag.yaml", zoo_regnet_y_128gf_swag_yaml),
  FILE("zoo/regnet_y_128gf.yaml", zoo_regnet_y_128gf_yaml),
  FILE("zoo/regnet_y_16gf-swag.yaml", zoo_regnet_y_16gf_swag_yaml),
  FILE("zoo/regnet_y_16gf.yaml", zoo_regnet_y_16gf_yaml),
  FILE("zoo/regnet_y_1_6gf.yaml", zoo_regnet_y_1_6gf_yaml),
  FILE("zoo/regnet_y_32gf-swag.yaml", zoo_regnet_y_32gf_swag_yaml),
  FILE("zoo/regnet_y_32gf.yaml", zoo_regnet_y_32gf_yaml),
  FILE("zoo/regnet_y_3_2gf.yaml", zoo_regnet_y_3_2gf_yaml),
  FILE("zoo/regnet_y_400mf.yaml", zoo_regnet_y_400mf_yaml),
  FILE("zoo/regnet_y_800mf.yaml", zoo_regnet_y_800mf_yaml),
  FILE("zoo/regnet_y_8gf.yaml", zoo_regnet_y_8gf_yaml),
  FILE("zoo/resnet101.yaml", zoo_resnet101_yaml),
  FILE("zoo/resnet110.yaml", zoo_resnet110_yaml),
  FILE("zoo/resnet152.yaml", zoo_resnet152_yaml),
  FILE("zoo/resnet18.yaml", zoo_resnet18_yaml),
  FILE("zoo/resnet20.yaml", zoo_resnet20_yaml),
  FILE("zoo/resnet32.yaml", zoo_resnet32_yaml),
  FILE("zoo/resnet34.yaml", zoo_resnet34_yaml),
  FILE("zoo/resnet44.yaml", zoo_resnet44_yaml),
  FILE("zoo/resnet50-v1.yaml", zoo_resnet50_v1_yaml),
  FILE("zoo/resnet50.yaml", zoo_resnet50_yaml),
  FILE("zoo/resnet56.yaml", zoo_resnet56_yaml),
  FILE("zoo/resnext101_32x8d.yaml", zoo_resnext101_32x8d_yaml),
  FILE("zoo/resnext101_64x4d.yaml", zoo_resnext101_64x4d_yaml),
  FILE("zoo/resnext50_32x4d.yaml", zoo_resnext50_32x4d_yaml),
  FILE("zoo/shufflenet_v2_x0_5.yaml", zoo_shufflenet_v2_x0_5_yaml),
  FILE("zoo/shufflenet_v2_x1_0.yaml", zoo_shufflenet_v2_x1_0_yaml),
  FILE("zoo/shufflenet_v2_x1_5.yaml", zoo_shufflenet_v2_x1_5_yaml),
  FILE("zoo/shufflenet_v2_x2_0.yaml", zoo_shufflenet_v2_x2_0_yaml),
  FILE("zoo/squeezenet1_0-caffe.yaml", zoo_squeezenet1_0_caffe_yaml),
  FILE("zoo/squeezenet1_0.yaml", zoo_squeezenet1_0_yaml),
  FILE("zoo/squeezenet1_1.yaml", zoo_squeezenet1_1_yaml),
  FILE("zoo/vgg11-bn.yaml", zoo_vgg11_bn_yaml),
  FILE("zoo/vgg11.yaml", zoo_vgg11_yaml),
  FILE("zoo/vgg13-bn.yaml", zoo_vgg13_bn_yaml),
  FILE("zoo/vgg13.yaml", zoo_vgg13_yaml),
  FILE("zoo/vgg16-bn.yaml", zoo_vgg16_bn_yaml),
  FILE("zoo/vgg16.yaml", zoo_vgg16_yaml),
  FILE("zoo/vgg19-bn.yaml", zoo_vgg19_bn_yaml),
  FILE("zoo/vgg19.yaml", zoo_vgg19_yaml),
  FILE("zoo/weights/lenet-digits.zoow", zoo_weights_lenet_digits_zoow),
  FILE("zoo/wide_resnet101_2.yaml", zoo_wide_resnet101_2_yaml),
  FILE("zoo/wide_resnet50_2.yaml", zoo_wide_resnet50_2_yaml),
  FILE("zoo/zfnet-wide.yaml", zoo_zfnet_wide_yaml),
  FILE("zoo/zfnet.yaml", zoo_zfnet_yaml),
};

const zoo_catalogue_file *zoo_catalogue_files(size_t *count) {
  *count = sizeof(files) / sizeof(files[0]);
  return files;
}
