// Whether a sidecar that just started runs the filter, or went on without it.
import type { SidecarSpec } from '../engine.js';
import type { Admin } from './admin.js';
import { FILTER_NAME, type Role } from './wasm.js';

/**
 * Roles whose first configuration was refused. Such an Envoy is LIVE all the same and balances on its own, which is
 * right in production and wrong in a mesh that was started to run the filter.
 */
export async function refusedRoles(admin: Admin, spec: SidecarSpec): Promise<Role[]> {
  if (spec.balancing !== 'weir') return [];
  const stats = await admin.stats('^extension_config_discovery\\..*\\.config_fail$');
  const roles: Role[] = ['client', 'server'];
  return roles.filter((role) =>
    [...stats].some(([name, failures]) => name.includes(`.${FILTER_NAME[role]}.`) && failures > 0),
  );
}
