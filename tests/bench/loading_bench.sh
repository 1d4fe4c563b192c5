#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Opening a 440 MB BERT in float32 and a 2.2 GB LLaMA in bfloat16 shards: time of `info` beyond the program's bare start,
# and peak memory of opening, of one pass and of saving a compact copy beyond a program that only starts.
# Prints one JSON object a model.   usage: loading_bench.sh BUILD-FOLDER
set -euo pipefail
cli=$1/bin/headroom-cli
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{ printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n'; seq -f 'w%.0f' 30517; } >"$folder/vocab.txt"
"$cli" init --layers 12 --heads 12 --hidden 768 --intermediate 3072 --max-positions 512 --vocab "$folder/vocab.txt" --out "$folder/base" >/dev/null
python3 "$(dirname "$0")/large_llama.py" "$folder/llama"
printf 'sentence\tlabel\nw1 w2 w3\t1\nw4 w5\t0\n' >"$folder/dev.tsv"
python3 - "$cli" "$folder" <<'PY'
import json, os, resource, statistics, subprocess, sys, time
cli, folder = sys.argv[1:]
def once(*args, status=0):
    since = time.perf_counter()
    child = subprocess.Popen([cli, *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL if status else None)
    _, found, usage = os.wait4(child.pid, 0)
    assert os.waitstatus_to_exitcode(found) == status, args
    return time.perf_counter() - since, usage.ru_maxrss * 1024
def median(*args, runs=7, status=0):
    rows = [once(*args, status=status) for _ in range(runs)]
    return statistics.median(r[0] for r in rows), statistics.median(r[1] for r in rows)
size = os.path.getsize(folder + '/base/model.safetensors')
start, start_memory = median('methods')
info, _ = median('info', folder + '/base')
_, load_memory = median('eval', folder + '/base', '--data', folder + '/dev.tsv', runs=3)
print(json.dumps({'benchmark': 'opening a checkpoint', 'file_bytes': size, 'start_ms': 1e3 * start, 'info_beyond_start_ms': 1e3 * (info - start),
                  'load_peak_beyond_start_bytes': load_memory - start_memory, 'load_peak_over_file': (load_memory - start_memory) / size}))

llama = folder + '/llama'
size = sum(os.path.getsize(f'{llama}/{name}') for name in os.listdir(llama) if name.startswith('model-'))
with open(folder + '/mask.json', 'w') as file:
    json.dump({'format': 'headroom-mask/1', 'kept': {'decoder.self': [list(range(8))] * 22}}, file)
info, info_memory = median('info', llama)
# Inputs that are not there are missed once the model is open.
_, open_memory = median('forward', llama, '--inputs', folder + '/none', '--outputs', folder + '/out', runs=3, status=1)
pass_time, pass_memory = median('forward', llama, '--inputs', llama + '/inputs.safetensors', '--outputs', folder + '/out', runs=3)
prune_time, prune_memory = median('prune', llama, '--mask', folder + '/mask.json', '--out', folder + '/small', runs=1)
over = lambda memory: (memory - start_memory) / size
print(json.dumps({'benchmark': 'a LLaMA in bfloat16 shards', 'files_bytes': size, 'info_beyond_start_ms': 1e3 * (info - start),
                  'info_peak_over_files': over(info_memory), 'open_peak_over_files': over(open_memory), 'forward_s': pass_time,
                  'forward_peak_over_files': over(pass_memory), 'compact_s': prune_time, 'compact_peak_over_files': over(prune_memory)}))
PY
