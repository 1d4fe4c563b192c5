// SPDX-License-Identifier: GPL-3.0-or-later
// Exported models in ONNX Runtime against the model that they were written from, whole and with half of the heads.
//   node onnxruntime_test.mjs HEADROOM_CLI FIXTURES FOLDER_WITH_NODE_MODULES
// Exit status 77 where ONNX Runtime's package is not installed: the test is then skipped.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [cli, fixtures, packages] = process.argv.slice(2);
const models = ["bert_cls", "roberta_cls", "distilbert_cls", "gpt2_lm", "llama_gqa", "vit_cls", "marian_mt", "bart_seq2seq", "t5_seq2seq"];
const tolerance = 1e-4;

let ort;
try {
  ort = createRequire(join(resolve(packages), "package.json"))("onnxruntime-node");
} catch (error) {
  console.log(`skipped: onnxruntime-node cannot be loaded from ${packages}: ${error.message.split("\n")[0]}`);
  process.exit(77);
}

/** name -> {dtype, shape, bytes} of a safetensors file. */
function readTensors(path) {
  const file = readFileSync(path);
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + length).toString());
  delete header.__metadata__;
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [begin, end] }] of Object.entries(header)) {
    const bytes = file.subarray(8 + length + begin, 8 + length + end);
    tensors[name] = { dtype, shape, bytes: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) };
  }
  return tensors;
}

function toOrt({ dtype, shape, bytes }) {
  if (dtype === "I64") return new ort.Tensor("int64", new BigInt64Array(bytes), shape);
  if (dtype === "F32") return new ort.Tensor("float32", new Float32Array(bytes), shape);
  throw new Error(`found dtype ${dtype}, expected I64 or F32`);
}

const onesLike = (ids) => new ort.Tensor("int64", new BigInt64Array(ids.data.length).fill(1n), ids.dims);
const zerosLike = (ids) => new ort.Tensor("int64", new BigInt64Array(ids.data.length), ids.dims);

/** Only what the session asks for, with the usual defaults. */
async function run(path, offered) {
  const session = await ort.InferenceSession.create(path);
  const feeds = {};
  for (const name of session.inputNames) feeds[name] = offered[name] ?? (name.includes("mask") ? onesLike(offered.input_ids) : zerosLike(offered.input_ids));
  return session.run(feeds);
}

async function logitsOf(folder, inputs) {
  if (existsSync(join(folder, "model.onnx"))) return (await run(join(folder, "model.onnx"), inputs)).logits;
  const mask = inputs.attention_mask ?? onesLike(inputs.input_ids);
  const encoded = await run(join(folder, "encoder_model.onnx"), { input_ids: inputs.input_ids, attention_mask: mask });
  return (await run(join(folder, "decoder_model.onnx"), {
    input_ids: inputs.decoder_input_ids, encoder_hidden_states: encoded.last_hidden_state, encoder_attention_mask: mask,
  })).logits;
}

/** Every other head of every block, or all of them. */
function maskOf(info, half) {
  const kept = {};
  for (const block of info.blocks) {
    const heads = [...Array(block.heads).keys()].filter((head) => !half || (head + block.layer) % 2 === 0);
    (kept[`${block.stack}.${block.kind}`] ??= [])[block.layer] = heads;
  }
  return { format: "headroom-mask/1", kept };
}

async function difference(model, half, scratch) {
  const source = join(fixtures, model);
  const info = JSON.parse(execFileSync(cli, ["info", source, "--json"], { encoding: "utf8" }));
  const mask = join(scratch, "mask.json"), expectedPath = join(scratch, "expected.safetensors"), folder = join(scratch, `${model}-${half}`);
  const inputPath = join(scratch, "inputs.safetensors");
  writeFileSync(mask, JSON.stringify(maskOf(info, half)));
  writeFileSync(inputPath, readFileSync(join(source, "inputs.safetensors")));
  execFileSync(cli, ["prune", source, "--mask", mask, "--form", "onnx", "--out", folder], { stdio: "pipe" });
  execFileSync(cli, ["forward", source, "--inputs", inputPath, "--outputs", expectedPath, "--mask", mask], { stdio: "pipe" });
  const inputs = Object.fromEntries(Object.entries(readTensors(inputPath)).filter(([, tensor]) => ["I64", "F32"].includes(tensor.dtype)).map(([name, tensor]) => [name, toOrt(tensor)]));
  const expected = toOrt(readTensors(expectedPath).logits), found = await logitsOf(folder, inputs);
  if (expected.dims.join() !== found.dims.join()) throw new Error(`${model}: found logits ${found.dims}, expected ${expected.dims}`);
  // A decoder's graph takes no mask of its own text: what stands on padding may differ.
  const decoderMask = inputs.decoder_attention_mask?.data, width = expected.dims.at(-1);
  let largest = 0;
  expected.data.forEach((value, i) => {
    if (decoderMask && decoderMask[Math.floor(i / width)] === 0n) return;
    const apart = Math.abs(value - found.data[i]);
    if (!(apart <= largest)) largest = apart;
  });
  return largest;
}

const scratch = mkdtempSync(join(tmpdir(), "headroom-onnx-"));
let failed = 0;
try {
  for (const model of models)
    for (const half of model === models[0] ? [false, true] : [true]) {
      const apart = await difference(model, half, scratch);
      const good = apart <= tolerance;
      failed += good ? 0 : 1;
      console.log(`${good ? "ok    " : "FAILED"} ${model}, ${half ? "half of the heads" : "every head"}: largest difference ${apart}`);
    }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
