import { EXIT } from '../worker/contract';

/** The shell function by which a fill ends where Redis refuses it. It follows `redisShell`. */
export const EXPECT_NUMBER = `\
# Ends the fill where the last answer is not a number.
expect_number() {
  case $reply in
    '(integer) '*) return ;;
    '(error) BATCH'* | '(error) SEALED'* | '(error) VERSION'* | '(error) WRONGTYPE'*) end ${EXIT.configuration} "$reply" ;;
    *) end ${EXIT.unexpected} "$reply" ;;
  esac
}
`;

/**
 * The commands that seal `$queue` as `$batch`, with `$total` items if that is known, and wait until the disk has it.
 *
 * An answer of WAITAOF covers what its own connection wrote, so a write comes first; this one only wakes workers that
 * wait. Older servers do not know WAITAOF, and two rounds of `appendfsync everysec` do as well.
 */
export function sealSteps(directory: string): string {
  return `\
script=$(cat ${directory}/seal.lua)
until redis EVAL "$script" 1 "$queue" "$batch" "$total"; do
  await_redis
done
expect_number
sealed="\${reply#(integer) } items"
[ "$sealed" != '1 items' ] || sealed='1 item'

# The first answer is the id of the wake-up, the second one how many copies on disk hold it.
wake=$(printf %s "{$queue}:wake" | sed 's/["\\\\]/\\\\&/g')
on_disk() {
  redis <<COMMANDS
XADD "$wake" MAXLEN 1 "*" why durable
WAITAOF 1 0 30000
COMMANDS
}
until on_disk; do
  await_redis
done
case $output in
  '"'*'1) (integer) 1'*) say "Sealed $queue with $sealed, on disk." ;;
  *'appendonly is disabled'*) say "Sealed $queue with $sealed. Redis keeps no append-only file: a restart loses them." ;;
  *) sleep 2; say "Sealed $queue with $sealed." ;;
esac
`;
}
