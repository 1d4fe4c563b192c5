#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a LLaMA of 1.1 billion random bfloat16 weights (2.2 GB) in shards, with a short input.   usage: large_llama.py FOLDER"""
import json
import os
import random
import struct
import sys

HIDDEN, INTERMEDIATE, LAYERS, HEADS, GROUPS, VOCABULARY = 2048, 5632, 22, 32, 4, 32000
SHARD = 500 * 10**6  # bytes


def shapes():
    keys = HIDDEN * GROUPS // HEADS
    yield 'model.embed_tokens.weight', (VOCABULARY, HIDDEN)
    for layer in range(LAYERS):
        prefix = f'model.layers.{layer}.'
        for name, shape in (('self_attn.q_proj', (HIDDEN, HIDDEN)), ('self_attn.k_proj', (keys, HIDDEN)), ('self_attn.v_proj', (keys, HIDDEN)),
                            ('self_attn.o_proj', (HIDDEN, HIDDEN)), ('mlp.gate_proj', (INTERMEDIATE, HIDDEN)), ('mlp.up_proj', (INTERMEDIATE, HIDDEN)),
                            ('mlp.down_proj', (HIDDEN, INTERMEDIATE)), ('input_layernorm', (HIDDEN,)), ('post_attention_layernorm', (HIDDEN,))):
            yield prefix + name + '.weight', shape
    yield 'model.norm.weight', (HIDDEN,)
    yield 'lm_head.weight', (VOCABULARY, HIDDEN)


def count(shape):
    return shape[0] * (shape[1] if len(shape) > 1 else 1)


def write(path, tensors, dtype, width, fill):
    header, offset = {}, 0
    for name, shape in tensors:
        header[name] = {'dtype': dtype, 'shape': shape, 'data_offsets': [offset, offset + width * count(shape)]}
        offset += width * count(shape)
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text)
        for _, shape in tensors:
            fill(file, count(shape))


def bfloat16s(generator):
    """Numbers of 0.008 to 0.03 and either sign: the second byte of each is its sign and exponent."""
    block = bytearray(generator.randbytes(2 << 20))
    block[1::2] = bytes(0x3c | byte & 0x80 for byte in block[1::2])

    def fill(file, numbers):
        for begin in range(0, 2 * numbers, len(block)):
            file.write(block[:min(len(block), 2 * numbers - begin)])
    return fill


def main(folder):
    generator = random.Random(1)
    os.makedirs(folder)
    config = {'architectures': ['LlamaForCausalLM'], 'model_type': 'llama', 'hidden_size': HIDDEN, 'intermediate_size': INTERMEDIATE,
              'num_hidden_layers': LAYERS, 'num_attention_heads': HEADS, 'num_key_value_heads': GROUPS, 'vocab_size': VOCABULARY,
              'max_position_embeddings': 2048, 'rms_norm_eps': 1e-5, 'hidden_act': 'silu', 'bos_token_id': 1, 'eos_token_id': 2,
              'tie_word_embeddings': False, 'torch_dtype': 'bfloat16'}
    with open(folder + '/config.json', 'w') as file:
        json.dump(config, file, indent=1)
    shards, size = [[]], 0
    for name, shape in shapes():
        if size > SHARD:
            shards.append([])
            size = 0
        shards[-1].append((name, shape))
        size += 2 * count(shape)
    names = {}
    for i, tensors in enumerate(shards):
        file = f'model-{i + 1:05}-of-{len(shards):05}.safetensors'
        write(f'{folder}/{file}', tensors, 'BF16', 2, bfloat16s(generator))
        names.update({name: file for name, _ in tensors})
    with open(folder + '/model.safetensors.index.json', 'w') as file:
        json.dump({'metadata': {}, 'weight_map': names}, file)
    write(folder + '/inputs.safetensors', [('input_ids', (1, 16))], 'I64', 8, lambda file, n: file.write(struct.pack(f'<{n}q', *range(1, n + 1))))


main(sys.argv[1])
