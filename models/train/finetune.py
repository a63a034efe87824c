# SPDX-License-Identifier: MIT
"""Trains a finished checkpoint a little longer: a fused one, or its parents as a fair comparison.

    finetune.py --from fused.safetensors --config configs/demosaic.json --minutes 2 --data DIR --state DIR

Patches, batch and seed are those of the configuration; the architecture is the checkpoint's. The
learning rate starts at a tenth of the configuration's and falls by the same schedule, so that arms
that start from different checkpoints differ in nothing else. Interrupted, the same command goes on.
"""
import argparse
import json
import pathlib
import time

import torch

from networks import network_from_checkpoint
from train import Training, run

RATE_SHARE = 0.1  # of the training's peak learning rate


def configuration(path, changes, source, minutes, rate_share):
    """The training's configuration with some keys changed, for this checkpoint and this long."""
    with open(path, encoding="utf-8") as file:
        config = json.load(file) | changes
    network, metadata = network_from_checkpoint(source)
    architecture = json.loads(metadata["tessera.architecture"])
    for key in ("name", "observation", "channels"):
        if architecture[key] != config["architecture"][key]:
            raise SystemExit(f"{source}: {key} is {architecture[key]}, the configuration trains "
                             f"{config['architecture'][key]}")
    title = metadata.get("tessera.title", pathlib.Path(source).stem)
    before = json.loads(metadata.get("tessera.training", "{}"))
    return network, config | {
        "architecture": architecture, "minutes": minutes,
        "title": changes.get("title", f"{title}, fine-tuned"),
        "license": metadata.get("tessera.license", "MIT"),
        "from": {"title": title} | {key: before[key] for key in ("steps", "from") if key in before},
        "learning_rate": rate_share * config["learning_rate"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="source", required=True, help="checkpoint to start from")
    parser.add_argument("--config", required=True, help="JSON file of the training")
    parser.add_argument("--minutes", type=float, required=True, help="of processor time")
    parser.add_argument("--set", default="{}", help="JSON object that overrides the configuration")
    parser.add_argument("--rate-share", type=float, default=RATE_SHARE,
                        help="peak learning rate, as a share of the training's")
    parser.add_argument("--data", required=True, help="folder with bsd432, photos and sun80")
    parser.add_argument("--state", required=True, help="folder for state, log and checkpoint")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    if (pathlib.Path(arguments.state) / "finished").exists():
        print("already finished")
        return
    torch.set_num_threads(arguments.threads)
    network, config = configuration(arguments.config, json.loads(arguments.set), arguments.source,
                                    arguments.minutes, arguments.rate_share)
    training = Training(config, arguments.data, arguments.state)
    if training.steps == 0:
        training.network.load_state_dict(network.state_dict())
        training.average.load_state_dict(network.state_dict())
    print(f"before: {training.validate():.3f} dB", flush=True)
    run(training, time.monotonic if training.device == "cuda" else time.process_time)


if __name__ == "__main__":
    main()
