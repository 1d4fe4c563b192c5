#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The tables of decoders, encoder-decoders and images in "Results measured". Each model is made anew and trained (the stories'
# model comes trained); from it PASS and PASSCONC keep three numbers of heads, over the seeds asked for, beside the unpruned
# control that is trained equally long and random masks of that control. Prints one JSON object a line; finished runs are not
# repeated.
#   tests/bench/families_table.sh CLI stories MODEL FOLDER [options]           a trained LLaMA on texts that it writes itself,
#                                                                              weights joint and gates only
#   tests/bench/families_table.sh CLI vit MNIST-FOLDER FOLDER [options]        ViT, 6 layers x 8 heads, on IDX files
#   tests/bench/families_table.sh CLI marian TEXT-FOLDER FOLDER [options]      Marian, 3 + 3 layers x 8 heads, on parallel text
#   tests/bench/families_table.sh CLI published TEXT-FOLDER FOLDER [options]   6 + 6 layers x 4 heads, 512 wide, from scratch
#                                                                              with the authors' own translation recipe
#   options: --device cuda, --threads 1, ...; SEEDS="1 2 3", JOBS=1 (runs at a time), MASKS=5, EPOCHS, TUNE_EPOCHS,
#   WIDTH=256 (of marian) from the environment
# TEXT-FOLDER holds train.raw.de, train.raw.en, test_2016_flickr.raw.de and .en, and with them source.spm, target.spm and
# vocab.json (spm_train of SentencePiece makes the first two).
set -euo pipefail
cli=$1 kind=$2 data=$3 folder=$4
shift 4
options=("$@")
seeds=${SEEDS-1 2 3} jobs=${JOBS-1} masks=${MASKS-5} width=${WIDTH-256}
mkdir -p "$folder"

# Runs a command once; its JSON stays in FOLDER/NAME.json.
once() {
  local name=$1
  shift
  [[ -s $folder/$name.json ]] ||
    { "$cli" "$@" --json "${options[@]}" >"$folder/$name.part" 2>"$folder/$name.log" && mv "$folder/$name.part" "$folder/$name.json"; } ||
    { echo "$name failed: $(tail -n 1 "$folder/$name.log")" >&2; return 1; }
  printf '{"name": "%s", "result": %s}\n' "$name" "$(tr -d '\n' <"$folder/$name.json")"
}

# The same in the background, as many at a time as JOBS says.
later() {
  while (($(jobs -rp | wc -l) >= jobs)); do wait -n || true; done
  once "$@" &
}

# A headroom-mask/1 of K heads drawn with a seed among the blocks GROUP:LAYERS:HEADS that follow.
random_mask() {
  awk -v keep="$1" -v seed="$2" -v shape="${*:3}" 'BEGIN {
    srand(seed)
    groups = split(shape, part, " ")
    for (g = 1; g <= groups; ++g) { split(part[g], size, ":"); name[g] = size[1]; layers[g] = size[2]; per[g] = size[3]; n += size[2] * size[3] }
    for (i = 0; i < n; ++i) order[i] = i
    for (i = n - 1; i > 0; --i) { j = int(rand() * (i + 1)); t = order[i]; order[i] = order[j]; order[j] = t }
    for (i = 0; i < keep; ++i) kept[order[i]] = 1
    printf "{\"format\": \"headroom-mask/1\", \"kept\": {"
    for (g = 1; g <= groups; ++g) {
      printf "%s\"%s\": [", (g > 1 ? ", " : ""), name[g]
      for (l = 0; l < layers[g]; ++l) {
        printf "%s[", (l ? ", " : "")
        first = 1
        for (h = 0; h < per[g]; ++h) if (kept[at++]) { printf "%s%d", (first ? "" : ", "), h; first = 0 }
        printf "]"
      }
      printf "]"
    }
    print "}}"
  }'
}

# What the pruned model of a run scores; translations are written for it.
score_pruned() {
  local name=$1
  [[ -d $folder/$name-small ]] || "$cli" prune "$folder/$name.h5" --form compact --out "$folder/$name-small" "${options[@]}" >/dev/null 2>&1
  once "$name-pruned" eval "$folder/$name-small" --data "$dev" "${score[@]}"
}

runs=(passconc pass) length=96
case $kind in
  stories)
    train=$folder/train.txt dev=$folder/dev.txt keeps=(20 10 5) shape=(decoder.self:5:8) score=(--max-length 256) tune=(--steps "${STEPS-600}" --batch 8) length=256
    runs=(passconc pass passconc-gates pass-gates)
    ;;
  vit)
    fresh=(--family vit --layers 6 --heads 8 --hidden 128 --intermediate 256 --image-size 28 --patch-size 7 --channels 1 --labels 0,1,2,3,4,5,6,7,8,9)
    train=$data/train-images-idx3-ubyte.gz dev=$data/t10k-images-idx3-ubyte.gz
    keeps=(24 12 6) shape=(encoder.self:6:8) score=() base=(--epochs "${EPOCHS-8}" --batch 128 --lr 1e-3) tune=(--epochs "${TUNE_EPOCHS-4}" --batch 128 --lr 3e-4)
    ;;
  marian)
    fresh=(--family marian --layers 3 --heads 8 --hidden "$width" --intermediate $((4 * width)) --vocab "$data" --max-positions 128)
    train=$data/train.raw.de,$data/train.raw.en dev=$data/test_2016_flickr.raw.de,$data/test_2016_flickr.raw.en
    keeps=(36 18 9) shape=(encoder.self:3:8 decoder.self:3:8 decoder.cross:3:8) score=(--max-length 96 --beams 1) base=(--epochs "${EPOCHS-14}" --batch 64 --lr 1e-3 --label-smoothing 0.1) tune=(--epochs "${TUNE_EPOCHS-4}" --batch 64 --lr 3e-4 --label-smoothing 0.1)
    ;;
  published)
    fresh=(--family marian --layers 6 --heads 4 --hidden 512 --intermediate 1024 --vocab "$data" --max-positions 128 --dropout 0.3)
    train=$data/train.raw.de,$data/train.raw.en dev=$data/test_2016_flickr.raw.de,$data/test_2016_flickr.raw.en
    keeps=(32 16) shape=(encoder.self:6:4 decoder.self:6:4 decoder.cross:6:4) score=(--max-length 96 --beams 5) base=() tune=(--recipe published --epochs "${TUNE_EPOCHS-30}")
    ;;
esac

# Texts that the model writes: what it is trained on, and others with another seed to judge by.
write_texts() {
  [[ -s $2 ]] || "$cli" generate "$data" --sample --count "$1" --seed "$3" --outputs "$2" "${options[@]}" >/dev/null 2>&1
}

if [[ $kind == stories ]]; then
  start=$data
  write_texts "${TEXTS-1500}" "$train" 1
  write_texts 200 "$dev" 2
else
  [[ -d $folder/fresh ]] || "$cli" init "${fresh[@]}" --out "$folder/fresh" --seed 1 >/dev/null
  start=$folder/fresh
fi
if [[ $kind == vit || $kind == marian ]]; then
  once base train "$folder/fresh" --data "$train" --dev "$dev" --method none "${base[@]}" --max-length "$length" --seed 1 --run "$folder/base.h5" --save "$folder/base"
  start=$folder/base
fi
later control train "$start" --data "$train" --dev "$dev" --method none "${tune[@]}" --max-length "$length" --seed 1 --run "$folder/control.h5" --save "$folder/control"
for seed in $seeds; do
  for keep in "${keeps[@]}"; do
    for run in "${runs[@]}"; do
      gates_only=()
      [[ $run != *-gates ]] || gates_only=(--freeze-weights)
      later "$run-k$keep-s$seed" train "$start" --data "$train" --dev "$dev" --method "${run%-gates}" --keep "$keep" "${tune[@]}" \
        "${gates_only[@]}" --max-length "$length" --seed "$seed" --run "$folder/$run-k$keep-s$seed.h5"
    done
  done
done
wait
later control-scored eval "$folder/control" --data "$dev" "${score[@]}"
for keep in "${keeps[@]}"; do
  for seed in $seeds; do
    for run in "${runs[@]}"; do
      while (($(jobs -rp | wc -l) >= jobs)); do wait -n || true; done
      score_pruned "$run-k$keep-s$seed" &
    done
  done
  for mask in $(seq "$masks"); do
    random_mask "$keep" "$mask" "${shape[@]}" >"$folder/random-$keep-$mask.mask.json"
    later "random-k$keep-m$mask" eval "$folder/control" --data "$dev" --mask "$folder/random-$keep-$mask.mask.json" "${score[@]}"
  done
done
wait
