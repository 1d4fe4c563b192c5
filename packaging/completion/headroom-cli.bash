# SPDX-License-Identifier: GPL-3.0-or-later
# Bash completion of headroom-cli. Commands and options are the program's own: asked of its --help, once a shell.
declare -gA _headroom_help=()

_headroom_words() {
  [[ ${_headroom_help[$1]+set} ]] || _headroom_help[$1]=$("${COMP_WORDS[0]}" ${1:+"$1"} --help 2>/dev/null)
  if [[ $2 == options ]]; then
    grep -oE -- '--[a-z][a-z-]*' <<<"${_headroom_help[$1]}" | sort -u
  else
    sed -nE '/^(Subcommands|SUBCOMMANDS):/,$ s/^  ([a-z][a-z-]*).*/\1/p' <<<"${_headroom_help[$1]}"
  fi
}

_headroom_cli() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "$(_headroom_words '' commands) --help --version" -- "$word")
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_headroom_words "$command" options)" -- "$word")
  else
    case $before in
      --device) mapfile -t COMPREPLY < <(compgen -W 'auto cpu cuda' -- "$word") ;;
      --dtype) mapfile -t COMPREPLY < <(compgen -W 'float32 bfloat16' -- "$word") ;;
      --method) mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" methods 2>/dev/null | cut -d' ' -f1)" -- "$word") ;;
      --form) mapfile -t COMPREPLY < <(compgen -W 'zeroed compact onnx' -- "$word") ;;
    esac
  fi
}

complete -o default -F _headroom_cli headroom-cli
