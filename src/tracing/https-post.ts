import type { Agent, ClientRequest, OutgoingHttpHeaders } from 'node:http';
// As it is before anything is instrumented.
import { request as requestByHttps } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { NoAnswer } from './no-answer';
import { type Post, refusal } from './post';
import type { RequestTimeouts } from './request-timeouts';

/** By Node's own client, to an `https` URL. */
export function httpsPost(url: URL, headers: OutgoingHttpHeaders, agent: Agent, timeouts: RequestTimeouts): Post {
  const options = { ...urlToHttpOptions(url), method: 'POST', headers, agent };
  return (body, left) => {
    const request = requestByHttps(options).on('finish', left);
    timeouts.watch(request);
    request.on('close', () => timeouts.unwatch(request));
    const answer = answerTo(request);
    request.end(body);
    return answer;
  };
}

function answerTo(request: ClientRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    request.on('response', (response) => {
      // Its body is of no interest, but the connection is of use only after it.
      response.on('error', () => {}).resume();
      const refused = refusal(response.statusCode ?? 0, response.statusMessage ?? '');
      if (refused === undefined) resolve();
      else reject(refused);
    });
    request.on('error', (error) => reject(NoAnswer.because(error)));
  });
}
