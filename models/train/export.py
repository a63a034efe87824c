# SPDX-License-Identifier: MIT
"""Writes and reads safetensors files: same input, same bytes.

Layout: u64 little-endian length of the header | header (JSON, padded with spaces to 8 bytes) | data.
"""
import json
import os
import struct

import numpy as np

from degrade import MAX_SIGMA, MOSAIC_SIGMA

_TYPES = {"F32": np.float32, "F16": np.float16}


def compact_json(value):
    """JSON text with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def write_safetensors(path, tensors, metadata, stored="F32"):
    """Writes arrays by name as F32 or F16, in name order, with string metadata; atomically."""
    kind = _TYPES[stored]
    arrays = {name: np.ascontiguousarray(tensors[name], kind) for name in sorted(tensors)}
    header, offset = {"__metadata__": {key: metadata[key] for key in sorted(metadata)}}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": stored, "shape": list(np.shape(tensors[name])),
                        "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    partial = f"{path}.partial"
    with open(partial, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in arrays.values():
            file.write(array.tobytes())
    os.replace(partial, path)


def read_safetensors(path):
    """(tensors by name, metadata) of a file written by write_safetensors."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + length])
    metadata = header.pop("__metadata__", {})
    body = memoryview(content)[8 + length:]
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = np.frombuffer(body[begin:end], _TYPES[entry["dtype"]])
        tensors[name] = array.reshape(entry["shape"])
    return tensors, metadata


def write_checkpoint(path, state, config, steps):
    """A checkpoint of a network state (names to tensors) trained by a configuration."""
    training = {"data": config["data"], "seed": config["seed"], "steps": steps,
                "optimiser": config.get("optimiser", "adam"),
                "batch": config["batch"], "patch": config["patch"], "loss": config.get("loss", "l1"),
                "learning_rate": config["learning_rate"]}
    told = ("patches", "reduced", "flat", "gratings", "drawings", "saturated", "bordered", "teacher",
            "teacher_share", "from")
    training |= {key: config[key] for key in told if key in config}
    metadata = {"tessera.architecture": compact_json(config["architecture"]),
                "tessera.license": config.get("license", "MIT"),
                "tessera.task": config["task"],
                "tessera.title": config["title"],
                "tessera.training": compact_json(training)}
    largest = {"noise": MAX_SIGMA, "noisy_bayer": MOSAIC_SIGMA}.get(
        config["architecture"]["observation"])
    if largest is not None:  # in 8-bit units
        levels = [config["sigma"]] * 2 if config.get("sigma") else [0, int(largest)]
        metadata["tessera.sigma_range"] = compact_json(levels)
    arrays = {name: tensor.cpu().numpy() for name, tensor in state.items()}
    write_safetensors(path, arrays, metadata)
