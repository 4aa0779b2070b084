// The rollout: how a model gets traffic, and loses it. A state machine, to be read from top to bottom:
//
//   idle -> gate -> shadow -> canary 5% -> 25% -> 50% -> promoted        (the candidate serves)
//             |        |         |          |      |
//          rejected rejected      rolled back                            (the current model serves on)
//
// Every transition writes the state, then publishes what it says, then tells of it. Commands and ticks take turns.
import type { Model } from '../actor/model.js';
import type { Report } from '../telemetry/report.js';
import { CanaryStage, summaryOf, type Judgement } from './canary.js';
import type { GateVerdict } from './gate.js';
import { Keeper } from './keeper.js';
import { ROLLOUT_DEFAULTS, type RolloutOptions } from './options.js';
import { RolloutRefused, viewOf, type Proposal, type RolloutParts, type RolloutView } from './parts.js';
import { RecentLatency } from './recent-latency.js';
import { resumption } from './resumption.js';
import { alphaOf } from './sequential-test.js';
import { judgeShadow } from './shadow.js';
import { MAX_HISTORY, type Outcome, type RolloutRun, type RolloutState } from './state.js';

type Data = Readonly<Record<string, unknown>>;

interface GateRun {
  readonly abort: AbortController;
  verdict?: GateVerdict;
  error?: Error;
}

export class Rollout {
  readonly #parts: RolloutParts;
  readonly #options: RolloutOptions;
  readonly #keeper: Keeper;
  readonly #recent = new RecentLatency();
  #gate: GateRun | undefined;
  #shadowSince = 0;
  #stage: CanaryStage | undefined;
  #isHeld = false;
  #trouble = '';

  private constructor(parts: RolloutParts, options: RolloutOptions, keeper: Keeper) {
    this.#parts = parts;
    this.#options = options;
    this.#keeper = keeper;
    keeper.onServed = (error) => this.#onServed(error);
  }

  /** Goes on from where an earlier trainer stopped, and publishes what is to be served. @throws {Error} of the store */
  static async open(parts: RolloutParts, options: Partial<RolloutOptions> = {}): Promise<Rollout> {
    const keeper = await Keeper.open(parts);
    const rollout = new Rollout(parts, { ...ROLLOUT_DEFAULTS, ...options }, keeper);
    await keeper.turn(() => rollout.#resume());
    return rollout;
  }

  // idle -> gate; by force -> canary

  /** @param model one of the registry @throws {RolloutRefused} during another rollout, or too soon after a failed one */
  propose(model: Model, { by, force = false }: Proposal): Promise<void> {
    return this.#keeper.turn(async () => {
      const { current, run, coolUntil, last } = this.#keeper.state;
      const wall = this.#parts.wallNow();
      if (run) throw new RolloutRefused(`model ${run.candidate} is in the ${run.phase}: abort it first`);
      if (model.id === current) throw new RolloutRefused(`model ${model.id} serves already`);
      if (!force && wall < coolUntil) {
        const seconds = Math.ceil((coolUntil - wall) / 1000);
        throw new RolloutRefused(
          `model ${last?.candidate} was ${last?.outcome}: wait ${seconds} s, or force it`,
        );
      }
      // From where a restart would have it.
      this.#keeper.candidate = await this.#keeper.load(model.id);
      const phase = force ? 'canary' : 'gate';
      const none = { stage: 0, tests: 0, restarts: 0, startedAt: wall, watchedAt: wall };
      const begun: RolloutRun = { candidate: model.id, by, forced: force, phase, ...none };
      if (force) return this.#toCanary(begun, `past the gate, by ${by}`);
      await this.#toGate(begun);
      this.#tell('proposed', `Model ${model.id} is proposed by ${by}.`, { candidate: model.id, by });
    });
  }

  async #toGate(run: RolloutRun): Promise<void> {
    await this.#keeper.keep({ run: { ...run, phase: 'gate' } });
    const gate: GateRun = { abort: new AbortController() };
    this.#gate = gate;
    this.#parts.gate(this.#keeper.candidate!, this.#keeper.current, gate.abort.signal).then(
      (verdict) => (gate.verdict = verdict),
      (error: unknown) => (gate.error = asError(error)),
    );
  }

  // gate -> shadow, or rejected

  async #tickGate(run: RolloutRun): Promise<void> {
    const { verdict, error } = this.#gate!;
    // What cannot be judged does not pass.
    if (error) return this.#end('rejected', `the gate could not judge it: ${error.message}`);
    if (!verdict) return;
    await this.#keeper.evaluated(run.candidate, verdict);
    const data = { candidate: run.candidate, reasons: verdict.reasons, tables: verdict.tables };
    if (!verdict.passed) return this.#end('rejected', `at the gate: ${verdict.reasons.join('; ')}`, data);
    await this.#toShadow(run);
    this.#tell('gate-passed', `Model ${run.candidate} passed the gate.`, data);
  }

  async #toShadow(run: RolloutRun): Promise<void> {
    await this.#keeper.keep({ run: { ...run, phase: 'shadow' } });
    this.#shadowSince = this.#parts.now();
  }

  // shadow -> canary, or rejected

  async #tickShadow(run: RolloutRun, now: number): Promise<void> {
    const { shadow } = this.#options;
    const { candidate, current } = this.#keeper;
    const records = this.#parts.records.of(current.id, now);
    const waitedMs = now - this.#shadowSince;
    if (records.length < shadow.records) {
      if (waitedMs < shadow.timeoutMs) return;
      const seconds = Math.round(waitedMs / 1000);
      return this.#toCanary(
        run,
        `only ${records.length} of ${shadow.records} decisions came in ${seconds} s of shadow`,
      );
    }
    const verdict = judgeShadow(candidate!, current, records, shadow);
    if (!verdict.passed)
      return this.#end('rejected', `in the shadow: ${verdict.reasons.join('; ')}`, { ...verdict });
    await this.#toCanary(run, `passed the shadow on ${verdict.records} decisions`, { ...verdict });
  }

  // canary -> canary, promoted, or rolled back

  async #toCanary(run: RolloutRun, reason: string, data: Data = {}): Promise<void> {
    const tests = run.tests + 1;
    const share = this.#options.shares[run.stage]!;
    await this.#keeper.keep({ run: { ...run, phase: 'canary', tests, watchedAt: this.#parts.wallNow() } });
    const of = {
      candidate: run.candidate,
      current: this.#keeper.current.id,
      share,
      alpha: alphaOf(this.#options.alpha, tests),
      baseline: this.#recent.baseline(),
    };
    this.#stage = new CanaryStage(of, this.#options, this.#parts.now());
    this.#isHeld = false;
    this.#keeper.serve(share);
    const message = `Model ${run.candidate} gets ${100 * share}% of the requests: ${reason}.`;
    this.#tell('canary', message, { ...of, baseline: of.baseline ?? null, ...data });
  }

  async #tickCanary(run: RolloutRun, now: number): Promise<void> {
    const judgement = this.#stage!.judge(now);
    const { kind, reason } = judgement;
    switch (kind) {
      case 'waiting':
      case 'going':
      case 'held':
        return this.#watch(run, judgement);
      case 'safe':
        if (run.stage + 1 === this.#options.shares.length)
          return this.#promote(run, 'not worse in any stage', judgement);
        return this.#toCanary({ ...run, stage: run.stage + 1 }, `not worse, ${summaryOf(judgement)}`, {
          ...judgement,
        });
      case 'worse':
        await this.#end('rolled-back', `${reason}: ${summaryOf(judgement)}`, { ...judgement });
        return this.#parts.onHarm(reason);
      case 'silent':
      case 'refused':
      case 'unreachable':
      case 'undecided':
        return this.#end('rolled-back', reason, { ...judgement });
    }
  }

  async #watch(run: RolloutRun, { kind, reason }: Judgement): Promise<void> {
    const isHeld = kind === 'held';
    if (isHeld !== this.#isHeld) {
      const { candidate } = run;
      const message = isHeld
        ? `Model ${candidate} stays at its share: ${reason}.`
        : `Model ${candidate} goes on.`;
      this.#tell(isHeld ? 'held' : 'going-on', message, { candidate });
    }
    this.#isHeld = isHeld;
    const watchedAt = this.#parts.wallNow();
    const isDue = Math.abs(watchedAt - run.watchedAt) >= this.#options.unwatchedMs / WATCHES;
    if (isDue) await this.#keeper.keepIfPossible({ run: { ...run, watchedAt } });
  }

  async #promote({ candidate }: RolloutRun, reason: string, judgement: Judgement): Promise<void> {
    const { current, history } = this.#keeper.state;
    await this.#keeper.keep({
      current: candidate,
      history: [...history, current].slice(-MAX_HISTORY),
      run: null,
      last: this.#last(candidate, 'promoted', reason),
    });
    this.#stage = undefined;
    this.#keeper.promote();
    this.#keeper.serve(0);
    this.#tell('promoted', `Model ${candidate} serves all requests: ${reason}.`, { candidate, ...judgement });
    await this.#keeper.staged(candidate, 'promoted', reason);
  }

  // any -> idle, where the current model serves alone

  /** Also where it cannot be written down: a restart then finds a canary that nobody watched, and ends it too. */
  async #end(outcome: Exclude<Outcome, 'promoted'>, reason: string, data: Data = {}): Promise<void> {
    const { candidate, phase } = this.#keeper.state.run!;
    this.#gate?.abort.abort();
    this.#gate = undefined;
    this.#stage = undefined;
    const coolUntil = outcome === 'aborted' ? 0 : this.#parts.wallNow() + this.#options.coolDownMs;
    await this.#keeper.keepIfPossible({ run: null, last: this.#last(candidate, outcome, reason), coolUntil });
    this.#keeper.candidate = undefined;
    if (phase === 'canary') this.#keeper.serve(0);
    this.#tell(outcome, `Model ${candidate} is ${outcome.replace('-', ' ')}: ${reason}.`, {
      candidate,
      ...data,
    });
    await this.#keeper.staged(candidate, outcome, reason);
  }

  // commands

  /** Ends the canary early, for the candidate. @throws {RolloutRefused} where it is not seen in one, or is worse */
  promote(id: string, by: string): Promise<void> {
    return this.#keeper.turn(async () => {
      const { run } = this.#keeper.state;
      if (run?.candidate !== id || run.phase !== 'canary')
        throw new RolloutRefused(`model ${id} is not in the canary: propose it`);
      const judgement = this.#stage!.judge(this.#parts.now());
      if (judgement.kind !== 'going' && judgement.kind !== 'safe')
        throw new RolloutRefused(`model ${id} is not promoted: ${judgement.reason}`);
      await this.#promote(run, `by ${by}, before the canary was over`, judgement);
    });
  }

  /** Ends the rollout. @throws {RolloutRefused} where there is none */
  abort(by: string): Promise<void> {
    return this.#keeper.turn(async () => {
      if (!this.#keeper.state.run) throw new RolloutRefused('no rollout is under way');
      await this.#end('aborted', `by ${by}`);
    });
  }

  /**
   * Takes back what was published last: a candidate that has traffic, else the current model for the one before it.
   * @throws {RolloutRefused} where there is none before it
   */
  rollback(by: string, reason: string): Promise<void> {
    return this.#keeper.turn(async () => {
      const { run, current, history } = this.#keeper.state;
      const why = `by ${by}: ${reason}`;
      if (run?.phase === 'canary') return this.#end('rolled-back', why);
      const previous = await this.#keeper.loadNewest(history);
      if (!previous) throw new RolloutRefused(`there is no model before ${current}`);
      if (run)
        await this.#end('aborted', `model ${current}, which it is compared with, is rolled back ${why}`);
      await this.#keeper.keepIfPossible({
        current: previous.model.id,
        history: previous.before,
        last: this.#last(current, 'rolled-back', why),
        coolUntil: this.#parts.wallNow() + this.#options.coolDownMs,
      });
      this.#keeper.current = previous.model;
      this.#keeper.serve(0);
      const data = { candidate: null, from: current, to: previous.model.id };
      this.#tell('rolled-back', `Model ${current} is rolled back to ${previous.model.id} ${why}.`, data);
      await this.#keeper.staged(current, 'rolled-back', why);
    });
  }

  // what drives it

  /** Of every report that the fleet accepted. */
  onReport(report: Report, now: number): void {
    const current = report.models.find(({ id }) => id === this.#keeper.current.id);
    if (current) this.#recent.add(current.latency, now);
    this.#stage?.onReport(report, now);
  }

  /** About once a second. What it could not do, such as write to a full disk, it tells once and tries again. */
  async tick(now: number): Promise<void> {
    try {
      await this.#keeper.turn(() => this.#tick(now));
      this.#trouble = '';
    } catch (error) {
      const { message } = asError(error);
      if (message !== this.#trouble) this.#tell('stuck', `The rollout cannot go on: ${message}.`, {});
      this.#trouble = message;
    }
  }

  async #tick(now: number): Promise<void> {
    const { run } = this.#keeper.state;
    this.#keeper.retry(now);
    if (run?.phase === 'gate') await this.#tickGate(run);
    if (run?.phase === 'shadow') await this.#tickShadow(run, now);
    if (run?.phase === 'canary') await this.#tickCanary(run, now);
  }

  /** The publisher's answer: the candidate is on its way, or the sidecars refuse it. */
  #onServed(error: Error | undefined): void {
    const stage = this.#stage;
    if (!error) return stage?.handedOver(this.#parts.now());
    this.#tell('publish-failed', `The models could not be published: ${error.message}.`, {});
    stage?.refused(error.message);
  }

  /** After a restart. Publishes in any case: what the sidecars serve is not known. */
  async #resume(): Promise<void> {
    const { run } = this.#keeper.state;
    if (!run) return this.#keeper.serve(0);
    const { candidate, phase } = run;
    const decision = resumption(
      run,
      this.#keeper.candidate !== undefined,
      this.#parts.wallNow(),
      this.#options,
    );
    if (phase !== 'canary') this.#keeper.serve(0);
    if (!decision.goesOn) return this.#end(decision.outcome, decision.why);
    const again = { ...run, restarts: run.restarts + 1 };
    this.#tell('resumed', `Model ${candidate} goes on in the ${phase}: ${decision.why}.`, {
      candidate,
      phase,
    });
    if (phase === 'gate') return this.#toGate(again);
    if (phase === 'shadow') return this.#toShadow(again);
    try {
      await this.#toCanary(again, decision.why);
    } catch (error) {
      await this.#end('rolled-back', `it cannot be watched over: ${asError(error).message}`);
    }
  }

  view(now: number): RolloutView {
    return viewOf(this.#keeper.state, this.#stage?.judge(now), this.#keeper.share, this.#parts.wallNow());
  }

  /** Ends what runs in this process. The state stays, and the next trainer goes on from it. */
  async close(): Promise<void> {
    await this.#keeper.turn(() => this.#gate?.abort.abort());
  }

  #last(candidate: string, outcome: Outcome, reason: string): NonNullable<RolloutState['last']> {
    return { candidate, outcome, reason, at: this.#parts.wallNow() };
  }

  #tell(kind: string, message: string, data: Data): void {
    this.#parts.events.emit(`rollout.${kind}`, message, { current: this.#keeper.state.current, ...data });
  }
}

/** So many times in the time that a canary may go unwatched it is written down that somebody watches. */
const WATCHES = 6;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
