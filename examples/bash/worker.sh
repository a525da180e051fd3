#!/bin/bash
# A worker: it asks the work agent of its pod for one item after another, until there are none.
process() { echo "Working on $1" && sleep 0.5; } # Put your actual work here.

next() { curl -sf --retry 30 --retry-delay 1 --retry-connrefused -X POST "$WORK_QUEUE_AGENT/take?as=text"; }
settle() { curl -sf --data-binary @- "$WORK_QUEUE_AGENT/items/$take/$1"; }
while item=$(next); do
  take=${item%%$'\n'*} payload=${item#*$'\n'}
  if result=$(process "$payload" 2>&1); then verb=done; else verb=fail; fi
  printf %s "$result" | settle "$verb" >/dev/null || exit 1
done
