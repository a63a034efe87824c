# SPDX-License-Identifier: MIT
"""Trains one network: train.py --config configs/demosaic.json --data DIR --state DIR.

Interrupted at any time, the same command goes on from the last saved state. The length of the run is
given in minutes of processor time, so that a busy machine does not change the schedule; a file
`minutes` in the state folder overrides the configuration while the run goes on.
"""
import argparse
import copy
import json
import math
import os
import pathlib
import signal
import time

import numpy as np
import torch

from data import Patches, held_back_crops, with_border, without_border
from export import write_checkpoint
from losses import loss_of
from networks import network_from_architecture, network_from_checkpoint, parameter_count
from optimiser import Optimiser

EMA_DECAY = 0.999
WARM_UP = 0.02  # share of the run
LAST_RATE = 0.01  # of the peak learning rate
SAVE_SECONDS = 180.0
VALIDATION_CROP = 160
SPIKE = 4.0  # a loss this many times the running mean is not learned from
BROKEN_AFTER = 5  # spikes in a row
SPIKE_FREE_STEPS = 200
LARGEST_NORM = 2.5  # of a gradient, in running means of the norm
SNAPSHOT_STEPS = 100
MODELS = pathlib.Path(__file__).parent.parent


def learning_rate(progress, peak):
    """Linear warm-up, then a cosine down to LAST_RATE of the peak; progress in [0,1]."""
    if progress < WARM_UP:
        return peak * (0.02 + 0.98 * progress / WARM_UP)
    phase = (min(progress, 1.0) - WARM_UP) / (1 - WARM_UP)
    return peak * (LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * phase)))


def psnr(restored, truth):
    """Mean of per-image PSNR in dB over all channels after 8-bit rounding."""
    rounded = (restored.clamp(0, 1) * 255).round() / 255
    errors = (rounded - truth).square().mean((1, 2, 3)).clamp(min=1e-10)
    return (-10 * torch.log10(errors)).mean().item()


def teacher_of(config, device):
    """The shipped model that the configuration names as its teacher, or None."""
    if "teacher" not in config:
        return None
    network, _ = network_from_checkpoint(MODELS / config["teacher"] / "model.safetensors")
    return network.to(device, memory_format=torch.channels_last).eval().requires_grad_(False)


def restored_crops(network, samples, mask, at_once=4):
    """(M,C,H,W) on the processor, so many crops at a time, in full precision; the network may be elsewhere."""
    device = next(network.parameters()).device
    with torch.no_grad():
        return torch.cat([network(s.to(device), m.to(device)).cpu()
                          for s, m in zip(samples.split(at_once), mask.split(at_once))])


class Training:
    """The whole state of a run: network, average, optimiser, clocks."""

    def __init__(self, config, data_root, state_dir):
        self.config, self.state_dir = config, pathlib.Path(state_dir)
        self.state_dir.mkdir(parents=True, exist_ok=True)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.manual_seed(config["seed"])
        architecture = config["architecture"]
        self.network = network_from_architecture(architecture)
        self.network.to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).eval()
        self.teacher = teacher_of(config, self.device)
        self.optimiser = Optimiser(self.network, config.get("optimiser", "adam"))
        observation, channels = architecture["observation"], architecture["channels"]
        self.patches = Patches(data_root, observation, config["patch"], config["batch"], channels,
                               config["data"], config.get("patches"), config.get("sigma"),
                               config.get("reduced", 0.0), config.get("flat", 0.0),
                               config.get("saturated", 0.0), config.get("gratings", 0.0),
                               config.get("drawings", 0.0))
        self.held_back = held_back_crops(data_root, observation, VALIDATION_CROP, channels,
                                         sigma=config.get("sigma"))
        self.steps, self.seconds, self.loss, self.spikes = 0, 0.0, 0.0, 0
        self.norm, self.snapshots = 1.0, []
        self._resume()

    @property
    def progress(self):
        return self.seconds / (60.0 * self.minutes)

    @property
    def minutes(self):
        path = self.state_dir / "minutes"
        return float(path.read_text()) if path.exists() else self.config["minutes"]

    def step(self):
        """One optimiser step; the patches depend on seed and step number only."""
        generator = np.random.default_rng((self.config["seed"], self.steps))
        truth, samples, mask = (t.to(self.device) for t in self.patches.draw(generator))
        self.optimiser.set_rate(learning_rate(self.progress, self.config["learning_rate"]))
        bordered = generator.random() < self.config.get("bordered", 0.0)
        if bordered:
            observation = self.config["architecture"]["observation"]
            truth = without_border(truth)
            samples, mask = with_border(without_border(samples), without_border(mask), observation)
        with torch.autocast(self.device, dtype=torch.bfloat16):
            restored = self.network(samples, mask).float()
            taught = self.teacher(samples, mask).float() if self.teacher else None
        if bordered:
            restored = without_border(restored)
            taught = without_border(taught) if self.teacher else None
        loss = loss_of(restored, truth, self.config.get("loss", "l1"), taught,
                       self.config.get("teacher_share", 1.0))
        self.steps += 1
        if self._is_spike(loss.item()):
            self.spikes += 1
            if self.spikes == BROKEN_AFTER:
                self._go_back()
            return
        self.spikes = 0
        self.optimiser.zero_grad()
        loss.backward()
        limit = LARGEST_NORM * self.norm
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), limit).item()
        if math.isfinite(norm):
            self.norm += 0.02 * (min(norm, limit) - self.norm)
            self.optimiser.step()
            self._update_average()
        self.loss += 0.01 * (loss.item() - self.loss) if self.steps > 1 else loss.item()
        if self.steps % SNAPSHOT_STEPS == 0:
            self.snapshots = [*self.snapshots[-1:], copy.deepcopy(self._weights_and_moments())]

    def _weights_and_moments(self):
        return {"network": self.network.state_dict(), "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict()}

    def _is_spike(self, loss):
        """True for a loss far above the running mean (or not finite), which is logged."""
        if math.isfinite(loss) and (self.steps < SPIKE_FREE_STEPS or loss < SPIKE * self.loss):
            return False
        print(f"step {self.steps}: loss {loss:.4f}, running mean {self.loss:.4f}", flush=True)
        return True

    def _go_back(self):
        """So many spikes in a row: the weights are bad, not the batches. Back by 100 to 200 steps."""
        print(f"step {self.steps}: back to an earlier state", flush=True)
        if self.snapshots:
            self._load(self.snapshots[0])
        self.spikes = 0

    def _load(self, saved):
        self.network.load_state_dict(saved["network"])
        self.average.load_state_dict(saved["average"])
        self.optimiser.load_state_dict(saved["optimiser"])

    def _update_average(self):
        decay = min(EMA_DECAY, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for kept, new in zip(self.average.parameters(), self.network.parameters()):
                kept.lerp_(new, 1 - decay)
            for kept, new in zip(self.average.buffers(), self.network.buffers()):
                kept.copy_(new)

    def validate(self):
        """PSNR of the averaged network on the held-back crops, in full precision."""
        truth, samples, mask = self.held_back
        return psnr(restored_crops(self.average, samples, mask), truth)

    def log(self):
        value = self.validate()
        line = (f"{self.steps}\t{self.seconds / 60:.2f}\t{self.loss:.5f}\t{value:.3f}\t"
                f"{time.strftime('%H:%M:%S')}\n")
        with open(self.state_dir / "log.tsv", "a", encoding="utf-8") as file:
            file.write(line)
        print(line, end="", flush=True)

    def save(self):
        partial = self.state_dir / "state.partial"
        torch.save({**self._weights_and_moments(), "steps": self.steps, "seconds": self.seconds,
                    "loss": self.loss, "norm": self.norm, "spikes": self.spikes}, partial)
        os.replace(partial, self.state_dir / "state.pt")
        write_checkpoint(self.state_dir / "model.safetensors", self.average.state_dict(),
                         self.config, self.steps)

    def _resume(self):
        path = self.state_dir / "state.pt"
        if not path.exists():
            return
        saved = torch.load(path, map_location=self.device)
        self._load(saved)
        self.steps, self.seconds, self.loss = (saved[k] for k in ("steps", "seconds", "loss"))
        self.norm, self.spikes = saved.get("norm", 1.0), saved.get("spikes", 0)
        self.snapshots = [copy.deepcopy(self._weights_and_moments())]
        self._cut_log()

    def _cut_log(self):
        """Lines of steps after the state was saved go: they are done again."""
        path = self.state_dir / "log.tsv"
        if path.exists():
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = [line for line in lines if int(line.split("\t")[0]) <= self.steps]
            path.write_text("".join(kept), encoding="utf-8")


def run(training, clock):
    """Steps until the minutes are used up; saves and validates on the way."""
    interval = 60.0 * training.minutes / 16
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    next_log = training.seconds + min(60.0, interval)
    last_clock, last_save = clock(), time.monotonic()
    while training.progress < 1:
        training.step()
        if stopped:
            training.save()
            return
        now = clock()
        training.seconds, last_clock = training.seconds + now - last_clock, now
        if training.seconds >= next_log:
            training.log()
            last_clock = clock()  # validation is not training time, and takes a sixth of it at most
            next_log = training.seconds + max(interval, 6 * (last_clock - now))
        if time.monotonic() - last_save > SAVE_SECONDS:
            training.save()
            last_save = time.monotonic()
    training.log()
    training.save()
    (training.state_dir / "finished").write_text(f"{training.steps}\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True, help="JSON file of the run")
    parser.add_argument("--data", required=True, help="folder with bsd432, photos and sun80")
    parser.add_argument("--state", required=True, help="folder for state, log and checkpoint")
    parser.add_argument("--set", default="{}", help="JSON object that overrides the configuration")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with open(arguments.config, encoding="utf-8") as file:
        config = json.load(file) | json.loads(arguments.set)
    if (pathlib.Path(arguments.state) / "finished").exists():
        print("already finished")
        return
    training = Training(config, arguments.data, arguments.state)
    print(f"{config['title']}: {parameter_count(training.network)} parameters", flush=True)
    run(training, time.monotonic if training.device == "cuda" else time.process_time)


if __name__ == "__main__":
    main()
