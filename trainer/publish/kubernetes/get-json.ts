// Reads what the API server answers as it is. The library's typed lists take four times as long to make as the JSON to
// parse: 120 ms for a thousand pods, in which no report is answered.
import {
  ApiException,
  createConfiguration,
  HttpMethod,
  RequestContext,
  type KubeConfig,
} from '@kubernetes/client-node';
import { limitedCall, type CallLimits } from './limited-call.js';

/** @param path with its query @throws {ApiException} for an answer other than 200, anything else for none */
export function getJson(config: KubeConfig, path: string, limits: CallLimits): Promise<unknown> {
  return limitedCall(limits, async ({ middleware }) => {
    let request = new RequestContext(config.getCurrentCluster()!.server + path, HttpMethod.GET);
    await config.applySecurityAuthentication(request);
    for (const { pre } of middleware) request = await pre(request).toPromise();
    const response = await createConfiguration().httpApi.send(request).toPromise();
    const text = await response.body.text();
    const { httpStatusCode: code, headers } = response;
    if (code !== 200) throw new ApiException(code, 'no success', text, headers);
    return JSON.parse(text) as unknown;
  });
}
