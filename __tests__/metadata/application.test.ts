import { expect, test } from '@jest/globals';
import { entities } from '../../entities/index.ts';
import { withTwins } from './twins.ts';

test('the example application is what TypeORM makes of it', async () => {
  await withTwins(async twins => {
    const { text, remaining, target } = await twins.make({ entities: entities as never });
    expect(remaining).toEqual([]);
    expect(text).toBe((await twins.synchronize({ entities: entities as never })).text);
    expect(target.views.get('open_ticket')!.reads).toEqual(['customer', 'ticket']);
    expect(target.materializedViews.get('agent_workload')!.reads).toEqual(['agent', 'open_ticket']);
  });
});
