#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The table of "Results measured": a BERT of 4 layers x 8 heads, 128 wide, trained from scratch on labelled sentences; then,
# from that model and one epoch each, PASS and PASSCONC at several K over several seeds, beside the unpruned control trained
# equally long, and random masks on that control. Prints one JSON object a line; finished runs are not repeated.
#   tests/bench/real_data_table.sh CLI TRAIN.tsv DEV.tsv VOCAB.txt FOLDER [threads]
set -euo pipefail
cli=$1 train=$2 dev=$3 vocab=$4 folder=$5 threads=${6-1}
keeps=(16 8 4) seeds=(1 2 3) masks=10 heads=32 perBlock=8 layers=4
mkdir -p "$folder"

# Runs a command once; its JSON stays in FOLDER/NAME.json.
once() {
  local name=$1
  shift
  [[ -s $folder/$name.json ]] || { "$cli" "$@" --json --threads "$threads" >"$folder/$name.part" 2>/dev/null && mv "$folder/$name.part" "$folder/$name.json"; }
  printf '{"name": "%s", "result": %s}\n' "$name" "$(cat "$folder/$name.json")"
}

# A headroom-mask/1 of K heads drawn with a seed.
random_mask() {
  awk -v keep="$1" -v seed="$2" -v n="$heads" -v per="$perBlock" -v layers="$layers" 'BEGIN {
    srand(seed)
    for (i = 0; i < n; ++i) order[i] = i
    for (i = n - 1; i > 0; --i) { j = int(rand() * (i + 1)); t = order[i]; order[i] = order[j]; order[j] = t }
    for (i = 0; i < keep; ++i) kept[order[i]] = 1
    printf "{\"format\": \"headroom-mask/1\", \"kept\": {\"encoder.self\": ["
    for (l = 0; l < layers; ++l) {
      printf "%s[", l ? ", " : ""
      first = 1
      for (h = 0; h < per; ++h) if (kept[l * per + h]) { printf "%s%d", first ? "" : ", ", h; first = 0 }
      printf "]"
    }
    print "]}}"
  }'
}

[[ -d $folder/fresh ]] || "$cli" init --family bert --layers $layers --heads $perBlock --hidden 128 --intermediate 512 \
  --max-positions 64 --vocab "$vocab" --labels negative,positive --out "$folder/fresh" --seed 1 >/dev/null
once base train "$folder/fresh" --data "$train" --dev "$dev" --method none --epochs 3 --max-length 64 --seed 1 \
  --run "$folder/base.h5" --save "$folder/base"
once control train "$folder/base" --data "$train" --dev "$dev" --method none --epochs 1 --max-length 64 --seed 1 \
  --run "$folder/control.h5" --save "$folder/control"
for keep in "${keeps[@]}"; do
  for seed in $(seq "$masks"); do
    random_mask "$keep" "$seed" >"$folder/random-$keep-$seed.mask.json"
    once "random-k$keep-s$seed" eval "$folder/control" --data "$dev" --mask "$folder/random-$keep-$seed.mask.json" --max-length 64
  done
done
for seed in "${seeds[@]}"; do
  for keep in "${keeps[@]}"; do
    for method in passconc pass; do
      once "$method-k$keep-s$seed" train "$folder/base" --data "$train" --dev "$dev" --method $method --keep "$keep" --epochs 1 \
        --max-length 64 --seed "$seed" --concentrator-cap 3000 --run "$folder/$method-k$keep-s$seed.h5"
    done
  done
done
