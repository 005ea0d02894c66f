"""Makes the Keras fixtures: small models with random weights, and what Keras 3 computes with them.

Needs numpy, h5py and Keras 3 with any backend (3.15 with PyTorch was used): KERAS_BACKEND=torch python3 make_keras.py [NAME…]
one-tensor.h5 is a file of weights that no model has. Each other NAME.keras or NAME.h5 has a NAME.npz beside it with `input`, channels first, and `output`, as zoo has it.
"""

import pathlib
import sys
import zipfile

import h5py
import keras
import numpy
from keras import layers
from keras.src.applications import convnext

here = pathlib.Path(__file__).parent
random = numpy.random.default_rng(7)


def deflate(path):
    """Keras stores what hardly shrinks in a real model; here most of it is empty."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def write(model, name, formats):
    for weight in model.weights:
        if "count" in weight.name or "seed" in weight.name:
            continue
        values = random.normal(0, 0.3, weight.shape).astype("float32")
        weight.assign(numpy.abs(values) + 0.5 if "variance" in weight.name else values)
    image = random.normal(0, 1, (2,) + model.input_shape[1:]).astype("float32")
    output = numpy.asarray(keras.ops.convert_to_numpy(model(image, training=False)))
    is_last = all(getattr(layer, "data_format", "channels_last") == "channels_last" for layer in model.layers)
    if output.ndim == 4 and is_last:
        output = output.transpose(0, 3, 1, 2)
    if image.ndim == 4 and is_last:
        image = image.transpose(0, 3, 1, 2)
    for suffix in formats:
        path = here / f"{name}.{suffix}"
        path.unlink(missing_ok=True)
        model.save(path, include_optimizer=False)
        if suffix == "keras":
            deflate(path)
    numpy.savez(here / f"{name}.npz", input=image, output=output)


def functional():
    image = keras.Input((9, 8, 3), name="image")
    x = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="stem")(image)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.PReLU(shared_axes=[1, 2], name="prelu")(x)
    y = layers.SeparableConv2D(6, 3, padding="same", depth_multiplier=2, activation="relu", name="separable")(x)
    y = layers.MaxPooling2D(3, strides=2, padding="same")(y)
    z = layers.DepthwiseConv2D((3, 2), strides=2, padding="same", name="depthwise")(x)
    z = layers.Conv2D(6, 1, groups=2, activation="hard_sigmoid", name="groups")(z)
    block = keras.Sequential(
        [keras.Input((3, 2, 6)), layers.Conv2D(6, 1, name="conv"), layers.BatchNormalization(scale=False, name="norm"),
         layers.LeakyReLU(negative_slope=0.1)], name="block")
    x = layers.Add()([y, block(z)])
    gate = layers.GlobalAveragePooling2D()(x)
    gate = layers.Reshape((1, 1, 6))(gate)
    gate = layers.Dense(3, activation="silu", name="reduce")(gate)
    gate = layers.Conv2D(6, 1, activation="sigmoid", name="expand")(gate)
    x = layers.Multiply()([x, gate])
    x = layers.SpatialDropout2D(0.2)(x)
    one = layers.Flatten(name="flat")(x)
    two = layers.GlobalMaxPooling2D()(x)
    x = layers.Concatenate()([one, two])
    x = layers.BatchNormalization(center=False, name="vector_norm")(x)
    x = layers.Dense(7, activation="gelu", name="hidden")(x)
    x = layers.Dropout(0.5)(x)
    return keras.Model(image, layers.Dense(5, activation="softmax", name="answer")(x), name="functional")


def sequential():
    return keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Normalization(name="adapted"),
            layers.ZeroPadding2D(((1, 0), (0, 2))),
            layers.Conv2D(4, 3, dilation_rate=2, name="dilated"),
            layers.LayerNormalization(name="layer_norm"),
            layers.ReLU(max_value=6),
            layers.UpSampling2D(2),
            layers.AveragePooling2D(3, strides=2, padding="same"),
            layers.Conv2DTranspose(3, 3, strides=2, padding="same", name="up"),
            layers.GroupNormalization(groups=3, name="group_norm"),
            layers.ELU(),
            layers.Conv2DTranspose(2, 2, strides=3, name="apart"),
            layers.UpSampling2D(2, interpolation="bilinear"),
            layers.Activation("tanh"),
        ],
        name="sequential",
    )


def operators():
    """What joins values beside sums and products, Python's operators, and the layers of ConvNeXt's own."""
    image = keras.Input((5, 6, 4), name="image")
    one = layers.Conv2D(4, 3, padding="same", activation="selu", name="one")(image)
    two = layers.Conv2D(4, 1, name="two")(image)
    x = layers.Average(name="average")([one, two, image])
    x = layers.Maximum(name="maximum")([x, two])
    x = layers.Subtract(name="difference")([x, layers.Minimum(name="minimum")([one, two, image])])
    x = layers.ReLU(6.0, name="limit")(x + 3.0) * (1.0 / 6.0)
    x = 2.0 - x / 4.0
    x = (x - 0.5) + image
    y = convnext.LayerScale(1e-6, 4, name="layer_scale")(layers.Activation("selu", name="selu")(x))
    x = x * convnext.StochasticDepth(0.1, name="depth")(y)
    x = layers.Flatten(name="flat")(x)
    return keras.Model(image, layers.Dense(3, name="answer")(1.0 + x), name="operators")


def channels_first():
    """Flatten puts the channels last where its own format says that they came first, and Reshape does not."""
    first = {"data_format": "channels_first"}
    image = keras.Input((3, 5, 4), name="image")
    x = layers.Conv2D(4, 3, padding="same", activation="relu", name="conv", **first)(image)
    x = layers.BatchNormalization(axis=1, name="norm")(x)
    x = layers.PReLU(shared_axes=[2, 3], name="prelu")(x)
    y = layers.DepthwiseConv2D(2, name="depthwise", **first)(x)
    z = layers.MaxPooling2D(2, padding="same", **first)(x)
    vectors = [
        layers.Flatten(name="turned", **first)(y), layers.Flatten(data_format="channels_last", name="plain")(x),
        layers.Reshape((-1,), name="reshaped")(z), layers.GlobalMaxPooling2D(**first)(x)]
    return keras.Model(image, layers.Dense(3, name="answer")(layers.Concatenate()(vectors)), name="channels-first")


makers = {
    "functional": functional, "sequential": sequential, "operators": operators, "channels-first": channels_first}
for name in sys.argv[1:] or makers:
    write(makers[name](), name, ["keras", "h5"])
with h5py.File(here / "one-tensor.h5", "w") as file:
    file.create_dataset("x", data=numpy.ones(1, "float32"))
