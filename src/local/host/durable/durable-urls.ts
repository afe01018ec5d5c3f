// The addresses of the durable webhooks, and the `durableClient` binding that carries them to the SDK.
// Truth: the extension's BindingHelper.cs; conformance case client-binding.
export interface DurableUrls {
  /** `http://localhost:7071`, as callers reach the host. */
  origin: string;
  /** Address of the RPC listener, with a trailing slash. */
  rpcBaseUrl: string;
  taskHub: string;
  /** System key for `code`. */
  key: string;
}

export const WEBHOOK_PREFIX = '/runtime/webhooks/durabletask';

const queryOf = (urls: DurableUrls): string => `taskHub=${urls.taskHub}&connection=Storage&code=${encodeURIComponent(urls.key)}`;

/** Encodes an id as .NET's WebUtility.UrlEncode does: blanks as `+` (case start-bad-ids). */
const encodeId = (id: string): string => encodeURIComponent(id).replaceAll('%20', '+').replaceAll("'", '%27').replaceAll('~', '%7E');

/** The eight URLs of one instance, as answered to a start. */
export function managementUrls(urls: DurableUrls, instanceId: string): Record<string, string> {
  const base = `${urls.origin}${WEBHOOK_PREFIX}/instances/${encodeId(instanceId)}`;
  const query = queryOf(urls);
  return {
    id: instanceId,
    statusQueryGetUri: `${base}?${query}`,
    sendEventPostUri: `${base}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${base}/terminate?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${base}?${query}`,
    restartPostUri: `${base}/restart?${query}`,
    suspendPostUri: `${base}/suspend?reason={text}&${query}`,
    resumePostUri: `${base}/resume?reason={text}&${query}`,
  };
}

/** The JSON text of the `durableClient` input binding. */
export function clientBinding(urls: DurableUrls): string {
  const base = `${urls.origin}${WEBHOOK_PREFIX}`;
  const code = `code=${encodeURIComponent(urls.key)}`;
  const { id, statusQueryGetUri, sendEventPostUri, terminatePostUri, ...others } = managementUrls(urls, 'INSTANCEID');
  return JSON.stringify({
    taskHubName: urls.taskHub,
    connectionName: null,
    creationUrls: {
      createNewInstancePostUri: `${base}/orchestrators/{functionName}[/{instanceId}]?${code}`,
      createAndWaitOnNewInstancePostUri: `${base}/orchestrators/{functionName}[/{instanceId}]?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${code}`,
    },
    managementUrls: {
      id,
      statusQueryGetUri,
      sendEventPostUri,
      terminatePostUri,
      rewindPostUri: `${base}/instances/INSTANCEID/rewind?reason={text}&${queryOf(urls)}`,
      ...others,
    },
    baseUrl: base,
    requiredQueryStringParameters: code,
    rpcBaseUrl: urls.rpcBaseUrl,
    httpBaseUrl: null,
    maxGrpcMessageSizeInBytes: null,
    grpcHttpClientTimeout: null,
  });
}
