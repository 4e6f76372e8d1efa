// What a policy in JavaScript or TypeScript is written with.

import type {
  AbortFacts, AccountFacts, AgreementFacts, AnnotationBatchFacts, BriefFacts, DataHandlingFacts, Day, GeneralFacts, Hit, LateSignalFacts,
  MediaFacts, ModelFacts, MoreAccountFacts, MoreAnnotationBatchFacts, MoreDataHandlingFacts, MoreProviderFacts, MorePublicationFacts,
  MoreServiceFacts, MoreSubjectFacts, MoreTrainingIntakeFacts, OutputFacts, Part, PromptFacts, ProviderFacts, PublicationFacts,
  RetrievedFacts, ReviewFacts, ServiceChangeFacts, ServiceFacts, Signal, Span, Speech, StandingFacts, SubjectFacts, TenantFacts,
  ToolFacts, TrainingIntakeFacts,
} from './contract.js';

export type * from './contract.js';

/** How severe an answer is, mildest first. */
export type Level = 'pass' | 'mark' | 'warn' | 'redact' | 'review' | 'stop';

/** The levels, mildest first. */
export const LEVELS: readonly Level[];

/** What is given to `policy`. */
export interface PolicyDefinition<Memory extends object = Record<string, any>> {
  /** Judges at one judging point: the findings, in any order; none where no duty arises. */
  judge(it: Case<Memory>): Finding[] | void;
  /**
   * Looks at the settings and prepares what every call needs in variables of the module. It may be called again before a call. What is
   * wrong with the settings is returned, in words for the operator; then the policy is not loaded.
   */
  configure?(settings: Settings): string[] | void;
}

/** The two exports of a policy, which its main module exports under these names. */
export interface PolicyExports {
  configure(): void;
  judge(state: Uint8Array): unknown;
}

/**
 * Makes the exports of the component. An exception is a fault; its text and place go to the log, which `specialis policy test` shows.
 *
 * ```js
 * export const { configure, judge } = policy({ judge: (it) => [...listedTerms(it)] });
 * ```
 */
export function policy<Memory extends object = Record<string, any>>(definition: PolicyDefinition<Memory>): PolicyExports;

/** The value of a fact that the manifest declares under `[facts]`. */
export type SectorValue = boolean | number | Day | string | string[];

/** What the host lets one call read. Facts that are unknown are `undefined`. */
export class Case<Memory extends object = Record<string, any>> {
  /** What the policy remembers of the session: kept as JSON, at most 2 KiB unless the operator allows more; `{}` at first. */
  memory: Memory;
  /** The operator's settings. */
  readonly settings: Settings;
  /** The facts that most rules read first. */
  readonly brief: BriefFacts;
  /** The kind of event, such as `output`; empty when the session opens. */
  readonly kind: string;
  /** The judging point: `open`, `hit`, `text`, `signal`, `review` or `end`. */
  readonly point: string;
  /** Whether the session opens. There is no event then. */
  readonly isOpen: boolean;
  /** Whether the event is whole. */
  readonly isEnd: boolean;
  /** The day on which the session is judged. */
  readonly asOf: Day;
  /** The band of age: `under-14`, `14-17` or `adult`. */
  readonly age?: string;
  /** Whom the service is open to: `public` or `internal`. */
  readonly audience?: string;
  /** What the content is wanted for: `publish` or `private`. */
  readonly purpose?: string;
  /** The user's language as a BCP 47 tag. */
  readonly locale?: string;
  /** Whether the event is of one of these kinds. */
  isAny(...kinds: string[]): boolean;

  /** The service. */
  readonly service: ServiceFacts & MoreServiceFacts;
  /** The model. */
  readonly model: ModelFacts;
  /** The provider. */
  readonly provider: ProviderFacts & MoreProviderFacts;
  /** The tenant. */
  readonly tenant: TenantFacts;
  /** The user, without identity. */
  readonly subject: SubjectFacts & MoreSubjectFacts;
  /** The agreement with the user. */
  readonly agreement: AgreementFacts;
  /** The user's standing after earlier breaches. */
  readonly standing: StandingFacts;
  /** The facts of the session outside every group. */
  readonly general: GeneralFacts;

  /** The facts of an event of this kind; `undefined` for any other kind. */
  readonly prompt?: PromptFacts;
  readonly output?: OutputFacts;
  readonly retrieved?: RetrievedFacts;
  readonly tool?: ToolFacts;
  readonly media?: MediaFacts;
  readonly publication?: PublicationFacts & MorePublicationFacts;
  readonly trainingIntake?: TrainingIntakeFacts & MoreTrainingIntakeFacts;
  readonly annotationBatch?: AnnotationBatchFacts & MoreAnnotationBatchFacts;
  readonly dataHandling?: DataHandlingFacts & MoreDataHandlingFacts;
  readonly account?: AccountFacts & MoreAccountFacts;
  readonly serviceChange?: ServiceChangeFacts;
  readonly lateSignal?: LateSignalFacts;
  readonly review?: ReviewFacts;
  readonly abort?: AbortFacts;
  /** The facts of the event, of whatever kind it is. */
  readonly facts: object;
  /** The facts of the sector, by their names: those of the session and of the event. */
  readonly sectorFacts: { readonly [name: string]: SectorValue | undefined };

  /** The parts of the event. */
  readonly parts: Part[];
  /** The hits in the categories that the policy reads. */
  readonly hits: Hit[];
  /** The hits in these categories. */
  hitsIn(...categories: string[]): Hit[];
  /** How the text speaks of a hit; `undefined` where it stands in no frame and no act. */
  speech(hit: Hit): Speech | undefined;
  /** The scores of the platform's models. */
  readonly signals: Signal[];
  /** A score of a category that reaches so many thousandths. */
  signalOver(category: string, permille: number): Signal | undefined;
  /** The text to judge at a point of kind `text`. */
  readonly stretch?: Span;
  /** A slice of a part's text, at most 4,096 bytes. */
  slice(at: Span): string;
  /** Up to so many characters on both sides of a span, with the span. */
  around(at: Span, before: number, after: number): string;
  /** The status of a sector: `yes`, `no` or `unknown`. */
  sector(tag: string): string;
  /** Who asserts the fact at a path such as `subject.age`. */
  source(path: string): string | undefined;
  /** Who asserts a fact of the event. */
  eventSource(field: string): string | undefined;
}

/** The operator's settings. Asking for a name that the manifest does not declare, or with the wrong type, is an exception. */
export class Settings {
  /** The value of a setting; `undefined` where the manifest does not declare it. */
  get(name: string): SectorValue | undefined;
  /** A switch. */
  flag(name: string): boolean;
  /** A number. */
  number(name: string): number;
  /** A word. */
  text(name: string): string;
  /** A list of words. */
  texts(name: string): string[];
  /** A day. */
  date(name: string): Day;
  /** The data that travels in the policy's file under a name, from its folder `data/`. */
  data(name: string): Uint8Array | undefined;
  /** The same as a text. */
  dataText(name: string): string | undefined;
}

/** A rule: its id in the manifest, the duty it answers on, the instrument and the article that say so. */
export function rule(id: string, duty: string, instrument: string, article: string): Rule;

/** One rule, and the findings it gives. */
export class Rule {
  readonly id: string;
  readonly duty: string;
  readonly cite: { readonly instrument: string; readonly article: string };
  /** The same rule on another of its duties. */
  onDuty(duty: string): Rule;
  /** The same rule citing another article. */
  citing(instrument: string, article: string): Rule;
  /** The duty does not arise here. */
  notApplicable(reason: string): Finding;
  /** The duty arises and is fulfilled. It never displaces anything. */
  met(): Finding;
  /** The duty arises and asks for something. */
  require(level: Level, reason: string): Finding;
  /** This sector's law provides otherwise. Without a grant that fits it counts as `require`. */
  insteadOf(level: Level, reason: string): Finding;
  /** The policy cannot tell; it counts as the duty's failure level. */
  unknown(reason: string): Finding;
}

/** What one rule answers on one duty. The methods add to it and return it. */
export class Finding {
  readonly rule: string;
  readonly duty: string;
  /** Asks to add a declared text. */
  append(key: string): this;
  /** Asks to give a declared text instead. */
  replace(key: string): this;
  /** Asks to mask stretches of text. */
  redact(...spans: Span[]): this;
  /** Asks to let nothing more out. */
  stop(): this;
  /** Asks for a registered measure, such as `measure('remind', { kind: 'verify' })`. */
  measure(id: string | Measure, params?: Params): this;
  /** The stretches of text it rests on: evidence, which changes nothing by itself. */
  at(...spans: Span[]): this;
  /** For a finding made when the session opens: the kinds of event it holds for. */
  on(...kinds: string[]): this;
}

/** Something the platform must do beyond its text. */
export class Measure {
  private constructor();
}

/** The parameters of a measure: `logMonths` stands for `log-months`. */
export type Params = { [name: string]: number | string | Param };

/** A measure with its parameters. */
export function measure(id: string, params?: Params): Measure;

/** A value that is neither a number nor a word. */
export interface Param {
  readonly tag: 'date' | 'seconds';
}

/** A day as a parameter. */
export function day(day: Day): Param;
/** A duration as a parameter. */
export function seconds(n: number): Param;

/** The day so many days later, or earlier where negative. */
export function addDays(day: Day, n: number): Day;
/** The same day of the month so many months later; the last day of that month where it has none of that number. */
export function addMonths(day: Day, n: number): Day;
/** Days from one day to a later one; negative where it is earlier. */
export function daysUntil(from: Day, to: Day): number;

/** Whether a fact is surely one of these words. Unknown is not sure. */
export function surely(fact: string | undefined, ...words: string[]): boolean;
/** Whether a fact may be one of these words. Unknown may be. */
export function mayBe(fact: string | undefined, ...words: string[]): boolean;
/** Whether one of these words surely stands in a list. */
export function surelyHolds(list: string[] | undefined, ...words: string[]): boolean;
/** Whether one of these words may stand in a list. An unknown list may hold any. */
export function mayHold(list: string[] | undefined, ...words: string[]): boolean;
/** The text of a fact, where it says something. */
export function said(fact: string | undefined): string | undefined;

/** Writes to the log of the author, which `specialis policy test` shows. */
export function log(...words: unknown[]): void;
