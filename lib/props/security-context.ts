import { escalates } from '../kubernetes';
import { kind, list } from './kind';
import { flag, whole, word } from './kinds';
import type { Shape } from './shape';
import { type Piece, piece, text } from './wire';

const OF_THE_POD = 'It is of the pod, not of a container: give it in `podSecurityContext`.';

const capability = kind<string>(
  (given) => typeof given === 'string' && /^(?!CAP_)[A-Z_]+$/.test(given),
  'It must be a capability without CAP_: "NET_BIND_SERVICE".',
);

const capabilities = list(capability, 'an array of capabilities: ["NET_BIND_SERVICE"]');

const profile = (of: string) =>
  piece({
    of,
    like: '{ type: "RuntimeDefault" }',
    props: {
      type: {
        is: word(
          ['RuntimeDefault', 'Localhost', 'Unconfined'],
          'It must be "RuntimeDefault", "Localhost" or "Unconfined".',
        ),
        required: 'It must be "RuntimeDefault", "Localhost" or "Unconfined".',
      },
      localhostProfile: { is: text },
    },
    together({ type, localhostProfile }, at) {
      if ((type === 'Localhost') === (localhostProfile !== undefined)) return;
      throw at
        .prop('localhostProfile')
        .refusal(localhostProfile, 'It must name a profile where the type is "Localhost", and nothing else.');
    },
  });

/** What Kubernetes lets a container do, merged over what the construct sets. */
export const securityContext: Shape<Piece> = piece({
  of: 'securityContext',
  like: '{ runAsUser: 10001 }',
  props: {
    allowPrivilegeEscalation: { is: flag },
    appArmorProfile: { is: profile('appArmorProfile') },
    capabilities: {
      is: piece({
        of: 'capabilities',
        like: '{ add: ["NET_BIND_SERVICE"] }',
        props: { add: { is: capabilities }, drop: { is: capabilities } },
      }),
    },
    privileged: { is: flag },
    procMount: { is: word(['Default', 'Unmasked'], 'It must be "Default" or "Unmasked".') },
    readOnlyRootFilesystem: { is: flag },
    runAsGroup: { is: whole(0) },
    runAsNonRoot: { is: flag },
    runAsUser: { is: whole(0) },
    seLinuxOptions: {
      is: piece({
        of: 'seLinuxOptions',
        like: '{ level: "s0:c123,c456" }',
        props: { level: { is: text }, role: { is: text }, type: { is: text }, user: { is: text } },
      }),
    },
    seccompProfile: { is: profile('seccompProfile') },
  },
  foreign: {
    fsGroup: OF_THE_POD,
    fsGroupChangePolicy: OF_THE_POD,
    supplementalGroups: OF_THE_POD,
    sysctls: OF_THE_POD,
    user: 'It is `runAsUser`.',
    group: 'It is `runAsGroup`.',
    ensureNonRoot: 'It is `runAsNonRoot`.',
    windowsOptions: 'It is for Windows, where neither this runtime nor Redis runs. Remove it.',
  },
  together({ runAsUser, runAsNonRoot, privileged, capabilities, allowPrivilegeEscalation }, at) {
    if (runAsUser === 0 && runAsNonRoot !== false) {
      throw at
        .prop('runAsUser')
        .refusal(
          0,
          'It must not be 0: the pod has `runAsNonRoot`, and a kubelet starts no root in it. Add `runAsNonRoot: false`.',
        );
    }
    if (allowPrivilegeEscalation === false && escalates({ privileged, capabilities })) {
      throw at
        .prop('allowPrivilegeEscalation')
        .refusal(
          false,
          'It must not be false beside `privileged` or SYS_ADMIN, which Kubernetes refuses. Remove one of them.',
        );
    }
  },
});
