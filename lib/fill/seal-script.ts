import { EXIT } from '../../worker/contract';
import { RING, RING_KEYS } from '../../worker/scripts/ring';
import { SEAL_KEYS } from '../../worker/scripts/seal';
import { type RedisStore, reachOf, shellKeys } from '../store';

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
 * The shell function that waits for a replica, and warns where none has it.
 *
 * @param optional whether there may be none; with sentinels, there is one, or will be once it follows the new primary
 */
function awaitReplica(optional: boolean): string {
  const look = `
  ask EVAL "return redis.call('INFO', 'replication')" 0 || return
  case $reply in *'state=online'*) ;; *) return ;; esac`;
  return `
# Waits for a replica that has it; $copied says in words that one does. One that lags is not waited for.
await_replica() {
  replicas=0 copied=${optional ? look : ''}
  if confirm WAIT 1 2000; then
    case $reply in
      '(integer) '[1-9]*) replicas=1 copied='. A replica has it' && return ;;
      # This user may not ask.
      '(error) '*) return ;;
    esac
  fi
  say "No replica of this Redis has confirmed what was written to the queue $queue: a failover now could lose it," \\
    'and the Job would fail with "data lost"'
}
`;
}

/**
 * The shell function that seals `$queue` as `$batch`, with `$total` items if that is known, and waits until the disk has
 * it, and a replica where there is one. It fails where Redis came back with less than it had.
 *
 * An answer of WAITAOF covers what its own connection wrote, so a write comes first; this one only wakes workers that
 * wait. Where Redis, or what stands before it, does not know WAITAOF, or does not allow it, two rounds of
 * `appendfsync everysec` do as well.
 */
export function sealFunction(store: RedisStore, directory: string): string {
  const reach = reachOf(store);
  const single = reach === 'address';
  return `\
seal_script=$(cat ${directory}/seal.lua)
quoted=$(printf %s "$queue" | sed 's/["\\\\]/\\\\&/g')

# confirm COMMAND...: whether Redis had a write answered and this, which says how far the writes of its connection have come.
confirm() {
  before=$answered quiet=$silent
  ask <<COMMANDS || return 1
EVAL "${RING_LINE}" ${shellKeys(RING_KEYS, '$quoted')}
$*
COMMANDS
  case $output in
    # Without the write, the other answer says nothing.
    *'(error) '*"$newline"*) answered=$before silent=$quiet reply=\${output%"$newline"*} && return 1 ;;
  esac
}
${single ? '' : awaitReplica(reach === 'cluster')}
# Waits until the disk has it; $on_disk says in words what became of that.
await_disk() {
  since=$(now) cut=0
  while :; do
    if confirm WAITAOF 1 ${single ? '0' : '"$replicas"'} 5000; then
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
  ${single ? '' : 'await_replica\n  '}await_disk
  # A Redis that restarted before it had all on disk may be the one that said so${single ? '' : ', or one that is no primary any more'}.
  ${single ? '' : 'begin_again\n  '}until redis HGET "{$queue}:meta" sealed; do
    await_redis
  done
  case $reply in
    '"'*) ;;
    '(error) '*) end ${EXIT.unexpected} "$reply" ;;
    *) reply='the seal is gone' && return 1 ;;
  esac
  say "Sealed $queue with $sealed$on_disk${single ? '' : '$copied'}."
}
`;
}
