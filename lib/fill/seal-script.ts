import { EXIT } from '../../worker/contract';
import { RING, RING_KEYS } from '../../worker/scripts/ring';
import { SEAL_KEYS } from '../../worker/scripts/seal';
import { shellKeys } from '../store';

/** The shell function that tells what Redis answered to a fill. It follows `redisShell`. */
export const IS_NUMBER = `\
# Whether the last answer is a number. It is none where Redis came back with less than it had, which another try mends;
# what trying again does not mend ends the fill.
is_number() {
  case $reply in
    '(integer) '*) ;;
    '(error) GAP'* | '(error) INCOMPLETE '[0-9]*' of '*) return 1 ;;
    '(error) UNFILLED'*)
      end ${EXIT.configuration} "$reply. The filler ended with 0 and pushed nothing: check whether it ever reached its fill, \
for example behind a main guard. A filler without items says so by runFiller, or by a fill with the batch of WORK_QUEUE_BATCH" ;;
    '(error) BATCH'* | '(error) CANCELLED'* | '(error) SEALED'* | '(error) INCOMPLETE'* | '(error) VERSION'* | '(error) WRONGTYPE'*)
      end ${EXIT.configuration} "$reply" ;;
    *) end ${EXIT.unexpected} "$reply" ;;
  esac
}
`;

/** The shell function that ends a fill of a batch that a newer one has replaced. It follows `redisShell`. */
export const END_IF_FORMER = `\
# Ends where a newer batch has replaced this one, all of which is done.
end_if_former() {
  until redis HGET "{$queue}:former" "$batch"; do
    await_redis
  done
  case $reply in
    '"'*)
      items=\${reply#\\"} items=\${items%\\"}
      end ${EXIT.drained} "Batch $batch was done before in $queue, items: $items. Nothing is pushed."
      ;;
  esac
}
`;

/** On one line, as redis-cli reads it from standard input. */
const RING_LINE = RING.trim()
  .split('\n')
  .filter((line) => !line.startsWith('--'))
  .join(' ');

/**
 * The shell function that seals `$queue` as `$batch`, with `$total` items if that is known, and waits until the disk has
 * it. It fails where Redis came back with less than it had.
 *
 * An answer of WAITAOF covers what its own connection wrote, so a write comes first; this one only wakes workers that
 * wait. Where Redis, or what stands before it, does not know WAITAOF, or does not allow it, two rounds of
 * `appendfsync everysec` do as well.
 */
export function sealFunction(directory: string): string {
  return `\
seal_script=$(cat ${directory}/seal.lua)
quoted=$(printf %s "$queue" | sed 's/["\\\\]/\\\\&/g')

# Whether Redis had two commands answered, the second of which says how many copies on disk hold the first.
ask_disk() {
  ask <<COMMANDS
EVAL "${RING_LINE}" ${shellKeys(RING_KEYS, '$quoted')}
WAITAOF 1 0 5000
COMMANDS
}

# Waits until the disk has it; $on_disk says in words what became of that.
await_disk() {
  since=$(now) cut=0
  while :; do
    if ask_disk; then
      case $output in
        *'1) (integer) 0'*)
          waited=$(($(now) - since))
          # With this setting Redis never hears of the disk.
          if [ "$waited" -ge 10 ] && ask CONFIG GET appendfsync; then
            case $reply in *'"no"') break ;; esac
          fi
          [ "$waited" -lt "$store_timeout" ] ||
            end ${EXIT.storeUnreachable} "Redis has all of $queue, and not on its disk after $waited s. Look at the disk of Redis."
          ;;
        *'1) (integer) '*) on_disk=', on disk' && return ;;
        *'appendonly is disabled'*) on_disk='. Redis keeps no append-only file: a restart loses them' && return ;;
        *'replica instances'*) await_redis ;;
        *) break ;;
      esac
    else
      # A proxy that does not know the command may cut the connection once it has answered the first one.
      case $output in
        '(integer) '*'closed the connection'*) cut=$((cut + 1)) && [ "$cut" -lt 3 ] || break ;;
      esac
      await_redis
    fi
  done
  sleep 2
  on_disk=
}

seal() {
  until redis EVAL "$seal_script" ${shellKeys(SEAL_KEYS, '$queue')} "$batch" "$total"; do
    await_redis
  done
  is_number || return 1
  sealed="\${reply#(integer) } items"
  [ "$sealed" != '1 items' ] || sealed='1 item'
  end_if_former
  await_disk
  # A Redis that restarted before it had all on disk may be the one that said so.
  until redis HGET "{$queue}:meta" sealed; do
    await_redis
  done
  case $reply in
    '"'*) ;;
    '(error) '*) end ${EXIT.unexpected} "$reply" ;;
    *) reply='the seal is gone' && return 1 ;;
  esac
  say "Sealed $queue with $sealed$on_disk."
}
`;
}
