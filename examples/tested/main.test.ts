import { Testing } from 'cdk8s';
import { ConvertVideos } from './main';

const URLS = ['https://example.org/cat.mp4', 'https://example.org/dog.mp4'];
const synth = (...urls: string[]) => Testing.synth(new ConvertVideos(Testing.app(), 'convert-videos', { urls }));
const job = (manifests: { kind: string; metadata: { name: string } }[]) =>
  manifests.find(({ kind, metadata }) => kind === 'Job' && metadata.name === 'convert-videos');

test('the Job', () => {
  expect(job(synth(...URLS))).toMatchSnapshot();
});

test('the same chart is the same manifests', () => {
  expect(synth(...URLS)).toEqual(synth(...URLS));
});

test('a wrong item fails the synthesis, by place and path', () => {
  expect(() => synth('https://example.org/cat.mp4', 'dog.mp4')).toThrow(
    'items[1] of the queue videos: url: Invalid URL',
  );
});
