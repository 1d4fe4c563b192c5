#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Opening a 440 MB checkpoint: time of `info` beyond the program's bare start, and peak memory of loading beyond a program
# that only starts. Prints one JSON object.   usage: loading_bench.sh BUILD-FOLDER
set -euo pipefail
cli=$1/bin/headroom-cli
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{ printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n'; seq -f 'w%.0f' 30517; } >"$folder/vocab.txt"
"$cli" init --layers 12 --heads 12 --hidden 768 --intermediate 3072 --max-positions 512 --vocab "$folder/vocab.txt" --out "$folder/base" >/dev/null
printf 'sentence\tlabel\nw1 w2 w3\t1\nw4 w5\t0\n' >"$folder/dev.tsv"
python3 - "$cli" "$folder" <<'PY'
import json, os, resource, statistics, subprocess, sys, time
cli, folder = sys.argv[1:]
def once(*args):
    since = time.perf_counter()
    child = subprocess.Popen([cli, *args], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, args
    return time.perf_counter() - since, usage.ru_maxrss * 1024
def median(*args, runs=7):
    rows = [once(*args) for _ in range(runs)]
    return statistics.median(r[0] for r in rows), statistics.median(r[1] for r in rows)
size = os.path.getsize(folder + '/base/model.safetensors')
start, start_memory = median('methods')
info, _ = median('info', folder + '/base')
_, load_memory = median('eval', folder + '/base', '--data', folder + '/dev.tsv', runs=3)
print(json.dumps({'benchmark': 'opening a checkpoint', 'file_bytes': size, 'start_ms': 1e3 * start, 'info_beyond_start_ms': 1e3 * (info - start),
                  'load_peak_beyond_start_bytes': load_memory - start_memory, 'load_peak_over_file': (load_memory - start_memory) / size}))
PY
