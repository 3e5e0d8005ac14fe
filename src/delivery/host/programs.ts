import type { Answers } from './types.ts';

/** Programs that the admin listed. */
export const programs = {
  'program-known': ({ command, program }, host) => host.programs?.known(command, program) ?? false,
  'run-program': (question, { programs: listed, request, recipient }) =>
    listed?.run({
      command: question.command,
      program: question.program,
      arguments: question.arguments,
      input: question.input,
      sender: request.envelope.sender,
      recipient,
    }),
} satisfies Partial<Answers>;
