import type { CallOptions, CheckOptions, PlanOptions, RunnerOptions, RunOptions, StampOptions } from './runner.ts';

/** The names of all options of a function. */
export type Known<Options> = Readonly<Record<keyof Required<Options>, true>>;

export const runnerOptions: Known<RunnerOptions> = { directory: true, logger: true, signal: true, revisions: true };
export const callOptions: Known<CallOptions> = { signal: true };
export const checkingOptions: Known<CheckOptions> = { ...callOptions, x: true };
export const runOptions: Known<RunOptions> = { ...callOptions, x: true, tag: true, dryRun: true, lockWait: true };
export const planOptions: Known<PlanOptions> = { ...callOptions, x: true, tag: true, direction: true };
export const scriptOptions: Known<Omit<PlanOptions, 'direction'>> = { ...callOptions, x: true, tag: true };
export const stampOptions: Known<StampOptions> = { ...callOptions, lockWait: true, purge: true };
