// The process of the applications.
import { AppHost } from './app-host.js';
import { followParent, tellParent } from './child-process.js';
import type { FromApps, ToApps } from './messages.js';

followParent();
let host: AppHost | undefined;

process.on('message', (message: ToApps) => {
  switch (message.type) {
    case 'configure':
      host = new AppHost(message.scenario);
      void host.listen().then((ports) => tellParent<FromApps>({ type: 'listening', ports }));
      return;
    case 'outbound':
      host?.setOutbound(message.addresses);
      return;
    case 'start':
      host?.start();
  }
});
