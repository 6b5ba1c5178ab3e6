import { expect, test } from '@jest/globals';
import { createDateText } from '../../codegen/create-date.ts';

const winter = new Date('2026-01-02T03:04:05.678Z');
const summer = new Date('2026-07-02T23:04:05.678Z');

test.each([
  [winter, 'UTC', '2026-01-02T03:04:05.678Z'],
  [winter, 'Europe/Berlin', '2026-01-02T04:04:05+01:00'],
  [summer, 'Europe/Berlin', '2026-07-03T01:04:05+02:00'],
  [winter, 'America/St_Johns', '2026-01-01T23:34:05-03:30'],
  [winter, 'Europe/London', '2026-01-02T03:04:05+00:00'],
])('%p in %s is %s', (date, timeZone, text) => {
  expect(createDateText(date, timeZone)).toBe(text);
  expect(Math.trunc(new Date(text).getTime() / 1000)).toBe(Math.trunc(date.getTime() / 1000));
});
