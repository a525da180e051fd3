// What people write under the type of a volume: fields of another type or of a later version, modes and sizes as in YAML.

const of = (type: string, source: unknown) => ({ name: 'cache', [type]: source });
const sources = (...all: unknown[]) => of('projected', { sources: all });
const item = (type: string, rest: object) => of(type, { [type === 'secret' ? 'secretName' : 'name']: 'a', ...rest });

/** The rows of what is mounted. */
export const VOLUME_ROWS: [unknown, RegExp][] = [
  [of('emptyDir', { size_limit: '1Gi' }), /emptyDir\.size_limit is "1Gi"\. .*Did you mean "sizeLimit"\?/],
  [of('emptyDir', { size: '1Gi' }), /emptyDir\.size is "1Gi"\. It is `sizeLimit`/],
  [of('emptyDir', { sizeLimit: '1GB' }), /sizeLimit is "1GB"\. It must be a quantity, "512Mi" or "2Gi"/],
  [of('emptyDir', { sizeLimit: -1 }), /sizeLimit is -1/],
  [of('emptyDir', { medium: 'memory' }), /medium is "memory"\. It must be "Memory"/],
  [of('configMap', 'settings'), /configMap is "settings"\. It must be an object: \{ name: "settings" \}/],
  [of('pvc', { claimName: 'a' }), /Did you mean `persistentVolumeClaim`\?/],
  [of('configMap', { name: 'My settings' }), /configMap\.name is "My settings"/],
  [item('configMap', { items: { a: 'b' } }), /items is \{ a: 'b' \}\. It must be an array of keys and paths/],
  [item('configMap', { items: ['a'] }), /items\[0\] is "a"\. It must be an object: \{ key/],
  [item('configMap', { items: [{ key: 'a' }] }), /items\[0\]\.path is undefined\. It must be a path in the volume/],
  [item('secret', { items: [{ key: 'a', path: '/a' }] }), /items\[0\]\.path is "\/a"\. .*relative to its root/],
  [item('secret', { items: [{ key: 'a b', path: 'a' }] }), /items\[0\]\.key is "a b"/],
  [item('configMap', { defaultMode: '0644' }), /defaultMode is "0644"\. .*TypeScript 0o644/],
  [item('configMap', { defaultMode: 644 }), /defaultMode is 644\. .*from 0 to 0o777/],
  [item('secret', { optional: 'true' }), /optional is "true"\. .*without quotes/],
  [item('secret', { name: 'a' }), /secret\.name is "\w+"\. It is `secretName`/],
  [of('persistentVolumeClaim', { claimName: 'a', readonly: true }), /Did you mean "readOnly"\?/],
  [of('csi', { driver: 'a', volumeAttributes: { a: 1 } }), /volumeAttributes\["a"\] is 1\. It must be a string/],
  [of('downwardAPI', { items: [{ path: 'a' }] }), /items\[0\] is .*It must have one of fieldRef, resourceFieldRef/],
  [of('downwardAPI', { items: [{ path: 'a', fieldRef: 'metadata.name' }] }), /fieldRef is .*It must be an object/],
  [
    of('downwardAPI', { items: [{ path: 'a', fieldRef: { fieldPath: 'spec.nodeName' } }] }),
    /fieldPath is "spec\.nodeName"\. .*Other fields are variables/,
  ],
  [
    of('downwardAPI', { items: [{ path: 'a', resourceFieldRef: { containerName: 'worker', resource: 'memory' } }] }),
    /resource is "memory"\. It must be the limit or the request of a resource/,
  ],
  [of('projected', { sources: {} }), /sources is \{\}\. It must be an array of sources/],
  [sources({}), /sources\[0\] is \{\}\. It must have one of configMap, secret/],
  [sources({ configMap: 'a' }), /sources\[0\]\.configMap is "a"\. It must be an object/],
  [sources({ secret: { secretName: 'a' } }), /secretName is "[^"]+"\. In `projected` it is `name`/],
  [sources({ configMap: { name: 'a', defaultMode: 420 } }), /It is beside `sources`|it is beside `sources`/],
  [sources({ serviceAccountToken: {} }), /serviceAccountToken\.path is undefined/],
  [sources({ serviceAccountToken: { path: 'a', expirationSeconds: 60 } }), /expirationSeconds is 60\. .*from 600/],
  [
    of('ephemeral', { volumeClaimTemplate: { accessModes: ['ReadWriteOnce'] } }),
    /accessModes is .*It is under `spec`: \{ spec: \{ accessModes/,
  ],
  [
    of('ephemeral', { volumeClaimTemplate: { spec: { accessModes: ['RWO'], resources: {} } } }),
    /accessModes\[0\] is "RWO"\. It must be "ReadWriteOnce"/,
  ],
  [
    of('ephemeral', { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], storage: '9Gi' } } }),
    /storage is "9Gi"\. It is a request: resources/,
  ],
];
