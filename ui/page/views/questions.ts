import type { QueueView, Selection } from '../../api';
import { change } from '../live';
import type { Question } from '../parts';
import { count, countOf, left } from '../text';

export interface Questions {
  readonly pause: Question;
  readonly resume: Question;
  readonly cancel: Question;
  retry(selection: Selection, number: number): Question;
  drop(selection: Selection, number: number): Question;
}

/** What is asked before each change of a queue, and what it then does. */
export function questionsOf(queue: QueueView): Questions {
  const { name } = queue;
  const waiting = queue.waiting + queue.retrying;
  return {
    pause: {
      title: `Pause ${name}?`,
      text: 'Workers finish what is in their hands and get no further items until the queue is resumed.',
      verb: 'Pause',
      act: async () => {
        await change(name, 'pause');
        return `${name} is paused.`;
      },
    },
    resume: {
      title: `Resume ${name}?`,
      text: `Workers get items again. ${countOf(waiting, 'item')} ${waiting === 1 ? 'waits' : 'wait'}.`,
      verb: 'Resume',
      act: async () => {
        await change(name, 'resume');
        return `${name} goes on.`;
      },
    },
    cancel: {
      title: `Cancel ${name} for good?`,
      text: `Of ${countOf(left(queue), 'item')} that are not done, those that wait are dropped, and those that run are aborted. Workers end with exit code 80. This cannot be undone.`,
      verb: 'Cancel the queue',
      isFinal: true,
      act: async () => {
        await change(name, 'cancel');
        return `${name} is cancelled.`;
      },
    },
    retry: (selection, number) => ({
      title: `Retry ${countOf(number, 'dead letter')}?`,
      text: `They go back into ${name} with all their attempts, and wait there for workers.`,
      verb: `Retry ${count(number)}`,
      act: async () => {
        const { changed } = await change(name, 'dead/retry', selection);
        return changed === 0 ? 'Nothing was left to retry.' : `${countOf(changed, 'item')} will be tried again.`;
      },
    }),
    drop: (selection, number) => ({
      title: `Drop ${countOf(number, 'dead letter')}?`,
      text: 'They are deleted with their payloads, and count as dropped. This cannot be undone.',
      verb: `Drop ${count(number)}`,
      isFinal: true,
      act: async () => {
        const { changed } = await change(name, 'dead/drop', selection);
        return changed === 0 ? 'Nothing was left to drop.' : `${countOf(changed, 'dead letter')} dropped.`;
      },
    }),
  };
}
