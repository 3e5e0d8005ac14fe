import type { ArgumentNode, CallNode, ListNode, StringNode } from './ast.ts';
import type { Diagnostics } from './diagnostics.ts';
import { Lexer, shorten, type TokenType } from './lexer.ts';
import type { SieveLimits } from './limits.ts';

/**
 * Parses a script by the generic grammar of RFC 5228 §8.2, without knowing any command:
 *
 * ```
 * start     = commands
 * commands  = *command
 * command   = identifier arguments (";" / block)
 * arguments = *argument [ test / test-list ]
 * argument  = string-list / number / tag
 * test      = identifier arguments
 * test-list = "(" test *("," test) ")"
 * block     = "{" commands "}"
 * ```
 *
 * After a fault within a command it goes on behind the next `;` or block, so that one run reports them all. Where a
 * command should begin and none does, it stops: what the rest is meant to be is unknown.
 */
export function parse(text: string, diagnostics: Diagnostics, limits: SieveLimits): readonly CallNode[] {
  const parser = new Parser(text, diagnostics, limits);
  return parser.script();
}

/** Where a list surely ends. */
const LIST_ENDS: ReadonlySet<TokenType> = new Set([')', ';', '{', '}', 'end']);

const NONE: readonly never[] = [];

class Parser {
  readonly #lexer: Lexer;
  readonly #diagnostics: Diagnostics;
  readonly #limits: SieveLimits;
  #abandoned = false;
  /** Faults of the grammar so far. */
  #faults = 0;
  /** Arguments of the current call, and strings of the current list: what is kept of them has the size they need. */
  readonly #pending: ArgumentNode[] = [];
  readonly #items: StringNode[] = [];

  constructor(text: string, diagnostics: Diagnostics, limits: SieveLimits) {
    this.#lexer = new Lexer(text, diagnostics, limits);
    this.#diagnostics = diagnostics;
    this.#limits = limits;
  }

  script(): readonly CallNode[] {
    this.#lexer.next();
    const commands = this.#commands(0);
    const { type } = this.#lexer;
    // Behind another fault it may be the rest of what that one is about.
    if (type === 'end' || this.#faults > 0) return commands;
    if (type === '}') this.#error('"}" without a "{" before it');
    else this.#error(type === ';' ? 'unexpected ";"' : `expected a command, found ${this.#found()}`);
    return commands;
  }

  /** The commands up to what is none, which stays unread. */
  #commands(depth: number): readonly CallNode[] {
    let commands: CallNode[] | undefined;
    while (this.#lexer.type === 'identifier') {
      if (this.#diagnostics.full) {
        this.#abandon();
        break;
      }
      const command = this.#call();
      if (!this.#body(command, depth)) this.#recover(depth);
      // Most blocks have one command: an array that begins empty takes room for many.
      else if (commands === undefined) commands = [command];
      else commands.push(command);
    }
    return commands ?? NONE;
  }

  /** The current identifier as a call without arguments yet. */
  #call(): CallNode {
    const { text: name, offset, line } = this.#lexer;
    this.#lexer.next();
    return { name, offset, line, arguments: NONE, tests: NONE, testList: false, block: undefined };
  }

  /** What follows a command's name. False after a fault. */
  #body(command: CallNode, depth: number): boolean {
    const lexer = this.#lexer;
    if (!this.#arguments(command, 0)) return false;
    if (lexer.type === ';') {
      lexer.next();
      return true;
    }
    if (lexer.type === '{') return this.#block(command, depth);
    this.#error(
      lexer.type === 'end' || lexer.type === '}'
        ? `";" or a block is missing after ${command.name}`
        : `expected ";" or a block after ${command.name}, found ${this.#found()}`,
    );
    return false;
  }

  /** The block of a command; without a command, one that is only read. */
  #block(command: CallNode | undefined, depth: number): boolean {
    const lexer = this.#lexer;
    const { offset, line } = lexer;
    if (depth >= this.#limits.blockDepth) {
      this.#error(`blocks are nested too deeply (at most ${this.#limits.blockDepth})`);
      this.#abandon();
      return false;
    }
    lexer.next();
    const commands = this.#commands(depth + 1);
    if (command !== undefined) command.block = commands;
    if (this.#type() === '}') {
      lexer.next();
      return true;
    }
    if (this.#type() !== 'end') this.#error(`expected a command or "}", found ${this.#found()}`);
    else if (!this.#abandoned) this.#diagnostics.error({ offset, line }, '"{" is not closed with "}"');
    this.#faults++;
    // The blocks around it are not closed either: once is enough.
    this.#abandon();
    return true;
  }

  #arguments(call: CallNode, depth: number): boolean {
    const lexer = this.#lexer;
    const pending = this.#pending;
    let count = 0;
    for (;;) {
      const argument = this.#argument();
      if (argument === 'fault') return false;
      if (argument === undefined) break;
      if (count === this.#limits.arguments) {
        this.#diagnostics.error(
          argument,
          `too many arguments for ${call.name} (at most ${this.#limits.arguments})`,
        );
        return false;
      }
      pending[count++] = argument;
    }
    if (count > 0) call.arguments = pending.slice(0, count);
    if (lexer.type === 'identifier') {
      const test = this.#test(depth);
      if (test !== undefined) call.tests = [test];
      return test !== undefined;
    }
    if (lexer.type !== '(') return true;
    call.testList = true;
    const tests: CallNode[] = [];
    call.tests = tests;
    do {
      lexer.next();
      if (this.#type() !== 'identifier') return this.#noTest(call, depth);
      const test = this.#test(depth);
      if (test === undefined) return false;
      tests.push(test);
    } while (this.#type() === ',');
    return this.#expect(')', 'to close the list of tests');
  }

  /** A list of tests with something else in it; it is left at its parenthesis. False when that is not there. */
  #noTest(call: CallNode, depth: number): boolean {
    const lexer = this.#lexer;
    const { offset, line } = lexer;
    this.#error(`expected a test, found ${this.#found()}`);
    while (!LIST_ENDS.has(this.#type())) lexer.next();
    const closed = this.#expect(')', 'to close the list of tests');
    if (call.tests.length > 0) return closed;
    this.#diagnostics.error({ offset, line }, `${call.name}: no test in the list`);
    // That of a test may be what is missing; that of a command can be anything.
    if (depth === 0) this.#abandon();
    return closed;
  }

  /** The current identifier as a test; undefined after a fault. */
  #test(depth: number): CallNode | undefined {
    if (depth >= this.#limits.testDepth) {
      this.#error(`tests are nested too deeply (at most ${this.#limits.testDepth})`);
      this.#abandon();
      return undefined;
    }
    const test = this.#call();
    return this.#arguments(test, depth + 1) ? test : undefined;
  }

  /** Undefined when there is none. */
  #argument(): ArgumentNode | 'fault' | undefined {
    const { type, offset, line, text, value } = this.#lexer;
    switch (type) {
      case 'string':
        this.#lexer.next();
        return { kind: 'string', value: text, offset, line };
      case 'number':
        this.#lexer.next();
        return { kind: 'number', value, offset, line };
      case 'tag':
        this.#lexer.next();
        return { kind: 'tag', name: text, offset, line };
      case '[':
        return this.#list();
      case 'invalid':
        this.#faults++;
        return 'fault';
      default:
        return undefined;
    }
  }

  /** RFC 5228 §2.4.2.1; a list has at least one string. */
  #list(): ListNode | 'fault' {
    const lexer = this.#lexer;
    const { offset, line } = lexer;
    const items = this.#items;
    let count = 0;
    do {
      lexer.next();
      if (this.#type() !== 'string') {
        this.#error(
          count === 0 && this.#type() === ']'
            ? 'list of strings is empty'
            : `expected a string in the list, found ${this.#found()}`,
        );
        while (this.#type() !== ']' && !LIST_ENDS.has(this.#type())) lexer.next();
        if (count === 0 || this.#type() === 'end') this.#expect(']', 'to close the list of strings');
        return 'fault';
      }
      if (count === this.#limits.listItems) {
        this.#error(`list holds too many strings (at most ${this.#limits.listItems})`);
        return 'fault';
      }
      items[count++] = { kind: 'string', value: lexer.text, offset: lexer.offset, line: lexer.line };
      lexer.next();
    } while (this.#type() === ',');
    return this.#expect(']', 'to close the list of strings')
      ? { kind: 'list', items: items.slice(0, count), offset, line }
      : 'fault';
  }

  /** The current token; asked for by a call where the compiler would believe that it is still the one before. */
  #type(): TokenType {
    return this.#lexer.type;
  }

  #expect(type: ')' | ']', purpose: string): boolean {
    if (this.#lexer.type === type) {
      this.#lexer.next();
      return true;
    }
    this.#error(`expected "," or "${type}" ${purpose}, found ${this.#found()}`);
    return false;
  }

  /** Goes behind the next `;` or block of this level, or before the `}` or end of it. Blocks are read for their faults. */
  #recover(depth: number): void {
    const lexer = this.#lexer;
    for (;;) {
      switch (lexer.type) {
        case ';':
          lexer.next();
          return;
        case '{':
          this.#block(undefined, depth);
          return;
        case '}':
          return;
        case 'end':
          // That blocks are not closed says nothing new.
          this.#abandon();
          return;
        default:
          lexer.next();
      }
    }
  }

  #abandon(): void {
    this.#abandoned = true;
    this.#lexer.abandon();
  }

  /** Reports at the current token, unless it is not whole: then the lexer has said all. */
  #error(text: string): void {
    this.#faults++;
    if (this.#lexer.type !== 'invalid' && !this.#abandoned) this.#diagnostics.error(this.#lexer, text);
  }

  #found(): string {
    const { type, text, value } = this.#lexer;
    switch (type) {
      case 'identifier':
        return `"${shorten(text)}"`;
      case 'tag':
        return `":${shorten(text)}"`;
      case 'string':
        return `the string ${JSON.stringify(shorten(text))}`;
      case 'number':
        return `the number ${value}`;
      case 'end':
        return 'the end of the script';
      case 'garbage':
        return JSON.stringify(shorten(text));
      default:
        return `"${type}"`;
    }
  }
}
