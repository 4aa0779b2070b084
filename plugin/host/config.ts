// The plugin's configuration (docs/contracts.md): read strictly, so that a mistake is a log line with the key's name and
// not a default that nobody meant.
import { Model } from '../core/model';
import { ACTOR, POLICY_NAMES, SOURCE_HASH } from '../core/policies/registry';
import { EjectionSettings, WeightBounds } from '../core/settings';
import { Name, Slice, isAddress, lowerCase } from './bytes';
import { ClassRule } from './class-rule';
import { ConfigReader, plain } from './config-reader';
import { readModel } from './config-model';

const MAX_BYTES: i32 = 262144;
const MAX_CLUSTERS: i32 = 1024;
const MAX_CLASSES: f64 = 256;

export const enum Role {
  None,
  Client,
  Server,
}

export const enum Mode {
  Act,
  Shadow,
  Off,
}

/** An endpoint known from configuration. */
export class ConfiguredEndpoint {
  constructor(
    readonly cluster: string,
    readonly address: string,
    readonly weight: f32,
  ) {}
}

export class Config {
  role: Role = Role.None;
  mode: Mode = Mode.Act;
  policy: i32 = ACTOR;
  model: Model | null = null;
  candidate: Model | null = null;
  candidateShare: f32 = 0;
  /** Clusters to balance; empty = every one. */
  clusters: Name[] = [];
  endpoints: ConfiguredEndpoint[] = [];
  bounds: WeightBounds = new WeightBounds();
  ejection: EjectionSettings = new EjectionSettings();
  reportCluster: Name = new Name('');
  intervalMs: f64 = 1000;
  samples: i32 = 64;
  classes: ClassRule = new ClassRule();
  /** Whether traces are told of decisions. */
  traced: bool = false;
  userHeader: Name | null = null;
  hashUser: bool = true;
  /** What is wrong: empty when the configuration is good. */
  error: string = '';

  get isGood(): bool {
    return this.error.length == 0;
  }

  /** Frees what the garbage collector does not know of. */
  dispose(): void {
    for (let i = 0; i < this.clusters.length; i++) this.clusters[i].dispose();
    this.reportCluster.dispose();
    this.classes.header.dispose();
    const user = this.userHeader;
    if (user !== null) user.dispose();
  }

  /** Whether the policy needs the caller's address. */
  get hashesSource(): bool {
    return this.policy == SOURCE_HASH;
  }

  handles(at: usize, length: i32): bool {
    if (this.clusters.length == 0) return true;
    for (let i = 0; i < this.clusters.length; i++) {
      if (unchecked(this.clusters[i]).is(at, length)) return true;
    }
    return false;
  }
}

/** Reads a configuration; the result's `error` says what is wrong with it. The bytes are changed in place. */
export function readConfig(text: Slice): Config {
  const config = new Config();
  if (text.length > MAX_BYTES) {
    config.error =
      'configuration: ' + plain(text.length) + ' bytes, at most ' + plain(MAX_BYTES) + ' are read';
    return config;
  }
  const reader = new ConfigReader(text.at, text.length);
  if (reader.open('')) {
    while (reader.nextKey('')) readTop(reader, config);
    reader.finish();
  }
  if (reader.error.length == 0) complete(config, reader);
  config.error = reader.error;
  reader.dispose();
  return config;
}

function complete(config: Config, reader: ConfigReader): void {
  if (config.role == Role.None) reader.rejectAt('role', 'required: "client" or "server"');
  else if (
    config.role == Role.Client &&
    config.policy == ACTOR &&
    config.model === null &&
    config.mode != Mode.Off
  ) {
    reader.rejectAt('model', 'required by policy "actor"');
  } else if (config.candidate !== null && config.policy != ACTOR) {
    reader.rejectAt('candidate', 'needs policy "actor"');
  }
}

function readTop(reader: ConfigReader, config: Config): void {
  const json = reader.json;
  if (json.is('role')) {
    config.role = (reader.oneOf(['client', 'server']) + 1) as Role;
  } else if (json.is('mode')) {
    config.mode = reader.oneOf(['act', 'shadow', 'off']) as Mode;
  } else if (json.is('policy')) {
    config.policy = reader.oneOf(POLICY_NAMES);
  } else if (json.is('model')) {
    config.model = readModel(reader);
  } else if (json.is('candidate')) {
    readCandidate(reader, config);
  } else if (json.is('clusters')) {
    readClusters(reader, config);
  } else if (json.is('endpoints')) {
    readEndpoints(reader, config);
  } else if (json.is('weights')) {
    readWeights(reader, config.bounds);
  } else if (json.is('ejection')) {
    readEjection(reader, config.ejection);
  } else if (json.is('report')) {
    readReport(reader, config);
  } else if (json.is('classes')) {
    readClasses(reader, config.classes);
  } else if (json.is('tracing')) {
    readTracing(reader, config);
  } else {
    reader.unknown();
  }
}

function readCandidate(reader: ConfigReader, config: Config): void {
  let hasShare = false;
  reader.open('candidate');
  while (reader.nextKey('candidate')) {
    if (reader.json.is('model')) config.candidate = readModel(reader);
    else if (reader.json.is('share')) {
      config.candidateShare = reader.number(0, 1) as f32;
      hasShare = true;
    } else reader.unknown();
  }
  if (config.candidate === null) reader.rejectAt('candidate.model', 'required');
  else if (!hasShare) reader.rejectAt('candidate.share', 'required');
}

function readClusters(reader: ConfigReader, config: Config): void {
  reader.openList();
  while (reader.nextItem()) {
    config.clusters.push(new Name(reader.text(512)));
    if (config.clusters.length > MAX_CLUSTERS) reader.reject('at most ' + plain(MAX_CLUSTERS));
  }
}

function readEndpoints(reader: ConfigReader, config: Config): void {
  reader.open('endpoints');
  while (reader.nextKey('endpoints')) {
    const cluster = reader.keyText();
    const path = 'endpoints.' + cluster;
    const mark = reader.mark;
    reader.openList();
    while (reader.nextItem()) {
      let address = '';
      let weight: f32 = 1;
      if (reader.json.peek() == 0x22) {
        address = reader.text(63);
      } else {
        reader.forgetSince(mark);
        reader.open(path);
        while (reader.nextKey(path)) {
          if (reader.json.is('address')) address = reader.text(63);
          else if (reader.json.is('weight')) weight = reader.number(0.001, 1000) as f32;
          else reader.unknown();
        }
      }
      if (!isAddressText(address)) reader.rejectAt(path, 'expected "ip:port", got "' + address + '"');
      config.endpoints.push(new ConfiguredEndpoint(cluster, address, weight));
    }
  }
}

function isAddressText(text: string): bool {
  const bytes = String.UTF8.encode(text);
  return isAddress(changetype<usize>(bytes), bytes.byteLength);
}

function readWeights(reader: ConfigReader, bounds: WeightBounds): void {
  reader.open('weights');
  while (reader.nextKey('weights')) {
    if (reader.json.is('min')) bounds.min = reader.number(0, 1) as f32;
    else if (reader.json.is('max')) bounds.max = reader.number(1, 256) as f32;
    else if (reader.json.is('step')) bounds.step = reader.number(0, 1) as f32;
    else reader.unknown();
  }
}

function readEjection(reader: ConfigReader, settings: EjectionSettings): void {
  reader.open('ejection');
  while (reader.nextKey('ejection')) {
    const json = reader.json;
    if (json.is('consecutiveErrors')) {
      settings.consecutiveErrors = reader.integer(1, 1000);
    } else if (json.is('baseMs')) settings.baseMs = reader.number(1, 3600000) as f32;
    else if (json.is('maxMs')) settings.maxMs = reader.number(1, 86400000) as f32;
    else if (json.is('maxShare')) settings.maxShare = reader.number(0, 1) as f32;
    else if (json.is('panicShare')) settings.panicShare = reader.number(0, 1) as f32;
    else if (json.is('slowStartMs')) settings.slowStartMs = reader.number(0, 3600000) as f32;
    else reader.unknown();
  }
  if (settings.maxMs < settings.baseMs)
    reader.rejectAt('ejection.maxMs', 'must not be below ejection.baseMs');
}

function readReport(reader: ConfigReader, config: Config): void {
  reader.open('report');
  while (reader.nextKey('report')) {
    if (reader.json.is('cluster')) {
      config.reportCluster.dispose();
      config.reportCluster = new Name(reader.text(512));
    } else if (reader.json.is('intervalMs')) config.intervalMs = reader.number(100, 60000);
    else if (reader.json.is('samples')) config.samples = reader.integer(0, 256);
    else reader.unknown();
  }
  if (config.reportCluster.length == 0) reader.rejectAt('report.cluster', 'required');
}

function readClasses(reader: ConfigReader, rule: ClassRule): void {
  reader.open('classes');
  while (reader.nextKey('classes')) {
    if (reader.json.is('by')) {
      const by = reader.text(128);
      if (!rule.set(by)) reader.reject('expected "path", "none" or "header:NAME", got "' + by + '"');
    } else if (reader.json.is('max')) rule.max = reader.integer(1, MAX_CLASSES);
    else reader.unknown();
  }
}

function readTracing(reader: ConfigReader, config: Config): void {
  reader.open('tracing');
  config.traced = true;
  while (reader.nextKey('tracing')) {
    if (reader.json.is('userHeader')) {
      config.userHeader = lowerCase(new Name(reader.text(128)));
    } else if (reader.json.is('hashUser')) config.hashUser = reader.bool();
    else reader.unknown();
  }
}
