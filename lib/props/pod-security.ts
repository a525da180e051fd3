import { kind, list } from './kind';
import { flag, isText, whole, word } from './kinds';
import { type Shape, shape, type Table } from './shape';

interface Profile {
  readonly type: string;
  readonly localhostProfile?: string;
}

interface SeLinuxOptions {
  readonly level?: string;
  readonly role?: string;
  readonly type?: string;
  readonly user?: string;
}

interface Sysctl {
  readonly name: string;
  readonly value: string;
}

/** What Kubernetes has for a pod on Linux. */
interface PodSecurityContext {
  readonly appArmorProfile?: Profile;
  readonly fsGroup?: number;
  readonly fsGroupChangePolicy?: string;
  readonly runAsGroup?: number;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seLinuxChangePolicy?: string;
  readonly seLinuxOptions?: SeLinuxOptions;
  readonly seccompProfile?: Profile;
  readonly supplementalGroups?: number[];
  readonly supplementalGroupsPolicy?: string;
  readonly sysctls?: Sysctl[];
}

const text = kind<string>(isText, 'It must be a string: in quotes.');

const PROFILE = 'It must be "RuntimeDefault", "Localhost" or "Unconfined".';

const profile: Shape<Profile> = shape<Profile>({
  of: 'A profile',
  like: '{ type: "RuntimeDefault" }',
  props: {
    type: { is: word(['RuntimeDefault', 'Localhost', 'Unconfined'], PROFILE), required: PROFILE },
    localhostProfile: { is: text },
  },
  together({ type, localhostProfile }, at) {
    if ((type === 'Localhost') === (localhostProfile !== undefined)) return;
    throw at
      .prop('localhostProfile')
      .refusal(localhostProfile, 'It is the file of a profile of the type "Localhost", which needs one.');
  },
});

const SE_LINUX: Table<SeLinuxOptions> = {
  level: { is: text },
  role: { is: text },
  type: { is: text },
  user: { is: text },
};

const seLinuxOptions = shape<SeLinuxOptions>({
  of: 'seLinuxOptions',
  like: '{ level: "s0:c123,c456" }',
  props: SE_LINUX,
});

const SYSCTL = /^[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/;
const SYSCTL_NAME = 'It must be the name of a sysctl: "net.ipv4.tcp_keepalive_time".';

const sysctl: Shape<Sysctl> = shape<Sysctl>({
  of: 'A sysctl',
  like: '{ name: "net.ipv4.tcp_keepalive_time", value: "60" }',
  props: {
    name: {
      is: kind((given) => typeof given === 'string' && SYSCTL.test(given), SYSCTL_NAME),
      required: SYSCTL_NAME,
    },
    value: { is: text, required: 'It must be its value as text: "60".' },
  },
});

const CONTAINER = 'It is a field of a container. ';

/** Fields of the security context of a pod. */
export const podSecurity: Shape<PodSecurityContext> = shape<PodSecurityContext>({
  of: 'podSecurityContext',
  like: '{ supplementalGroups: [4000] }',
  props: {
    appArmorProfile: { is: profile },
    fsGroup: { is: whole(0) },
    fsGroupChangePolicy: {
      is: word(['OnRootMismatch', 'Always'], 'It must be "OnRootMismatch" or "Always".'),
    },
    runAsGroup: { is: whole(0) },
    runAsNonRoot: { is: flag },
    runAsUser: { is: whole(0) },
    seLinuxChangePolicy: { is: word(['MountOption', 'Recursive'], 'It must be "MountOption" or "Recursive".') },
    seLinuxOptions: { is: seLinuxOptions },
    seccompProfile: { is: profile },
    supplementalGroups: { is: list(whole(0), 'an array of group ids: [4000]') },
    supplementalGroupsPolicy: { is: word(['Merge', 'Strict'], 'It must be "Merge" or "Strict".') },
    sysctls: {
      is: list(sysctl, 'an array of sysctls: [{ name: "net.ipv4.tcp_keepalive_time", value: "60" }]'),
    },
  },
  foreign: {
    windowsOptions: 'The scripts of gate and fill, and the ids, are those of Linux. Remove it.',
    ...Object.fromEntries(
      ['allowPrivilegeEscalation', 'capabilities', 'privileged', 'procMount', 'readOnlyRootFilesystem'].map((field) => [
        field,
        `${CONTAINER}All containers of the construct drop every capability and cannot gain privileges. Remove it.`,
      ]),
    ),
  },
  together({ runAsUser, runAsNonRoot = true }, at) {
    if (runAsUser !== 0 || !runAsNonRoot) return;
    throw at
      .prop('runAsUser')
      .refusal(runAsUser, 'The pod must not run as root: use another id. A pod that must needs runAsNonRoot: false.');
  },
});
