import type { Log } from '../worker/log';
import type { Processes, ProcessSeen } from './processes';

/** How often to look, in ms. */
const EVERY = 500;
/** The program is gone if it is not there for so long, in ms. */
const GONE_FOR = 1_000;
/** A program that has asked and was not seen for so long will not be seen, in ms. */
const UNSEEN_FOR = 5_000;

/**
 * Watches the processes of the program, where the agent sees them: those that have its address in their environment.
 *
 * The program is the processes that were there when it first asked, and those that come from them: a child, or whoever is in
 * a session or a process group of theirs. Another one, such as a program that was started anew, or a shell that looks
 * around, is not the program that holds the items.
 */
export class ProgramWatch {
  /** Resolves once the program has asked, and is gone. */
  readonly gone: Promise<void>;
  private isGone = false;
  private tellGone!: () => void;
  private known = new Map<number, string>();
  private readonly sessions = new Set<number>();
  private readonly groups = new Set<number>();
  private askedAt: number | undefined;
  private missedAt: number | undefined;
  private warned = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly look: () => Processes,
    private readonly log: Pick<Log, 'warn'>,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.gone = new Promise((resolve) => {
      this.tellGone = resolve;
    });
  }

  begin(): void {
    this.timer = setInterval(() => this.see(), EVERY);
  }

  end(): void {
    clearInterval(this.timer);
  }

  /** The program asks for an item. */
  asked(): void {
    if (this.askedAt !== undefined) return;
    this.askedAt = this.now();
    this.see();
  }

  /** Whether it has seen processes of the program, and so would see that there are none. */
  get isSeeing(): boolean {
    return this.askedAt !== undefined && this.known.size > 0;
  }

  /** Whether the program is gone, as far as can be seen at this moment. */
  get seesNobody(): boolean {
    return this.isGone || this.missedAt !== undefined;
  }

  /** Looks once. */
  see(): void {
    if (this.isGone) return;
    const processes = this.look();
    // Until it asks, it may be started anew as often as it likes.
    if (this.askedAt === undefined) return;
    const first = this.known.size === 0;
    const program = first
      ? processes.all.filter((each) => processes.isOfProgram(each))
      : processes.all.filter((each) => this.isOfKnown(each, processes));
    if (program.length > 0) this.seen(program);
    else if (first) this.unseen(processes.hidden);
    else this.miss();
  }

  private seen(program: readonly ProcessSeen[]): void {
    this.missedAt = undefined;
    for (const { pid, started, group, session } of program) {
      this.known.set(pid, started);
      this.groups.add(group);
      this.sessions.add(session);
    }
  }

  private isOfKnown(seen: ProcessSeen, processes: Processes): boolean {
    const { pid, started, parent, group, session } = seen;
    if (this.known.get(pid) === started) return true;
    const isNear = this.known.has(parent) || this.groups.has(group) || this.sessions.has(session);
    return isNear && processes.isOfProgram(seen);
  }

  private miss(): void {
    this.missedAt ??= this.now();
    if (this.now() - this.missedAt < GONE_FOR) return;
    this.isGone = true;
    this.end();
    this.tellGone();
  }

  private unseen(hidden: number): void {
    if (this.warned || this.now() - (this.askedAt ?? 0) < UNSEEN_FOR) return;
    this.warned = true;
    const why =
      hidden > 0
        ? `the environment of ${hidden} processes cannot be read, as they run under another user`
        : 'no process has the address of the agent in its environment';
    this.log.warn(
      `the program is not seen among the processes (${why}): that it has ended shows only by its silence. Let both containers run under the same user (runAsUser)`,
    );
  }
}
