// The process of the load generator.
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
    plan: plannedRequests(plan.scenario, plan.proxies.length),
    send: createSender(plan.proxies).send,
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
