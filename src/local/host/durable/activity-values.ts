// How values pass between orchestrations and activities: the encodings of the durable extension, recorded in test/conformance
// (cases activity-inputs, activity-results, activity-throws).
import type { FunctionFailure, TypedData } from '../protocol.ts';

/** An activity's input as the trigger gets it; `input` is JSON text. A missing or null input is no data at all. */
export function activityData(input: string | null): TypedData | undefined {
  if (input === null) return undefined;
  const value = JSON.parse(input) as unknown;
  if (value === null) return undefined;
  if (typeof value === 'string') return { string: value };
  if (typeof value === 'boolean') return { string: value ? 'True' : 'False' };
  return { string: input };
}

/** A function's result as JSON text for the history; null for none. */
export function resultText(value: TypedData | null | undefined): string | null {
  if (!value) return null;
  if (value.string !== undefined) return JSON.stringify(value.string);
  if (value.json !== undefined) return value.json;
  if (value.bytes !== undefined) return JSON.stringify(Buffer.from(value.bytes).toString('base64'));
  const number = value.int ?? value.double;
  return number === undefined ? null : String(number);
}

/** `Reason` and `Details` of TaskFailed. The SDK needs both as texts; Details is a serialized .NET exception on the real host. */
export function failureTexts(activity: string, failure: FunctionFailure): { reason: string; details: string } {
  const { message, stack = '' } = failure;
  const details = {
    $type: 'System.Exception, System.Private.CoreLib',
    ClassName: 'System.Exception',
    Message: ` ${message}`,
    Data: null,
    InnerException: {
      $type: 'Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException, Microsoft.Azure.WebJobs.Script',
      IsUserException: false,
      RemoteStackTrace: stack,
      RemoteMessage: message,
      Message: `Result: Failure\nException: ${message}\nStack: ${stack}`,
    },
    HelpURL: null,
    StackTraceString: null,
  };
  return { reason: `Activity function '${activity}' failed:  ${message}`, details: JSON.stringify(details) };
}
