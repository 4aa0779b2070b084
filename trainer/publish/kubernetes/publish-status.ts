// What became of publishing, where people of a cluster look: a condition in the resource's status, and a Kubernetes Event.
// Istio's resources have a status subresource; istiod writes other conditions there where it is told to, which stay.
import { hostname } from 'node:os';
import { modelIdIn } from '../../actor/model-file.js';
import type { EventSink } from '../../telemetry/event.js';
import { RefusedError, type Publisher } from '../publisher.js';
import { apiErrorText } from './api-error.js';
import { microTime } from './micro-time.js';
import type { Resource, ResourceClient, ResourceName, ResourceType } from './resource-client.js';

export const CONDITION = 'weir.dev/ModelServing';
/** A status's message is for people; an event's note has 1 KiB. */
const MAX_MESSAGE = 1000;

/** meta/v1 Condition, as Istio has it. */
interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

type Told = Pick<Condition, 'status' | 'reason' | 'message'>;

export interface StatusTarget extends ResourceName {
  readonly type: ResourceType;
}

export interface StatusParts {
  readonly client: ResourceClient;
  readonly wallNow: () => number;
  /** Told once when the status cannot be written: publishing goes on. */
  readonly events: EventSink;
}

/** The same publisher, which also leaves a condition and an event. Neither holds it up or makes it fail. */
export function withStatus(publisher: Publisher, target: StatusTarget, parts: StatusParts): Publisher {
  const status = new PublishStatus(target, parts);
  return {
    async publish(configuration, signal) {
      try {
        await publisher.publish(configuration, signal);
      } catch (error) {
        if (error instanceof RefusedError) status.tell('False', 'PublishRefused', error.message, signal);
        throw error;
      }
      const { reason, message } = summary(configuration);
      status.tell('True', reason, message, signal);
    },
  };
}

class PublishStatus {
  #isTold = false;
  /** One at a time, so that what is told last stays. */
  #last = Promise.resolve();

  constructor(
    private readonly target: StatusTarget,
    private readonly parts: StatusParts,
  ) {}

  tell(status: Condition['status'], reason: string, message: string, signal: AbortSignal | undefined): void {
    const told = { status, reason, message: message.slice(0, MAX_MESSAGE) };
    this.#last = this.#last.then(() => this.#write(told, signal));
  }

  async #write(told: Told, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return;
    const { client, events } = this.parts;
    const { type, namespace, name } = this.target;
    try {
      const resource = await client.read(type, this.target, signal);
      await client.patchStatus(type, this.target, this.#patch(resource, told), signal);
      await client.createEvent(namespace, this.#event(resource, told), signal);
      this.#isTold = false;
    } catch (error) {
      if (signal?.aborted || this.#isTold) return;
      this.#isTold = true;
      events.emit(
        'publish.status-unwritten',
        `The status of ${type.kind} ${namespace}/${name} could not be written: ${apiErrorText(error)}.`,
      );
    }
  }

  /** Merge patch (RFC 7386): lists are replaced as a whole, so the version read goes along. */
  #patch(resource: Resource, told: Told): object {
    const known = conditionsOf(resource);
    const before = known.find(({ type }) => type === CONDITION);
    const at = new Date(this.parts.wallNow()).toISOString();
    const lastTransitionTime = before?.status === told.status ? before.lastTransitionTime : at;
    const own: Condition = { type: CONDITION, ...told, lastTransitionTime };
    const { resourceVersion } = resource.metadata;
    return {
      metadata: { resourceVersion },
      status: { conditions: [...known.filter(({ type }) => type !== CONDITION), own] },
    };
  }

  #event(resource: Resource, told: Told): object {
    const { type, namespace, name } = this.target;
    const { uid, resourceVersion } = resource.metadata;
    return {
      ...{ apiVersion: 'events.k8s.io/v1', kind: 'Event' },
      metadata: { generateName: `${name}-`, namespace },
      eventTime: microTime(this.parts.wallNow()),
      ...{ reportingController: 'weir.dev/trainer', reportingInstance: hostname(), action: 'Publish' },
      ...{ type: told.status === 'True' ? 'Normal' : 'Warning', reason: told.reason, note: told.message },
      regarding: {
        ...{ apiVersion: `${type.group}/${type.version}`, kind: type.kind },
        ...{ namespace, name, uid, resourceVersion },
      },
    };
  }
}

function conditionsOf({ status }: Resource): Condition[] {
  const { conditions } = (status ?? {}) as { conditions?: Condition[] };
  return Array.isArray(conditions) ? conditions : [];
}

/** Of what was published: which model serves, and which one is tried. */
function summary(configuration: object): { reason: string; message: string } {
  const { model, candidate } = configuration as {
    model?: unknown;
    candidate?: { model?: unknown; share?: number };
  };
  const serves = `model ${idOf(model)} serves`;
  if (candidate === undefined) return { reason: 'ModelPublished', message: serves };
  const share = 100 * (candidate.share ?? 0);
  const message = `${serves}, candidate ${idOf(candidate.model)} gets ${share}% of the requests`;
  return { reason: 'CandidatePublished', message };
}

function idOf(model: unknown): string {
  const file = Buffer.from(typeof model === 'string' ? model : '', 'base64');
  return modelIdIn(file) ?? 'none';
}
