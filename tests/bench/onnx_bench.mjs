// SPDX-License-Identifier: MIT
// Median wall time in ms of one call of ONNX Runtime, after one call that is not counted.
//   node onnx_bench.mjs NODE_MODULES MODEL.onnx THREADS REPETITIONS NAME:N,C,H,W ...
// Inputs are float32, all values 0.5.
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [folder, model, threads, repetitions, ...shapes] = process.argv.slice(2);
const ort = createRequire(resolve(folder, "x.js"))("onnxruntime-node");
const session = await ort.InferenceSession.create(model, {
  executionProviders: ["cpu"],
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
  graphOptimizationLevel: "all",
});
const inputs = {};
for (const text of shapes) {
  const [name, list] = text.split(":");
  const shape = list.split(",").map(Number);
  const values = new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5);
  inputs[name] = new ort.Tensor("float32", values, shape);
}
const times = [];
for (let k = 0; k <= Number(repetitions); ++k) {
  const start = performance.now();
  await session.run(inputs);
  if (k > 0) times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
console.log(times[Math.floor(times.length / 2)].toFixed(2));
