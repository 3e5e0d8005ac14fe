import type { Header } from '../../message/types.ts';
import { statusFromHeader } from '../spam-status.ts';
import type { Answer, Question } from '../types.ts';
import type { Configured } from './configuration.ts';
import type { World } from './world.ts';

/** What the bench knows when a script asks; `header` is that of the message that came. Nothing is ever a duplicate there. */
export function answerFrom(
  world: World,
  { lists, spam, virus }: Configured,
  header: Header,
  question: Exclude<Question, { ask: 'testsuite' }>,
): Answer {
  switch (question.ask) {
    case 'mailbox-exists':
      return world.find(question.mailbox) !== undefined;
    case 'mailbox-id-exists':
      return world.findId(question.id) !== undefined;
    case 'special-use-exists': {
      const { use, mailbox } = question;
      if (mailbox === undefined) return world.findUse(use) !== undefined;
      return world.find(mailbox)?.specialUse.has(use.toLowerCase()) === true;
    }
    case 'metadata':
      return world.annotation(question.mailbox, question.annotation);
    case 'server-metadata':
      return world.annotation(undefined, question.annotation);
    case 'spam-status':
      return statusFromHeader(header, spam, question.percent ? 'percent' : 'spam');
    case 'virus-status':
      return statusFromHeader(header, virus, 'virus');
    case 'program-known':
      return false;
    // What is not there.
    case 'calendar-find':
    case 'convert':
    case 'run-program':
    case 'include':
    case 'message-id':
    case 'notify-online':
      return undefined;
    case 'list-known':
      return lists.has(listKey(question.list));
    case 'list-contains': {
      const { value } = question;
      return lists
        .get(listKey(question.list))
        ?.some((member) => member.toLowerCase() === value.toLowerCase());
    }
    case 'list-members':
      return lists.get(listKey(question.list));
    case 'vacation-sent':
    case 'duplicate-seen':
      return false;
  }
}

/** Names in settings are lower-case. */
function listKey(name: string): string {
  return name.toLowerCase();
}
