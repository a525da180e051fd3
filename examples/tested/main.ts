import { App, Chart } from 'cdk8s';
import { RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import type { Construct } from 'constructs';
import { videos } from './queue';

export interface ConvertVideosProps {
  readonly urls: readonly string[];
}

export class ConvertVideos extends Chart {
  constructor(scope: Construct, id: string, { urls }: ConvertVideosProps) {
    super(scope, id);
    new RedisWorkQueueJob(this, 'videos', {
      jobName: 'convert-videos',
      queue: videos,
      items: videos.items(urls.map((url) => ({ url }))),
      image: 'registry.example/convert-videos:1',
      parallelism: 2,
    });
  }
}

if (require.main === module) {
  const app = new App();
  new ConvertVideos(app, 'convert-videos', { urls: ['https://example.org/cat.mp4', 'https://example.org/dog.mp4'] });
  app.synth();
}
