import { MEMBER_ENV } from './member-shell';
import { CERTIFICATE } from './server-certificate';

/** How often a member looks for another certificate. */
const EVERY_SECONDS = 5;

/** A kubelet takes up to two minutes to update the files of its pods. */
const TRUST_SECONDS = 300;

/**
 * What follows `memberShell` in the scripts of a member that has a certificate.
 *
 * The server of the member is what tells whether certificate and key are a pair: it refuses those that are none, and goes on
 * with what it has.
 */
export const MEMBER_RENEWAL = `
fingerprint() { cat ${CERTIFICATE.certificate} ${CERTIFICATE.key} ${CERTIFICATE.authorities} | sha256sum; }

# renewed PROCESS: returns once the server of this member has loaded other files than $loaded; fails when the process ends.
renewed() {
  while sleep ${EVERY_SECONDS} && kill -0 "$1" 2>/dev/null; do
    found=$(fingerprint)
    [ "$found" != "$loaded" ] || continue
    answer=$(here CONFIG SET tls-cert-file ${CERTIFICATE.certificate})
    [ "$answer" = OK ] && return
    say "The renewed certificate is not loaded: $answer"
  done
  return 1
}
`;

/** Follows `MEMBER_RENEWAL` in the script of a sentinel, which loads no certificate while it runs. */
export const SENTINEL_RENEWAL = `
# Waits until the servers of all members show certificates that this one trusts: to a sentinel, one that it does not trust is
# down. But not forever: one may be lost.
trusted() {
  since=$(now)
  until ask_members; [ "$silent" = 0 ] || [ $(($(now) - since)) -ge ${TRUST_SECONDS} ]; do sleep ${EVERY_SECONDS}; done
}

# The first member's at once, the next one's later: most of them stay.
in_turn() {
  for member in $${MEMBER_ENV.all}; do
    [ "$member" != "$${MEMBER_ENV.self}" ] || return 0
    sleep ${EVERY_SECONDS}
  done
}
`;
