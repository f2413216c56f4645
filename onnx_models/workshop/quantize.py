"""Weights in fewer bits: each block of 32 numbers of a column shares a scale.

Done by ONNX Runtime's own quantizer; the matrices become `MatMulNBits`, whose sums are 8-bit
products (accuracy level 4). Tables, norms and the speller stay as they are: they are small.
"""

import logging

import onnx

BLOCK = 32


def quantized(model: onnx.ModelProto, bits: int) -> onnx.ModelProto:
    """Return the model with the weights of its matrices in 4 or 8 bits."""
    from onnxruntime.quantization.matmul_nbits_quantizer import (
        DefaultWeightOnlyQuantConfig,
        MatMulNBitsQuantizer,
    )

    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.ERROR)
    how = DefaultWeightOnlyQuantConfig(
        block_size=BLOCK, is_symmetric=True, accuracy_level=4, bits=bits
    )
    work = MatMulNBitsQuantizer(model, algo_config=how)
    work.process()
    found: onnx.ModelProto = work.model.model
    return found
