import { z } from 'zod';
import type { ClamdSettings } from '../../filter/clamd/settings.ts';
import { ACTIONS } from '../../filter/types.ts';
import { parseEndpoint } from '../../net/endpoint.ts';
import { choice, custom, type Described, duration, size, text, whole } from '../settings.ts';

const server = z
  .string()
  .max(1000)
  .superRefine((endpoint, context) => {
    if (endpoint === '') return;
    try {
      parseEndpoint(endpoint);
    } catch (error) {
      context.addIssue((error as TypeError).message);
    }
  });

export const clamdSettings: Described<ClamdSettings> = {
  server: custom(
    server,
    'Where clamd listens: host:port or unix:/run/clamav/clamd.ctl; empty: it is not asked.',
  ),
  action: choice(ACTIONS, 'What is done, at least, with a message in which it finds something.'),
  text: text('Text of that refusal.', 400),
  failAction: choice(['tempfail', 'accept'], 'What happens to a message it cannot judge.'),
  messageBytes: size('1K', '2G', 'Octets of the largest message it is shown (its StreamMaxLength)'),
  connections: whole(1, 1000, 'Messages it has at once; others wait.'),
  timeout: duration('ms', '100ms', '5m', 'Time it has for a message, waiting included'),
};
