#!/bin/sh
# Holds docs/cli.md to the program: check_cli_docs.sh KVFOOT. Every command and every flag that
# --help shows must be described, and every flag that the page describes must exist.
set -u
program=$1
page=$(dirname "$0")/../docs/cli.md
status=0

complain() {
  echo "docs/cli.md: $1" >&2
  status=1
}

known=" --help --version "
commands=$("$program" --help | sed -n '/^Subcommands:/,$p' | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p')
[ -n "$commands" ] || { echo "$program --help lists no commands" >&2; exit 1; }
for command in $commands; do
  grep -q "^## $command\$" "$page" || complain "has no section '$command'"
  flags=$("$program" "$command" --help | sed -n 's/^  *\(-[a-zA-Z],\)\{0,1\}\(--[a-z][a-z-]*\).*/\2/p')
  for flag in $flags; do
    known="$known$flag "
    grep -q -e "$flag[^a-z-]" "$page" || complain "does not describe $flag of $command"
  done
done
for flag in $(grep -o -e '--[a-z][a-z-]*' "$page" | sort -u); do
  case $known in
    *" $flag "*) ;;
    *) complain "describes $flag, which no command has" ;;
  esac
done
exit $status
