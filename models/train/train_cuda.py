# SPDX-License-Identifier: MIT
"""Trains one network on a CUDA device for a given time: the same configurations and files as train.py.

    train_cuda.py --config configs/demosaic.json --data DIR --state DIR --seconds 100

Patches are drawn on the device (device_patches.py), the network is compiled, and a whole step, from
the patches to the averaged weights, is captured as one CUDA graph and replayed. `--from` starts from a
checkpoint, `--lock FILE` waits until no other run that was given the same file is training. Without a
CUDA device it runs uncompiled on the processor, for trying it out.
"""
import argparse
import copy
import fcntl
import json
import math
import pathlib
import time
import traceback

import torch

import device_patches
from data import held_back_crops
from export import write_checkpoint
from finetune import configuration
from losses import loss_of
from networks import network_from_architecture, parameter_count
from optimiser import Optimiser
from train import (BROKEN_AFTER, EMA_DECAY, LARGEST_NORM, SPIKE, SPIKE_FREE_STEPS, VALIDATION_CROP,
                   learning_rate, psnr, restored_crops)

WARM_UP_STEPS = 5  # before the capture, not counted
SYNCHRONISE_STEPS = 16
KEEP_STEPS = 256  # between copies of good weights, a multiple of SYNCHRONISE_STEPS
BROKEN = 1.5  # a running mean loss this many times the best one
# Keys of a configuration that only train.py knows.
NOT_HERE = ("patches", "sigma", "flat", "gratings", "drawings", "bordered", "teacher")
NO_SPIKE = 1e9  # a limit that no loss reaches
SLOWER = 0.7  # the learning rate after going back, as a share of what it was


def multiply_all(tensors, factor):
    """In place, by a tensor of one element; one kernel where the device allows."""
    torch._foreach_mul_(tensors, factor if factor.is_cuda else [factor] * len(tensors))


class Step:
    """One optimiser step without any read-back, so that it can be captured."""

    def __init__(self, config, data_root, network):
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.config, architecture = config, config["architecture"]
        torch.manual_seed(config["seed"])
        network = (network or network_from_architecture(architecture)).train()
        self.network = network.to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).eval()
        if self.device == "cuda" and hasattr(self.network, "stream_type"):
            self.network.stream_type = torch.bfloat16
        self.optimiser = Optimiser(self.network, config.get("optimiser", "adam"),
                                   on_device=self.device == "cuda")
        self.patches = device_patches.DevicePatches(
            data_root, architecture["observation"], config["patch"], config["batch"],
            architecture["channels"], self.device, config["data"], config.get("reduced", 0.0),
            config.get("saturated", 0.0))
        self.parameters = list(self.network.parameters())
        self.averages = list(self.average.parameters())
        self.buffers = list(zip(self.average.buffers(), self.network.buffers()))
        zero = torch.zeros((), device=self.device)
        self.loss, self.mean_loss, self.norm = zero.clone(), zero + 1.0, zero + 1.0
        self.share, self.spike = zero.clone(), zero + NO_SPIKE
        self.left_out = zero.clone()  # batches in a row that were not learned from
        self.restore = self.network

    def compile(self):
        self.restore = torch.compile(self.network)

    def __call__(self):
        truth, samples, mask = self.patches.draw()
        with torch.autocast(self.device, dtype=torch.bfloat16):
            restored = self.restore(samples, mask)
        loss = loss_of(restored.float(), truth, self.config.get("loss", "l1"))
        loss.backward()
        with torch.no_grad():
            self._learn(loss.detach())

    def _learn(self, loss):
        """Clipped gradients, none from a batch whose loss is far above the mean; then the average."""
        gradients = [parameter.grad for parameter in self.parameters]
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        limit = LARGEST_NORM * self.norm
        usual = (loss < self.spike * self.mean_loss) & norm.isfinite()
        factor = torch.where(usual, (limit / norm).clamp(max=1), torch.zeros_like(norm))
        self.norm.lerp_(torch.where(usual, torch.minimum(norm, limit), self.norm), 0.02)
        self.mean_loss.lerp_(torch.where(usual, loss, self.mean_loss), 0.01)
        self.left_out.copy_(torch.where(usual, torch.zeros_like(loss), self.left_out + 1))
        self.loss.copy_(loss)
        for gradient in gradients:
            gradient.nan_to_num_(0, 0, 0)  # zero times infinity would be a step
        multiply_all(gradients, factor)
        self.optimiser.step()
        moves = torch._foreach_sub(self.parameters, self.averages)
        multiply_all(moves, self.share)
        torch._foreach_add_(self.averages, moves)
        for kept, new in self.buffers:
            kept.copy_(new)

    def forget_gradients(self):
        for parameter in self.parameters:
            parameter.grad = None

    def state(self):
        return copy.deepcopy([value.detach() for value in self._kept()])

    @torch.no_grad()
    def load(self, state):
        for kept, saved in zip(self._kept(), state):
            kept.copy_(saved)

    def _kept(self):
        return (*self.parameters, *self.averages, *(value for pair in self.buffers for value in pair))


def warmed_up(step):
    """A few steps beside the default stream, as a capture wants them to have been."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP_STEPS):
            step.forget_gradients()
            step()
    torch.cuda.current_stream().wait_stream(stream)
    torch.cuda.synchronize()
    step.forget_gradients()


def captured(step):
    """(function that makes one step, how): compiled and captured as far as the device allows."""
    def plain():
        step.forget_gradients()
        step()

    if step.device == "cpu":
        return plain, "plain"
    how = "compiled"
    try:
        step.compile()
        warmed_up(step)
    except Exception:  # whatever a compiler throws; the plain network does the same
        traceback.print_exc()
        how, step.restore = "plain", step.network
        warmed_up(step)
    try:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()
        return graph.replay, f"{how}, captured"
    except Exception:
        traceback.print_exc()
        return plain, how


class Run:
    """Replays steps until the time is used up; logs, undoes a broken stretch, writes checkpoints."""

    def __init__(self, step, state_dir, seconds, logs, data_root):
        self.step, self.dir, self.seconds, self.logs = step, state_dir, seconds, logs
        architecture = step.config["architecture"]
        self.held_back = held_back_crops(data_root, architecture["observation"], VALIDATION_CROP,
                                         architecture["channels"])
        self.steps, self.kept, self.best_loss, self.rate_share = 0, [], math.inf, 1.0

    def train(self, replay):
        start, logged = time.monotonic(), 0
        while (progress := (time.monotonic() - start) / self.seconds) < 1:
            rate = learning_rate(progress, self.step.config["learning_rate"])
            self.step.optimiser.set_rate(rate * self.rate_share)
            decay = min(EMA_DECAY, (1 + self.steps) / (10 + self.steps))
            self.step.share.fill_(1 - decay)
            self.step.spike.fill_(SPIKE if self.steps > SPIKE_FREE_STEPS else NO_SPIKE)
            replay()
            self.steps += 1
            if self.steps % SYNCHRONISE_STEPS == 0:
                self._watch()
            if progress * self.logs > logged + 1:
                logged += 1
                pause = time.monotonic()
                self.log(pause - start)
                start += time.monotonic() - pause  # validation is not training time
        if self.step.device == "cuda":
            torch.cuda.synchronize()
        self.log(time.monotonic() - start)

    def _watch(self):
        """Every so often: a copy of good weights; back to the last but one when they are broken."""
        loss = self.step.mean_loss.item()
        broken = not loss < BROKEN * self.best_loss or self.step.left_out.item() >= BROKEN_AFTER
        if broken and self.kept:
            print(f"step {self.steps}: loss {loss:.4f}, back to an earlier state", flush=True)
            self.step.load(self.kept[0])
            self.step.optimiser.forget()
            self.step.mean_loss.fill_(self.best_loss)
            self.step.left_out.zero_()
            self.rate_share *= SLOWER
        elif not broken and self.steps % KEEP_STEPS == 0:
            self.kept = [*self.kept[-1:], self.step.state()]
            self.best_loss = min(self.best_loss, loss)

    def validate(self):
        truth, samples, mask = self.held_back
        torch.backends.cudnn.benchmark = False  # new shapes, a few times only
        restored = restored_crops(self.step.average, samples, mask, 20)
        torch.backends.cudnn.benchmark = True
        return psnr(restored, truth)

    def log(self, seconds):
        line = (f"{self.steps}\t{seconds / 60:.2f}\t{self.step.mean_loss.item():.5f}\t"
                f"{self.validate():.3f}\t{time.strftime('%H:%M:%S')}")
        print(line, flush=True)
        with open(self.dir / "log.tsv", "a", encoding="utf-8") as file:
            file.write(line + "\n")
        write_checkpoint(self.dir / "model.safetensors", self.step.average.state_dict(),
                         self.step.config, self.steps)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", required=True, help="JSON file of the run")
    parser.add_argument("--data", required=True, help="folder with bsd432, photos and sun80")
    parser.add_argument("--state", required=True, type=pathlib.Path, help="folder for log and checkpoint")
    parser.add_argument("--seconds", required=True, type=float, help="of training, after all set-up")
    parser.add_argument("--logs", type=int, default=6, help="how often to validate and save")
    parser.add_argument("--set", default="{}", help="JSON object that overrides the configuration")
    parser.add_argument("--from", dest="source", help="checkpoint to start from")
    parser.add_argument("--lock", help="train only while holding this file")
    arguments = parser.parse_args()
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.benchmark = True
    if arguments.source:
        network, config = configuration(arguments.config, json.loads(arguments.set), arguments.source,
                                        arguments.seconds / 60, 1.0)
    else:
        with open(arguments.config, encoding="utf-8") as file:
            network, config = None, json.load(file) | json.loads(arguments.set)
    if unknown := [key for key in NOT_HERE if key in config]:
        raise SystemExit(f"{arguments.config}: {', '.join(unknown)}: only train.py does that")
    arguments.state.mkdir(parents=True, exist_ok=True)
    (arguments.state / "log.tsv").write_text("", encoding="utf-8")  # an earlier run is written over
    began = time.monotonic()
    step = Step(config, arguments.data, network)
    run = Run(step, arguments.state, arguments.seconds, arguments.logs, arguments.data)
    print(f"{config['title']}: {parameter_count(step.network)} parameters", flush=True)
    before = step.state()
    replay, how = captured(step)
    step.load(before)
    step.optimiser.forget()
    lock = open(arguments.lock, "w", encoding="utf-8") if arguments.lock else None
    if lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
    print(f"{how} after {time.monotonic() - began:.0f} s", flush=True)
    run.train(replay)
    if step.device == "cuda":
        print(f"{torch.cuda.max_memory_reserved() / 2**30:.1f} GiB", flush=True)


if __name__ == "__main__":
    main()
