# Bash completion for kvfoot. Commands, flags and policies come from the program itself, so this file
# never falls behind. Installed by cmake --install; or: source scripts/completion/kvfoot.bash
_kvfoot() {
  local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$("$program" --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p') --help --version" -- "$word")
    return
  fi
  case $before in
    --policy)
      mapfile -t COMPREPLY < <(compgen -W "$("$program" policies --names)" -- "$word")
      compopt -o nospace
      return ;;
    --device-model) mapfile -t COMPREPLY < <(compgen -f -W "$("$program" devices --names)" -- "$word"); return ;;
    --logits) mapfile -t COMPREPLY < <(compgen -W "last all" -- "$word"); return ;;
    --device) mapfile -t COMPREPLY < <(compgen -W "auto cpu cuda" -- "$word"); return ;;
    --fidelity) mapfile -t COMPREPLY < <(compgen -W "rows blocks" -- "$word"); return ;;
    --accounting) mapfile -t COMPREPLY < <(compgen -W "exact paper" -- "$word"); return ;;
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$("$program" "${COMP_WORDS[1]}" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u)" -- "$word")
  fi
}
complete -o default -F _kvfoot kvfoot
