// The process of the load generator.
import { loadSimulator } from '../../environment/simulator-file.js';
import { Workload } from '../../environment/workload.js';
import { followParent, tellParent } from '../apps/child-process.js';
import { LoadGenerator } from './generator.js';
import type { FromLoad, LoadPlan, ToLoad } from './messages.js';
import { plannedRequests } from './schedule.js';
import { createSender } from './sender.js';

const REPORT_MS = 250;

followParent();
let generator: LoadGenerator | undefined;

function configure(plan: LoadPlan): LoadGenerator {
  return new LoadGenerator({
    plan: plannedRequests(new Workload(loadSimulator(), plan.scenario)),
    send: createSender(plan.proxies, plan.scenario.timeoutMs).send,
    warmup: plan.warmup,
    seconds: plan.seconds,
    requests: plan.requests,
    now: () => performance.timeOrigin + performance.now(),
    after: (ms, done) => void setTimeout(done, ms),
  });
}

const report = (final: boolean) => {
  if (generator) tellParent<FromLoad>({ type: 'report', report: generator.report(final) });
};

function start(): void {
  const timer = setInterval(report, REPORT_MS, false);
  void generator?.done.then(() => {
    clearInterval(timer);
    report(true);
  });
  generator?.start();
}

process.on('message', (message: ToLoad) => {
  if (message.type === 'configure') {
    generator = configure(message.plan);
    tellParent<FromLoad>({ type: 'ready' });
  } else if (message.type === 'start') start();
  else generator?.finish();
});
