// Error bodies of the durable webhooks, as the extension words them. Truth: conformance cases start-inputs, event-bodies, suspend-resume, restart.
import { jsonAnswer, type PlainAnswer } from '../http/plain-http.ts';

const STACK = '   at Microsoft.Azure.WebJobs.Extensions.DurableTask.HttpApiHandler.HandleRequestAsync(HttpRequestMessage request)';

/** A body with only a message. */
export const messageAnswer = (status: number, message: string): PlainAnswer => jsonAnswer(status, { Message: message });

/** A body that carries a .NET exception. */
export function exceptionAnswer(status: number, message: string, exception: { type: string; message: string }): PlainAnswer {
  return jsonAnswer(status, { Message: message, ExceptionMessage: exception.message, ExceptionType: exception.type, StackTrace: STACK });
}

/** `undefined` for well-formed JSON, else the answer that says where it breaks. */
export function brokenJson(text: string): PlainAnswer | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const first = text.trimStart()[0];
    const message =
      first === undefined
        ? "Error reading JToken from JsonReader. Path '', line 0, position 0."
        : `Unexpected character encountered while parsing value: ${first}. Path '', line 0, position 0.`;
    return exceptionAnswer(400, 'Invalid JSON content', { type: 'Newtonsoft.Json.JsonReaderException', message });
  }
}
