// One run of the local mesh, from its parts to its result. What the parts are is the business of wiring.ts.
import { setTimeout as pause } from 'node:timers/promises';
import { arrivalRate } from '../environment/capacity.js';
import type { Scenario } from '../environment/scenario.js';
import { Cleanup } from '../mesh/apps/cleanup.js';
import type { Engine, Sidecar } from '../mesh/engine.js';
import {
  startLocalMesh,
  type LocalMesh,
  type LocalMeshOptions,
  type MeshEndpoint,
} from '../mesh/local-mesh.js';
import type { LiveView } from '../mesh/view/live.js';
import { LoadState } from '../mesh/view/state.js';
import { renderTable, type Heading } from '../mesh/view/text.js';
import { balancingOf, type MeshPolicy } from './options.js';
import {
  clientConfiguration,
  serverConfiguration,
  type NamedModel,
  type NamedServing,
} from './plugin-config.js';
import { Reloads } from './reloads.js';
import { closingLine, summarise, type UpResult } from './summary.js';

export interface UpPlan {
  readonly scenario: Scenario;
  readonly policy: MeshPolicy;
  /** Absent: until told to stop. */
  readonly seconds?: number | undefined;
  /** When the first reload comes, from the begin of the load. */
  readonly reloadAfterSeconds?: number | undefined;
  /** Of the trainer; 0 = any. */
  readonly port: number;
  /** The trainer learns, and rolls out what it learned; models are not exchanged for the sake of it. */
  readonly learn?: boolean;
  /** Share of the requests that are traced, 0..1. */
  readonly tracedShare?: number;
}

export interface UpParts {
  readonly engine: Engine;
  /** Models to alternate between; the first one serves first. */
  readonly models: readonly NamedModel[];
  publishClient(configuration: object): Promise<void>;
  publishServer(configuration: object): Promise<void>;
  /** @param serve where it learns: called with what the sidecars should serve from now on */
  startTrainer(port: number, serve?: (serving: NamedServing) => Promise<void>): Promise<Trainer>;
  readonly guard?: NonNullable<LocalMeshOptions['guard']>;
}

export interface Trainer {
  readonly port: number;
  /** The endpoints that sidecars should learn of. */
  announce(endpoints: readonly MeshEndpoint[]): void;
  close(): Promise<unknown>;
}

export interface UpOutput {
  readonly view: LiveView;
  /** Lines for people beside the view. */
  note(line: string): void;
}

const WARMUP_SECONDS = 2;
const FIRST_RELOAD_SECONDS = 5;
const RELOAD_EVERY_SECONDS = 10;
/** In a short run the first reload comes this far into it, so that there is one. */
const RELOAD_SHARE = 0.4;

/** Resolves with the result; `undefined` where it was stopped before the load began. */
export async function runUp(
  plan: UpPlan,
  parts: UpParts,
  output: UpOutput,
  stop: AbortSignal,
): Promise<UpResult | undefined> {
  const cleanup = new Cleanup();
  try {
    return await new Run(plan, parts, output, stop, cleanup).run();
  } catch (error) {
    if (stop.aborted && error === stop.reason) return undefined;
    throw error;
  } finally {
    await cleanup.run();
  }
}

class Run {
  #reloads: Reloads | undefined;
  #state: LoadState | undefined;
  /** What the trainer said last, where it learns. */
  #serving: NamedServing | undefined;
  #known: readonly MeshEndpoint[] = [];

  constructor(
    readonly plan: UpPlan,
    readonly parts: UpParts,
    readonly output: UpOutput,
    readonly stop: AbortSignal,
    readonly cleanup: Cleanup,
  ) {}

  async run(): Promise<UpResult> {
    const { plan, parts, output, stop } = this;
    const { scenario, policy } = plan;
    await parts.publishServer(serverConfiguration());
    await parts.publishClient(this.#configuration());
    const trainer = await (plan.learn
      ? parts.startTrainer(plan.port, (serving) => {
          this.#serving = serving;
          return parts.publishClient(this.#configuration());
        })
      : parts.startTrainer(plan.port));
    this.cleanup.add(() => trainer.close());
    output.note(`the page is at http://127.0.0.1:${trainer.port}/`);
    const endpoints = scenario.services.reduce(
      (sum, s) => sum + s.endpoints.reduce((n, e) => n + e.count, 0),
      0,
    );
    output.note(`${parts.engine.description}: starting ${endpoints + scenario.proxies} sidecars`);
    if (plan.tracedShare && parts.engine.name === 'embedded')
      output.note(
        'the embedded engine does not trace: there is no graph of services, and there are no traces',
      );
    stop.throwIfAborted();
    const mesh = await startLocalMesh({
      scenario,
      engine: parts.engine,
      balancing: balancingOf(policy),
      trainerPort: trainer.port,
      ...(plan.tracedShare === undefined ? {} : { tracedShare: plan.tracedShare }),
      announce: (known) => {
        this.#known = [...known];
        trainer.announce(known);
        return parts.publishClient(this.#configuration());
      },
      load: { warmup: this.#warmup(), ...(plan.seconds === undefined ? {} : { seconds: plan.seconds }) },
      onReport: (report) => {
        this.#state?.add(report);
        this.#reloads?.count(report.failures);
        if (this.#state && !report.final) output.view.update(this.#heading(trainer.port), this.#state.now());
      },
      ...(parts.guard ? { guard: parts.guard } : {}),
      signal: stop,
    });
    this.cleanup.add(() => mesh.stop());
    stop.throwIfAborted();
    const state = (this.#state = new LoadState(mesh.endpoints));
    await this.#loadTo(mesh);
    return this.#finish(mesh, state, trainer.port);
  }

  /** Runs the load with its reloads until it is through or told to stop. */
  async #loadTo(mesh: LocalMesh): Promise<void> {
    const { stop } = this;
    const over = new AbortController();
    mesh.start();
    const reloading = this.#reloadNowAndThen(mesh, over.signal);
    const finish = () => mesh.load.finish();
    if (stop.aborted) finish();
    else stop.addEventListener('abort', finish, { once: true });
    const broken = mesh.failed.then((reason) => {
      throw new Error(reason);
    });
    try {
      await Promise.race([mesh.load.finished, broken, reloading.then(() => mesh.load.finished)]);
    } finally {
      broken.catch(() => {});
      over.abort();
      stop.removeEventListener('abort', finish);
    }
    // A reload under way at the end of a run is still one; who pressed Ctrl-C does not wait for it.
    if (!stop.aborted) await this.#reloads?.settled();
  }

  async #reloadNowAndThen(mesh: LocalMesh, over: AbortSignal): Promise<void> {
    const { plan, parts, output } = this;
    // Only the actor has a model to exchange.
    if (plan.learn || plan.policy !== 'actor' || parts.models.length < 2) return;
    const reloads = (this.#reloads = new Reloads({
      models: parts.models,
      publish: (model) => parts.publishClient(this.#configuration({ current: model })),
      clients: mesh.clients,
      workersPerProxy: plan.scenario.workersPerProxy,
      now: () => performance.timeOrigin + performance.now(),
      pause,
    }));
    const first = Math.min(FIRST_RELOAD_SECONDS, (plan.seconds ?? Infinity) * RELOAD_SHARE);
    let seconds = plan.reloadAfterSeconds ?? first;
    while (await pause(seconds * 1000, true, { signal: over }).catch(() => false)) {
      await reloads.reload();
      for (const line of reloads.complaints.splice(0)) output.note(line);
      seconds = RELOAD_EVERY_SECONDS;
    }
  }

  async #finish(mesh: LocalMesh, state: LoadState, port: number): Promise<UpResult> {
    const { plan, parts, output } = this;
    const result = summarise(
      {
        engine: parts.engine.name,
        policy: plan.policy,
        scenario: plan.scenario.name,
        reloadMs: this.#reloads?.effectMs ?? [],
        failedDuringReload: this.#reloads?.failed ?? 0,
        servedNotChosen: await sumOfCounters(mesh.clients, 'wasmcustom.weir.served_not_chosen'),
      },
      state.total(),
    );
    output.view.done(`${renderTable(this.#heading(port), state.total())}\n${closingLine(result)}`);
    return result;
  }

  #configuration(serving = this.#serving ?? this.#first()): object {
    const { policy, tracedShare = 0 } = this.plan;
    return clientConfiguration(policy, serving, this.#known, tracedShare > 0);
  }

  #first(): NamedServing | undefined {
    const current = this.#firstModel();
    return current && { current };
  }

  #firstModel(): NamedModel | undefined {
    return this.plan.policy === 'actor' ? this.parts.models[0] : undefined;
  }

  /** The scenario's, but a run of seconds must not be all warm-up. */
  #warmup(): number {
    const { scenario, seconds = Infinity } = this.plan;
    const most = Math.min(WARMUP_SECONDS, seconds / 10) * arrivalRate(scenario);
    return Math.min(scenario.warmup, Math.ceil(most));
  }

  #heading(port: number): Heading {
    const { plan, parts } = this;
    const model = this.#reloads?.model ?? this.#serving?.current ?? this.#firstModel();
    return {
      scenario: plan.scenario.name,
      policy: plan.policy,
      engine: parts.engine.description,
      url: `http://127.0.0.1:${port}/`,
      ...(model ? { model: model.id } : {}),
      reloads: this.#reloads?.effectMs.length ?? 0,
    };
  }
}

/** Envoys without the filter have no such counter: that is zero. */
async function sumOfCounters(sidecars: readonly Sidecar[], name: string): Promise<number> {
  const values = sidecars.map(
    async (sidecar) => (await sidecar.stats(name.replaceAll('.', '\\.'))).get(name) ?? 0,
  );
  return (await Promise.all(values)).reduce((sum, value) => sum + value, 0);
}
