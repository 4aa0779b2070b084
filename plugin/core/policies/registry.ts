// The policies that a proxy can run, by name.
import { Model } from '../model';
import { WeightBounds } from '../settings';
import { Actor } from './actor';
import { C3 } from './c3';
import { ClientSideWrr } from './client-side-wrr';
import { EwmaFull, WorkFull } from './ewma-full';
import { DestinationHash, SourceHash } from './hash';
import { LeastRequest, LeastRequestFull } from './least-request';
import { LeastResponseTime } from './least-response-time';
import { PeakEwma } from './peak-ewma';
import { Policy } from './policy';
import { Prequal } from './prequal';
import { Random } from './random';
import { RoundRobin } from './round-robin';
import { WeightedRoundRobin } from './weighted-round-robin';

/** Index in this list = id of the policy. */
export const POLICY_NAMES: StaticArray<string> = [
  'actor',
  'random',
  'round-robin',
  'weighted-round-robin',
  'source-hash',
  'destination-hash',
  'least-request',
  'least-request-full',
  'least-response-time',
  'peak-ewma',
  'client-side-wrr',
  'c3',
  'prequal',
  'ewma-full',
  'work-full',
];
export const ACTOR: i32 = 0;
export const SOURCE_HASH: i32 = 4;
export const DESTINATION_HASH: i32 = 5;

/** A new instance of policy `id`, with its own state; `model` and `bounds` are the actor's. */
export function createPolicy(id: i32, model: Model, bounds: WeightBounds): Policy {
  switch (id) {
    case 1:
      return new Random();
    case 2:
      return new RoundRobin();
    case 3:
      return new WeightedRoundRobin();
    case SOURCE_HASH:
      return new SourceHash();
    case DESTINATION_HASH:
      return new DestinationHash();
    case 6:
      return new LeastRequest();
    case 7:
      return new LeastRequestFull();
    case 8:
      return new LeastResponseTime();
    case 9:
      return new PeakEwma();
    case 10:
      return new ClientSideWrr();
    case 11:
      return new C3();
    case 12:
      return new Prequal();
    case 13:
      return new EwmaFull();
    case 14:
      return new WorkFull();
    default:
      return new Actor(model, bounds);
  }
}
