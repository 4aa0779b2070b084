// The trainer's server as it was at feature set 1 (954b596), with the packages of today: `node THIS HOST PORT`.
// Bundled by rolldown from trainer/server/server.ts of that commit; kept as it was, to meet newer filters.
import { pino } from "pino";
import express from "express";
import { rateLimit } from "express-rate-limit";
import helmet from "helmet";
import { STATUS_CODES, createServer } from "node:http";
import { z } from "zod";
import { existsSync, readFileSync } from "node:fs";

// trainer/telemetry/limits.ts
/** Largest magnitude of a count in one report: keeps sums over all proxies exact in a double. */
const MAX_COUNT = 1e7;
const MAX_REPORT_SAMPLES = 4096;
/** A day: a sidecar that slept reports the whole time that it counted. */
const MAX_INTERVAL_MS = 864e5;
const MAX_PROXIES = 1e4;
const MAX_CLUSTERS = 1024;
/** Over all clusters; each costs its histogram, 1.3 kB. */
const MAX_FLEET_ENDPOINTS = 65536;
/** Estimated size of what is kept of the last reports: 1,000 sidecars with 64 endpoints each take about 30 MB. */
const MAX_STATE_BYTES = 268435456;
/** Whatever interval it reports, nobody is waited for longer than five of these. */
const LONGEST_WAIT_INTERVAL_MS = 6e4;
/** What a server said of its cpu and memory counts for this long, as in the plugin. */
const SIGNAL_TTL_MS = 1e4;
/** The plugin reads no longer answer (docs/contracts.md). */
const MAX_ANSWER_BYTES = 1048576;

// trainer/telemetry/sketch.ts
const BINS = 160;
const BINS_PER_OCTAVE = 8;
/** log2 of the lower edge of bin 0 in ms: 1/16 ms. */
const LOWEST_OCTAVE = -4;
function pack(bins) {
	const packed = new Uint32Array(2 * bins.length);
	bins.forEach((pair, i) => {
		packed.set(pair, 2 * i);
	});
	return packed;
}
/** Lower edge of a bin in ms. */
function edgeOf(bin) {
	return 2 ** (bin / BINS_PER_OCTAVE + LOWEST_OCTAVE);
}
/** Geometric middle of a bin in ms: at most 2^(1/16) = 4.4% from anything in it. */
function middleOf(bin) {
	return edgeOf(bin + .5);
}
var LatencySketch = class {
	#bins = new Float64Array(160);
	#count = 0;
	get count() {
		return this.#count;
	}
	add(bins) {
		for (const [bin, count] of bins) this.#change(bin, count);
	}
	addPacked(bins) {
		for (let i = 0; i < bins.length; i += 2) this.#change(bins[i], bins[i + 1]);
	}
	/** Takes back what `addPacked` was given before. */
	removePacked(bins) {
		for (let i = 0; i < bins.length; i += 2) this.#change(bins[i], -bins[i + 1]);
	}
	merge(other) {
		other.#bins.forEach((count, bin) => {
			this.#change(bin, count);
		});
	}
	/** Latency in ms at quantile `q` in 0..1; undefined without samples. */
	quantile(q) {
		if (this.#count === 0) return void 0;
		const rank = Math.max(1, Math.ceil(q * this.#count));
		let seen = 0;
		const bin = this.#bins.findIndex((count) => (seen += count) >= rank);
		return middleOf(bin < 0 ? 159 : bin);
	}
	#change(bin, count) {
		this.#bins[bin] += count;
		this.#count += count;
	}
};

// trainer/telemetry/endpoint-view.ts
var EndpointView = class {
	proxies = 0;
	latency = new LatencySketch();
	requests = 0;
	errors = 0;
	inFlight = 0;
	rps = 0;
	totalRequests = 0;
	totalErrors = 0;
	#weight = 0;
	#ejected = 0;
	#cpu;
	#memory;
	add(share) {
		this.#change(share, 1);
		this.latency.addPacked(share.latency);
		this.totalRequests += share.requests;
		this.totalErrors += share.errors;
	}
	remove(share) {
		this.#change(share, -1);
		this.latency.removePacked(share.latency);
	}
	/** Keeps what the server's sidecar said last, whichever proxy heard it. */
	observe(server, now) {
		if (server === void 0) return;
		const at = now - server.ageMs;
		this.#cpu = newer(this.#cpu, server.cpu, at);
		this.#memory = newer(this.#memory, server.memory, at);
	}
	/** Of the last interval. Errors may outnumber requests where retries fail: 1 is the most. */
	get errorRate() {
		return this.requests > 0 ? Math.min(1, this.errors / this.requests) : 0;
	}
	summary(address, capacity, now) {
		return {
			address,
			capacity,
			inFlight: this.inFlight,
			rps: this.rps,
			errorRate: this.errorRate,
			...present("p50Ms", this.latency.quantile(.5)),
			...present("p99Ms", this.latency.quantile(.99)),
			...this.signals(now),
			weight: this.proxies > 0 ? this.#weight / this.proxies : 0,
			ejectedBy: this.#ejected,
			totalRequests: this.totalRequests,
			totalErrors: this.totalErrors
		};
	}
	signals(now) {
		return {
			...present("cpu", fresh(this.#cpu, now)),
			...present("memory", fresh(this.#memory, now))
		};
	}
	#change(share, sign) {
		this.proxies += sign;
		this.requests += sign * share.requests;
		this.errors += sign * share.errors;
		this.inFlight += sign * share.inFlight;
		this.rps += sign * share.rps;
		this.#weight += sign * share.weight;
		this.#ejected += sign * share.ejected;
	}
};
function shareOf(reported, intervalMs) {
	const { connect = 0, timeout = 0, http5xx = 0 } = reported.errors ?? {};
	return {
		requests: reported.requests,
		errors: connect + timeout + http5xx,
		inFlight: rounded(reported.inFlight, 1024),
		rps: rounded(reported.requests * 1e3 / intervalMs, 1024),
		weight: rounded(reported.weight, 2 ** 20),
		ejected: reported.ejected ? 1 : 0,
		latency: pack(reported.latency)
	};
}
function rounded(value, steps) {
	return Math.round(value * steps) / steps;
}
function newer(known, value, at) {
	if (value === void 0 || known !== void 0 && known.at > at) return known;
	return {
		value,
		at
	};
}
function fresh(signal, now) {
	return signal !== void 0 && now - signal.at <= 1e4 ? signal.value : void 0;
}
function present(key, value) {
	return value === void 0 ? {} : { [key]: value };
}

// trainer/telemetry/cluster-view.ts
const UNSEEN$1 = new EndpointView();
var ClusterView = class {
	totals = {
		requests: 0,
		errors: 0,
		fallback: 0,
		servedNotChosen: 0
	};
	endpoints = /* @__PURE__ */ new Map();
	/** When each proxy reported last. Re-inserted on every report, so that the first entry is the oldest. */
	#reported = /* @__PURE__ */ new Map();
	get proxies() {
		return this.#reported.size;
	}
	heard(proxy, now) {
		this.#reported.delete(proxy);
		this.#reported.set(proxy, now);
	}
	forget(proxy) {
		this.#reported.delete(proxy);
	}
	/** The endpoint's view, made where there is room for another; undefined where there is none. */
	endpoint(address, roomInFleet) {
		const known = this.endpoints.get(address);
		if (known !== void 0) return known;
		if (!roomInFleet || this.endpoints.size >= 256) return void 0;
		const added = new EndpointView();
		this.endpoints.set(address, added);
		return added;
	}
	ageMs(now) {
		const [oldest = now] = this.#reported.values();
		return Math.max(0, now - oldest);
	}
	/** The configured endpoints where there are any, else those that reports have seen. */
	*rows(configured) {
		if (configured === void 0) for (const [address, view] of this.endpoints) yield [
			address,
			1,
			view
		];
		else for (const { address, weight } of configured) yield [
			address,
			weight,
			this.endpoints.get(address) ?? UNSEEN$1
		];
	}
	summary(name, configured, now) {
		const latency = new LatencySketch();
		const sums = {
			requests: 0,
			errors: 0,
			rps: 0,
			inFlight: 0
		};
		for (const view of this.endpoints.values()) {
			latency.merge(view.latency);
			sums.requests += view.requests;
			sums.errors += view.errors;
			sums.rps += view.rps;
			sums.inFlight += view.inFlight;
		}
		return {
			name,
			proxies: this.proxies,
			ageMs: this.ageMs(now),
			rps: sums.rps,
			inFlight: sums.inFlight,
			errorRate: sums.requests > 0 ? Math.min(1, sums.errors / sums.requests) : 0,
			...present("p50Ms", latency.quantile(.5)),
			...present("p99Ms", latency.quantile(.99)),
			totals: { ...this.totals },
			endpoints: [...this.rows(configured)].map(([address, weight, view]) => view.summary(address, weight, now))
		};
	}
};

// trainer/telemetry/fleet-clusters.ts
var FleetClusters = class {
	#views = /* @__PURE__ */ new Map();
	#endpoints = 0;
	get(name) {
		return this.#views.get(name);
	}
	names() {
		return this.#views.keys();
	}
	/** Puts the report in the place of `old`, what the same proxy reported before. */
	replace(old, report, now) {
		this.#takeBack(old, report.proxy);
		const parts = report.clusters.flatMap((cluster) => this.#add(cluster, report, now) ?? []);
		this.#prune(old);
		return parts;
	}
	remove(old, proxy) {
		this.#takeBack(old, proxy);
		this.#prune(old);
	}
	#takeBack(parts, proxy) {
		for (const { view, endpoints } of parts) {
			view.forget(proxy);
			for (const [, endpoint, share] of endpoints) endpoint.remove(share);
		}
	}
	#prune(parts) {
		for (const { view, endpoints } of parts) for (const [address, endpoint] of endpoints) if (endpoint.proxies === 0 && view.endpoints.delete(address)) this.#endpoints -= 1;
	}
	#add(reported, report, now) {
		const view = this.#views.get(reported.name) ?? this.#newView(reported.name);
		if (view === void 0) return void 0;
		view.heard(report.proxy, now);
		view.totals.requests += reported.requests;
		view.totals.fallback += reported.fallback;
		view.totals.servedNotChosen += reported.servedNotChosen;
		const endpoints = [];
		for (const entry of reported.endpoints) {
			const before = view.endpoints.size;
			const endpoint = view.endpoint(entry.address, this.#endpoints < MAX_FLEET_ENDPOINTS);
			if (endpoint === void 0) continue;
			this.#endpoints += view.endpoints.size - before;
			const share = shareOf(entry, report.intervalMs);
			endpoint.add(share);
			endpoint.observe(entry.server, now);
			view.totals.errors += share.errors;
			endpoints.push([
				entry.address,
				endpoint,
				share
			]);
		}
		return {
			view,
			endpoints
		};
	}
	/** A cluster that no proxy has any more makes room; undefined where all of them are in use. */
	#newView(name) {
		if (this.#views.size >= 1024) {
			const [idle] = [...this.#views].find(([, view]) => view.proxies === 0) ?? [];
			if (idle === void 0) return void 0;
			this.#views.delete(idle);
		}
		const view = new ClusterView();
		this.#views.set(name, view);
		return view;
	}
};

// trainer/telemetry/model-totals.ts
var ModelTotals = class {
	/** Re-inserted on every use: the first is the one not heard of for longest, and the first to go. */
	#models = /* @__PURE__ */ new Map();
	add(reported, now) {
		for (const { id, requests, errors, latency } of reported) {
			const totals = this.#models.get(id) ?? {
				requests: 0,
				errors: 0,
				latency: new LatencySketch(),
				at: now
			};
			totals.requests += requests;
			totals.errors += errors;
			totals.latency.add(latency);
			totals.at = now;
			this.#models.delete(id);
			this.#models.set(id, totals);
		}
		for (const id of this.#models.keys()) {
			if (this.#models.size <= 256) break;
			this.#models.delete(id);
		}
	}
	summaries(now) {
		return [...this.#models].map(([id, { requests, errors, latency, at }]) => ({
			id,
			requests,
			errors,
			...present("p50Ms", latency.quantile(.5)),
			...present("p99Ms", latency.quantile(.99)),
			lastReportAgeMs: Math.max(0, now - at)
		}));
	}
};

// trainer/telemetry/proxy-state.ts
function deadlineOf(state) {
	return state.receivedAt + 5 * Math.min(state.intervalMs, LONGEST_WAIT_INTERVAL_MS);
}
function summaryOf(id, state, now) {
	const { seq, receivedAt, intervalMs, plugin, policy, mode, workers, counters } = state;
	return {
		id,
		seq,
		lastReportAgeMs: Math.max(0, now - receivedAt),
		intervalMs,
		plugin,
		policy,
		mode,
		workers,
		counters
	};
}
/** Rough size of a ProxyState on the heap: objects at their measured cost in V8, two bytes a character. */
function bytesOf(report) {
	let bytes = 500 + 2 * (report.proxy.length + report.plugin.length + report.policy.length + report.mode.length);
	for (const worker of report.workers) bytes += 80 + 2 * (worker.id.length + worker.model.length);
	for (const key of Object.keys(report.counters)) bytes += 40 + 2 * key.length;
	for (const { endpoints } of report.clusters) {
		bytes += 100;
		for (const { address, latency } of endpoints) bytes += 350 + 2 * address.length + 8 * latency.length;
	}
	return bytes;
}

// trainer/telemetry/fleet.ts
const UNSEEN = new ClusterView();
var Fleet = class {
	#nextMs;
	#configured = /* @__PURE__ */ new Map();
	#proxies = /* @__PURE__ */ new Map();
	#clusters = new FleetClusters();
	#models = new ModelTotals();
	#reports = {
		accepted: 0,
		stale: 0,
		full: 0
	};
	#bytes = 0;
	#lastReportAt;
	/** No proxy is gone before this time, which makes a sweep over all of them rare. */
	#nextSweep = Infinity;
	/** @param nextMs interval that the proxies are asked to report in */
	constructor(nextMs = 1e3, endpoints = {}) {
		this.#nextMs = nextMs;
		this.configure(endpoints);
	}
	/** Replaces the configured table: its clusters have these endpoints, whatever reports have seen. */
	configure(endpoints) {
		this.#configured = new Map(Object.entries(endpoints));
	}
	accept(report, now) {
		this.#sweep(now);
		const verdict = this.#verdict(report);
		this.#reports[verdict] += 1;
		if (verdict === "accepted") this.#store(report, now);
		return verdict;
	}
	/** What the sender of `report` should know: its own clusters and all configured ones. */
	answer(report, now) {
		this.#sweep(now);
		const names = /* @__PURE__ */ new Set([...report.clusters.map((cluster) => cluster.name), ...this.#configured.keys()]);
		const sharing = report.clusters.map(({ name }) => this.#clusters.get(name)?.proxies ?? 0);
		return {
			nextMs: this.#nextMs,
			proxies: Math.max(1, ...sharing),
			clusters: [...names].map((name) => this.#answerCluster(name, now))
		};
	}
	view(now) {
		this.#sweep(now);
		const names = /* @__PURE__ */ new Set([...this.#configured.keys(), ...this.#clusters.names()]);
		return {
			proxies: this.#proxies.size,
			clusters: [...names].map((name) => {
				return (this.#clusters.get(name) ?? UNSEEN).summary(name, this.#configured.get(name), now);
			}),
			models: this.#models.summaries(now),
			reports: { ...this.#reports },
			lastReportAgeMs: this.#lastReportAt === void 0 ? null : Math.max(0, now - this.#lastReportAt)
		};
	}
	proxies(now) {
		this.#sweep(now);
		return [...this.#proxies].map(([id, state]) => summaryOf(id, state, now));
	}
	#verdict(report) {
		const last = this.#proxies.get(report.proxy);
		if (last !== void 0 && report.seq <= last.seq) return "stale";
		if (last === void 0 && this.#proxies.size >= 1e4) return "full";
		return this.#bytes - (last?.bytes ?? 0) + bytesOf(report) > 268435456 ? "full" : "accepted";
	}
	#store(report, now) {
		const last = this.#proxies.get(report.proxy);
		const { seq, intervalMs, plugin, policy, mode, workers, counters } = report;
		const bytes = bytesOf(report);
		const state = {
			seq,
			receivedAt: now,
			intervalMs,
			plugin,
			policy,
			mode,
			workers,
			counters,
			bytes,
			parts: this.#clusters.replace(last?.parts ?? [], report, now)
		};
		this.#proxies.set(report.proxy, state);
		this.#bytes += bytes - (last?.bytes ?? 0);
		this.#nextSweep = Math.min(this.#nextSweep, deadlineOf(state));
		this.#models.add(report.models, now);
		this.#lastReportAt = now;
	}
	#answerCluster(name, now) {
		const view = this.#clusters.get(name) ?? UNSEEN;
		const endpoints = [...view.rows(this.#configured.get(name))].map(([address, weight, endpoint]) => ({
			address,
			weight,
			inFlight: endpoint.inFlight,
			rps: endpoint.rps,
			errorRate: endpoint.errorRate,
			...endpoint.signals(now)
		}));
		return {
			name,
			ageMs: view.ageMs(now),
			endpoints
		};
	}
	/** Drops the proxies that are gone. */
	#sweep(now) {
		if (now <= this.#nextSweep) return;
		this.#nextSweep = Infinity;
		for (const [proxy, state] of this.#proxies) {
			if (now <= deadlineOf(state)) {
				this.#nextSweep = Math.min(this.#nextSweep, deadlineOf(state));
				continue;
			}
			this.#clusters.remove(state.parts, proxy);
			this.#proxies.delete(proxy);
			this.#bytes -= state.bytes;
		}
	}
};

// trainer/server/problem.ts
var Problem = class extends Error {
	status;
	extensions;
	constructor(status, detail, extensions = {}) {
		super(detail);
		this.status = status;
		this.extensions = extensions;
	}
};
/** The body of a problem; its type is `about:blank`, since the status says it all. */
function problemBody(status, detail, extensions = {}) {
	return JSON.stringify({
		type: "about:blank",
		title: STATUS_CODES[status],
		status,
		detail,
		...extensions
	});
}
function sendProblem(response, problem) {
	response.status(problem.status).type("application/problem+json");
	response.send(problemBody(problem.status, problem.message, problem.extensions));
}
const notFound = (request, response) => {
	sendProblem(response, new Problem(404, `nothing at ${request.path}`));
};
function methodNotAllowed(...allowed) {
	return (request, response) => {
		response.set("allow", allowed.join(", "));
		sendProblem(response, new Problem(405, `${request.method} is not allowed here, only ${allowed.join(", ")}`));
	};
}
/** The last handler of the app: what was thrown becomes a problem, and only what is our own fault is logged. */
function problemHandler(log) {
	return (error, request, response, next) => {
		if (response.headersSent) {
			next(error);
			return;
		}
		const problem = asProblem(error);
		if (problem.status >= 500) log.error({
			err: error,
			method: request.method,
			path: request.path
		}, "request failed");
		sendProblem(response, problem);
	};
}
/** Express and its body parser throw http-errors: a status below 500 has a message made for the client. */
function asProblem(error) {
	if (error instanceof Problem) return error;
	const { status, message } = error ?? {};
	return typeof status === "number" && status >= 400 && status < 500 ? new Problem(status, String(message)) : new Problem(500, "the trainer failed; its log says why");
}

// trainer/telemetry/answer.ts
/** JSON of at most `limit` bytes: clusters past it are left out whole, which costs them freshness and nothing else. */
function renderAnswer(answer, limit = MAX_ANSWER_BYTES) {
	const head = `{"nextMs":${answer.nextMs},"proxies":${answer.proxies},"clusters":[`;
	let size = head.length + 2;
	const parts = [];
	for (const cluster of answer.clusters) {
		const part = JSON.stringify(cluster);
		const bytes = Buffer.byteLength(part) + 1;
		if (size + bytes > limit) continue;
		size += bytes;
		parts.push(part);
	}
	return `${head}${parts.join(",")}]}`;
}

// trainer/actor/features.ts
/** One row an endpoint. */
const ENDPOINT_FEATURES = [
	"own_requests",
	"own_work",
	"sibling_requests",
	"fleet_requests",
	"fleet_age",
	"latency",
	"deviation",
	"peak",
	"latency_age",
	"server_requests",
	"server_work",
	"server_time",
	"server_age",
	"cpu",
	"memory",
	"error_rate",
	"rate",
	"rate_trend",
	"age",
	"base_score"
];
/** One row a decision, the same for all endpoints. */
const CONTEXT_FEATURES = [
	"endpoints",
	"proxies",
	"load",
	"burstiness",
	"request_work",
	"request_known",
	"spread",
	"deviation"
];
/** FNV-1a, 32 bits, of a text of ASCII. */
function fnv1a32(text) {
	let hash = 2166136261;
	for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
	return hash >>> 0;
}
const FEATURE_SET_HASH = fnv1a32([...ENDPOINT_FEATURES, ...CONTEXT_FEATURES].join(","));

// trainer/actor/model.ts
const FEATURES = ENDPOINT_FEATURES.length;
const CONTEXT = CONTEXT_FEATURES.length;

// trainer/telemetry/report.ts
const text = z.string().max(512);
const name = text.min(1);
const count = z.int().min(0).max(MAX_COUNT);
const amount = z.number().min(0).max(1e9);
const share = z.number().min(0).max(1);
/** Checked by hand: a schema of tuples would take nine tenths of the time of a whole report. */
const latency = z.custom(isSparseBins, `is not at most ${160} pairs of bin and count`).default([]);
const serverLoad = z.object({
	inFlight: amount.optional(),
	work: amount.optional(),
	timeMs: amount.optional(),
	rps: amount.optional(),
	cpu: amount.optional(),
	memory: amount.optional(),
	ageMs: amount
});
const endpoint = z.object({
	address: name,
	requests: count,
	chosen: count.default(0),
	served: count.default(0),
	errors: z.object({
		connect: count.default(0),
		timeout: count.default(0),
		http5xx: count.default(0)
	}).optional(),
	latency,
	inFlight: z.number().min(0).max(MAX_COUNT),
	weight: z.number().min(0).max(256).default(0),
	ejected: z.boolean().default(false),
	server: serverLoad.optional()
});
const cluster = z.object({
	name,
	requests: count,
	fallback: count.default(0),
	servedNotChosen: count.default(0),
	endpoints: z.array(endpoint).max(256).refine((all) => distinct(all.map((e) => e.address)), "an address appears twice")
});
const sample = z.object({
	cluster: name,
	endpoints: z.int().min(1).max(256),
	features: z.base64(),
	context: z.base64(),
	action: z.int().min(0),
	probability: share,
	latencyMs: amount,
	error: z.boolean(),
	model: text
}).refine((s) => s.action < s.endpoints, {
	path: ["action"],
	error: "is not one of the endpoints"
}).refine((s) => decodedLength(s.features) === s.endpoints * FEATURES, {
	path: ["features"],
	error: `is not one row of ${FEATURES} bytes an endpoint`
}).refine((s) => decodedLength(s.context) === CONTEXT, {
	path: ["context"],
	error: `is not ${CONTEXT} bytes`
});
const reportSchema = z.object({
	version: z.literal(1),
	proxy: name,
	seq: z.int().min(0),
	intervalMs: z.number().min(1).max(MAX_INTERVAL_MS),
	plugin: text.default(""),
	policy: text.default(""),
	mode: text.default(""),
	workers: z.array(z.object({
		id: text,
		model: text.default("")
	})).max(256).default([]),
	models: z.array(z.object({
		id: text,
		requests: count,
		errors: count.default(0),
		latency
	})).max(64).default([]),
	clusters: z.array(cluster).max(256).refine((all) => distinct(all.map((c) => c.name)), "a name appears twice"),
	samples: z.array(sample).max(MAX_REPORT_SAMPLES).default([]),
	counters: z.record(text, amount).default({})
});
function isSparseBins(value) {
	return Array.isArray(value) && value.length <= 160 && value.every(isPair);
}
function isPair(pair) {
	return Array.isArray(pair) && pair.length === 2 && isWhole(pair[0], 160 - 1) && isWhole(pair[1], 1e7);
}
function isWhole(value, most) {
	return Number.isInteger(value) && value >= 0 && value <= most;
}
function distinct(names) {
	return new Set(names).size === names.length;
}
function decodedLength(base64) {
	const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
	return base64.length / 4 * 3 - padding;
}

// trainer/server/reports-route.ts
const MAX_REPORT_BYTES = 1048576;
/** A body full of errors is not answered with a larger one. */
const MAX_LISTED_ERRORS = 100;
function reportsRoute({ fleet, now, onReport }) {
	return [
		requireJson,
		express.json({ limit: MAX_REPORT_BYTES }),
		(request, response) => {
			const parsed = reportSchema.safeParse(request.body);
			if (!parsed.success) throw invalid(parsed.error);
			const at = now();
			if (fleet.accept(parsed.data, at) === "accepted") onReport?.(parsed.data, at);
			response.type("application/json").send(renderAnswer(fleet.answer(parsed.data, at)));
		}
	];
}
const requireJson = (request, _response, next) => {
	if (request.is("application/json") === false) throw new Problem(415, "a report is application/json");
	next();
};
function invalid(error) {
	const errors = error.issues.slice(0, MAX_LISTED_ERRORS).map(({ path, message }) => ({
		path: path.map(String).join("."),
		message
	}));
	const count = error.issues.length;
	const more = count > errors.length ? `, the first ${errors.length} listed` : "";
	return new Problem(400, `not a report: ${count} ${count === 1 ? "error" : "errors"}${more}`, { errors });
}

// trainer/server/status-route.ts
const MAX_LISTED_PROXIES = 1e3;
function statusRoute({ fleet, now, version }) {
	const startedAt = now();
	return (_request, response) => {
		const at = now();
		const { proxies: count, ...view } = fleet.view(at);
		const list = fleet.proxies(at).slice(0, MAX_LISTED_PROXIES);
		const status = {
			version,
			uptimeMs: at - startedAt,
			proxies: {
				count,
				list
			},
			...view
		};
		response.set("cache-control", "no-store").json(status);
	};
}

// trainer/server/app.ts
function createApp(options) {
	const app = express();
	app.disable("etag");
	app.use(helmet());
	app.get("/healthz", (_request, response) => {
		response.json({ status: "ok" });
	});
	app.get("/readyz", (_request, response) => {
		if (!options.isReady()) throw new Problem(503, "the trainer is shutting down");
		response.json({ status: "ok" });
	});
	app.use(limiter(options.requestsPerSecond));
	app.post("/v1/reports", reportsRoute(options));
	app.get("/v1/status", statusRoute(options));
	app.all("/v1/reports", methodNotAllowed("POST"));
	app.all([
		"/v1/status",
		"/healthz",
		"/readyz"
	], methodNotAllowed("GET", "HEAD"));
	app.use(notFound);
	app.use(problemHandler(options.log));
	return app;
}
function limiter(requestsPerSecond) {
	const windowMs = 1e3;
	return rateLimit({
		windowMs,
		limit: requestsPerSecond,
		standardHeaders: "draft-8",
		legacyHeaders: false,
		validate: false,
		handler: (_request, response) => {
			response.set("retry-after", String(windowMs / 1e3));
			sendProblem(response, new Problem(429, `more than ${requestsPerSecond} requests a second from one address`));
		}
	});
}

// trainer/server/http-server.ts
/** Longer than any report interval: a connection that the sidecar's pool holds must not close under its next report. */
const KEEP_ALIVE_MS = 75e3;
const CLOSE_POLL_MS = 20;
async function listen(listener, options) {
	const server = createServer({
		requestTimeout: options.requestTimeoutMs,
		headersTimeout: options.requestTimeoutMs,
		connectionsCheckingInterval: Math.min(1e3, options.requestTimeoutMs),
		keepAliveTimeout: KEEP_ALIVE_MS
	}, listener);
	server.on("clientError", refuse);
	await new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(options.port, options.host, () => {
			server.off("error", reject);
			resolve();
		});
	});
	return [server, server.address().port];
}
/** Stops accepting, lets requests under way finish within `graceMs`, then cuts what is left. */
async function close(server, graceMs) {
	const closed = new Promise((resolve) => {
		server.close(() => {
			resolve();
		});
	});
	const idle = setInterval(() => {
		server.closeIdleConnections();
	}, CLOSE_POLL_MS);
	const cut = setTimeout(() => {
		server.closeAllConnections();
	}, graceMs);
	await closed;
	clearInterval(idle);
	clearTimeout(cut);
}
/** Bytes that are not HTTP, or come too slowly. */
function refuse(error, socket) {
	if (!socket.writable || error.code === "ECONNRESET") {
		socket.destroy();
		return;
	}
	const [status, reason, detail] = refusal(error.code);
	const body = problemBody(status, detail);
	const head = `HTTP/1.1 ${status} ${reason}\r\nconnection: close\r\ncontent-type: application/problem+json`;
	socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
function refusal(code) {
	if (code === "HPE_HEADER_OVERFLOW") return [
		431,
		"Request Header Fields Too Large",
		"the headers are too large"
	];
	if (code === "ERR_HTTP_REQUEST_TIMEOUT") return [
		408,
		"Request Timeout",
		"the request came too slowly"
	];
	return [
		400,
		"Bad Request",
		"this is not HTTP/1.1"
	];
}

// trainer/server/version.ts
const VERSION = readVersion();
function readVersion() {
	for (const up of ["../../package.json", "../../../package.json"]) {
		const file = new URL(up, import.meta.url);
		if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")).version;
	}
	return "unknown";
}

// trainer/server/server.ts
/** Ten times the thousand sidecars that one trainer serves, at one report a second each. */
const REQUESTS_PER_SECOND = 1e4;
const REQUEST_TIMEOUT_MS = 1e4;
const GRACE_MS = 3e3;
async function startServer(options) {
	const { host = "127.0.0.1", port = 0, endpoints = {}, log, now, intervalMs = 1e3 } = options;
	const fleet = new Fleet(intervalMs, endpoints);
	let ready = true;
	const app = createApp({
		fleet,
		log,
		now,
		version: VERSION,
		isReady: () => ready,
		requestsPerSecond: options.requestsPerSecond ?? REQUESTS_PER_SECOND,
		...options.onReport === void 0 ? {} : { onReport: options.onReport }
	});
	const requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
	const [server, boundPort] = await listen(app, {
		host,
		port,
		requestTimeoutMs
	});
	log.info({
		host,
		port: boundPort
	}, "trainer listening");
	let closing;
	return {
		host,
		port: boundPort,
		fleet,
		close(graceMs = GRACE_MS) {
			ready = false;
			return closing ??= close(server, graceMs);
		}
	};
}

// entry.ts
const [host, port] = process.argv.slice(2);
const server = await startServer({
	host,
	port: Number(port),
	log: pino(),
	now: () => performance.now()
});
console.log(`listening on ${server.host}:${server.port}`);
