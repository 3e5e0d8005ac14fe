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
 * After a fault it goes on behind the next `;` or block, so that one run reports them all.
 */
export function parse(text: string, diagnostics: Diagnostics, limits: SieveLimits): CallNode[] {
  const parser = new Parser(text, diagnostics, limits);
  return parser.script();
}

class Parser {
  readonly #lexer: Lexer;
  readonly #diagnostics: Diagnostics;
  readonly #limits: SieveLimits;
  #abandoned = false;

  constructor(text: string, diagnostics: Diagnostics, limits: SieveLimits) {
    this.#lexer = new Lexer(text, diagnostics, limits);
    this.#diagnostics = diagnostics;
    this.#limits = limits;
  }

  script(): CallNode[] {
    const commands: CallNode[] = [];
    this.#lexer.next();
    for (;;) {
      this.#commands(commands, 0);
      // Only a brace too many ends the commands before the script's end.
      if (this.#lexer.type !== '}') return commands;
      this.#error('"}" without a "{" before it');
      this.#lexer.next();
    }
  }

  /** Adds commands up to `}` or the end, which stay unread. */
  #commands(commands: CallNode[], depth: number): void {
    const lexer = this.#lexer;
    while (lexer.type !== 'end' && lexer.type !== '}') {
      if (this.#diagnostics.full) this.#abandon();
      else if (lexer.type === 'identifier') {
        const command = this.#call();
        if (this.#body(command, depth)) commands.push(command);
        else this.#recover(depth);
      } else {
        // A lone ";" needs no looking for the next.
        const lone = lexer.type === ';';
        this.#error(lone ? 'unexpected ";"' : `expected a command, found ${this.#found()}`);
        if (lone) lexer.next();
        else this.#recover(depth);
      }
    }
  }

  /** The current identifier as a call without arguments yet. */
  #call(): CallNode {
    const { text: name, offset, line } = this.#lexer;
    this.#lexer.next();
    return { name, offset, line, arguments: [], tests: [], testList: false, block: undefined };
  }

  /** What follows a command's name. False after a fault. */
  #body(command: CallNode, depth: number): boolean {
    const lexer = this.#lexer;
    if (!this.#arguments(command, 0)) return false;
    if (lexer.type === ';') {
      lexer.next();
      return true;
    }
    if (lexer.type === '{') {
      command.block = [];
      return this.#block(command.block, depth);
    }
    this.#error(
      lexer.type === 'end' || lexer.type === '}'
        ? `";" or a block is missing after ${command.name}`
        : `expected ";" or a block after ${command.name}, found ${this.#found()}`,
    );
    return false;
  }

  #block(commands: CallNode[], depth: number): boolean {
    const lexer = this.#lexer;
    const { offset, line } = lexer;
    if (depth >= this.#limits.blockDepth) {
      this.#error(`blocks are nested too deeply (at most ${this.#limits.blockDepth})`);
      this.#abandon();
      return false;
    }
    lexer.next();
    this.#commands(commands, depth + 1);
    if (lexer.type === '}') lexer.next();
    else if (!this.#abandoned) this.#diagnostics.error({ offset, line }, '"{" is not closed with "}"');
    return true;
  }

  #arguments(call: CallNode, depth: number): boolean {
    const lexer = this.#lexer;
    for (;;) {
      const argument = this.#argument();
      if (argument === 'fault') return false;
      if (argument === undefined) break;
      if (call.arguments.length === this.#limits.arguments) {
        this.#diagnostics.error(
          argument,
          `too many arguments for ${call.name} (at most ${this.#limits.arguments})`,
        );
        return false;
      }
      call.arguments.push(argument);
    }
    if (lexer.type === 'identifier') return this.#test(call, depth);
    if (lexer.type !== '(') return true;
    call.testList = true;
    do {
      lexer.next();
      if (this.#type() !== 'identifier') {
        this.#error(`expected a test, found ${this.#found()}`);
        return false;
      }
      if (!this.#test(call, depth)) return false;
    } while (this.#type() === ',');
    return this.#expect(')', 'to close the list of tests');
  }

  #test(parent: CallNode, depth: number): boolean {
    if (depth >= this.#limits.testDepth) {
      this.#error(`tests are nested too deeply (at most ${this.#limits.testDepth})`);
      this.#abandon();
      return false;
    }
    const test = this.#call();
    parent.tests.push(test);
    return this.#arguments(test, depth + 1);
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
        return 'fault';
      default:
        return undefined;
    }
  }

  /** RFC 5228 §2.4.2.1; a list has at least one string. */
  #list(): ListNode | 'fault' {
    const lexer = this.#lexer;
    const { offset, line } = lexer;
    const items: StringNode[] = [];
    do {
      lexer.next();
      if (this.#type() !== 'string') {
        this.#error(
          items.length === 0 && this.#type() === ']'
            ? 'list of strings is empty'
            : `expected a string in the list, found ${this.#found()}`,
        );
        return 'fault';
      }
      if (items.length === this.#limits.listItems) {
        this.#error(`list holds too many strings (at most ${this.#limits.listItems})`);
        return 'fault';
      }
      items.push({ kind: 'string', value: lexer.text, offset: lexer.offset, line: lexer.line });
      lexer.next();
    } while (this.#type() === ',');
    return this.#expect(']', 'to close the list of strings')
      ? { kind: 'list', items, offset, line }
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
          this.#block([], depth);
          return;
        case '}':
        case 'end':
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

  /** Reports at the current token, unless the lexer has done so. */
  #error(text: string): void {
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
      default:
        return `"${type}"`;
    }
  }
}
